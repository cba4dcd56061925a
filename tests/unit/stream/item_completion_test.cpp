// What hands an outcome to whoever waits, and the memory that it borrows for that.
#include "stream/item_completion.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace item_completion_test {

using namespace sluice::stream;

namespace asio = boost::asio;

struct probe {
    probe(int& ran, int& dropped, bool& gone) : ran_(ran), dropped_(dropped), gone_(gone) {}
    probe(const probe&) = delete;
    probe& operator=(const probe&) = delete;
    ~probe() { gone_ = true; }

    void complete() { ++ran_; }
    void drop_handler() noexcept { ++dropped_; }

    completion_memory memory;

  private:
    int& ran_;
    int& dropped_;
    bool& gone_;
};

TEST_CASE("item completion: posted, not called; run once, and the item goes with it") {
    asio::io_context context{1};
    const asio::any_io_executor plain = context.get_executor();
    const asio::any_io_executor strand = asio::make_strand(plain);
    for (const auto& home : {plain, strand}) {
        int ran = 0;
        int dropped = 0;
        bool gone = false;
        auto item = std::make_shared<probe>(ran, dropped, gone);
        const probe& seen = *item;
        post_completion(home, std::move(item));
        CHECK(ran == 0);
        CHECK(seen.memory.was_used() == (home == plain)); // the operation did not outgrow it
        context.restart();
        context.run();
        CHECK(ran == 1);
        CHECK(dropped == 0);
        CHECK(gone);
    }
}

TEST_CASE("item completion: never run, it goes with its context") {
    int ran = 0;
    int dropped = 0;
    bool gone = false;
    {
        asio::io_context context{1};
        post_completion(context.get_executor(), std::make_shared<probe>(ran, dropped, gone));
    }
    CHECK(ran == 0);
    CHECK(dropped == 1);
    CHECK(gone);
}

TEST_CASE("item completion: small operations stand in the item, larger ones on the heap") {
    completion_memory memory;
    const completion_allocator<char> allocator(&memory);
    const auto is_inside = [&memory](const void* taken) {
        const auto* const begin = reinterpret_cast<const std::byte*>(&memory);
        const auto* const at = static_cast<const std::byte*>(taken);
        return at >= begin && at < begin + sizeof memory;
    };
    completion_allocator<char> of_bytes = allocator;
    char* const small = of_bytes.allocate(96);
    CHECK(is_inside(small));
    of_bytes.deallocate(small, 96);
    char* const large = of_bytes.allocate(97);
    CHECK_FALSE(is_inside(large));
    of_bytes.deallocate(large, 97);
    CHECK(completion_allocator<int>(allocator) == allocator);
}

} // namespace item_completion_test
