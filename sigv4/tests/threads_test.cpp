// One signer, several threads; the key that it remembers.
#include "examples.hpp"
#include "key_cache.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace threads_test {

using examples::keys;
using examples::sign_list_users;
using sigv4::detail::key_cache;

TEST_CASE("a key is derived once for a day and a secret") {
    key_cache cache("us-east-1", "sqs");
    const auto first = cache.key_for("20150830", "secret");
    CHECK(cache.key_for("20150830", "secret") == first);
    CHECK(cache.key_for("20150831", "secret") != first);
    const auto next_day = cache.key_for("20150831", "secret");
    CHECK(cache.key_for("20150831", "secret") == next_day);
    CHECK(cache.key_for("20150831", "secret2") != next_day);
    // Who holds a key may go on with it.
    const auto again = cache.key_for("20150830", "secret");
    CHECK(again != first);
    CHECK(again->sign("text") == first->sign("text"));
    CHECK(again->sign("text") != next_day->sign("text"));
}

TEST_CASE("several threads share a signer while days and keys change") {
    constexpr int rounds = 500;
    const sigv4::signer signer("us-east-1", "iam");
    sigv4::credentials other = keys;
    other.secret_access_key = "another";
    const auto next_day = examples::time + std::chrono::hours(24);
    const std::string first = sign_list_users(signer, keys, examples::time).authorization;
    const std::string second = sign_list_users(signer, other, next_day).authorization;
    std::array<int, 4> right{};
    std::vector<std::thread> threads;
    for (int& count : right) {
        threads.emplace_back([&] {
            for (int i = 0; i < rounds; ++i) {
                if (sign_list_users(signer, keys, examples::time).authorization == first) ++count;
                if (sign_list_users(signer, other, next_day).authorization == second) ++count;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const int count : right) CHECK(count == 2 * rounds);
}

} // namespace threads_test
