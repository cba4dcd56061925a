// What a broker logs, kept for a test to wait for.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace local_tests {

/// Must outlive the broker that it listens to.
class log_lines {
  public:
    [[nodiscard]] std::function<void(std::string_view)> taker() {
        return [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
        };
    }
    /// Waits for as many lines with that in them; the limit only ends a test that has failed.
    [[nodiscard]] bool comes(std::string_view part, std::ptrdiff_t times = 1) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < end) {
            if (count(part) >= times) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return false;
    }

  private:
    std::ptrdiff_t count(std::string_view part) {
        const std::lock_guard lock(mutex_);
        return std::ranges::count_if(lines_,
                                     [part](const std::string& line) { return line.find(part) != std::string::npos; });
    }

    std::mutex mutex_;
    std::vector<std::string> lines_;
};

} // namespace local_tests
