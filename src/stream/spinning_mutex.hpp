// A mutex for what is nearly always held for a microsecond at most.
#pragma once

#include <mutex>

namespace sluice::stream {

/// Tries for about as long as it may be held before it sleeps: to sleep and to be woken costs ten times that.
class spinning_mutex {
  public:
    void lock() {
        for (int tries = 0; tries < most_tries; ++tries) {
            if (mutex_.try_lock()) return;
            pause();
        }
        mutex_.lock();
    }
    void unlock() { mutex_.unlock(); }

  private:
    static constexpr int most_tries = 100;

    /// Tells the processor that this is a loop that waits.
    static void pause() noexcept {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    std::mutex mutex_;
};

} // namespace sluice::stream
