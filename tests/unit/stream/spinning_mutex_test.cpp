#include "stream/spinning_mutex.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <mutex>
#include <thread>

namespace spinning_mutex_test {

TEST_CASE("spinning mutex: one at a time, also for those that have to sleep") {
    sluice::stream::spinning_mutex mutex;
    int count = 0; // a race on it is what ThreadSanitizer would see
    const auto add = [&] {
        for (int i = 0; i < 20'000; ++i) {
            const std::lock_guard lock(mutex);
            ++count;
            if (i % 1'000 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(200)); // longer than the others spin
        }
    };
    std::thread first(add);
    std::thread second(add);
    first.join();
    second.join();
    CHECK(count == 40'000);
}

} // namespace spinning_mutex_test
