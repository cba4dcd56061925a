// The cache with callers on four threads: what ThreadSanitizer looks at.
#include "credentials/cached_provider.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace cached_provider_threads_test {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using sluice::credentials;
using sluice::result;

namespace {

/// New keys each time; every third time none.
class changing_source final : public sluice::credentials_provider {
  public:
    awaitable<result<credentials>> get() override {
        const int number = ++asked;
        co_await boost::asio::post(boost::asio::use_awaitable);
        if (number % 3 == 0) co_return result<credentials>(sluice::error_info(sluice::errc::credentials, "not now"));
        credentials keys("id-" + std::to_string(number), "secret", "token");
        keys.expiration = std::chrono::system_clock::now() + 1h;
        co_return result<credentials>(std::move(keys));
    }

    std::atomic<int> asked{0};
};

} // namespace

TEST_CASE("cached provider: callers on four threads, and keys that are refused all the time") {
    constexpr int callers = 100;
    constexpr int rounds = 20;
    boost::asio::io_context context;
    const auto source = std::make_shared<changing_source>();
    const auto cache = std::make_shared<sluice::cached_provider>(context.get_executor(), source, 60s);
    std::atomic<int> answered{0};
    const auto call = [&]() -> awaitable<void> {
        for (int i = 0; i < rounds; ++i) {
            auto asking = cache->get();
            const auto keys = co_await std::move(asking);
            ++answered;
            if (keys) cache->discard(*keys);
        }
    };
    for (int i = 0; i < callers; ++i) boost::asio::co_spawn(context, call(), boost::asio::detached);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&context] { context.run(); });
    for (std::thread& one : threads) one.join();
    CHECK(answered == callers * rounds);
    CHECK(source->asked >= 1);
    CHECK(source->asked <= callers * rounds);
}

} // namespace cached_provider_threads_test
