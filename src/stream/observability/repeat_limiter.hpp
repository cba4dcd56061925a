// Lets the first few of many equal events pass, and counts the rest.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::stream {

/// Each kind of event has an interval of its own, which begins with its first event. Kinds beyond `most_kinds` at once
/// share one. Threads: one at a time.
class repeat_limiter {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    static constexpr std::size_t most_kinds = 1'000;

    repeat_limiter(std::size_t burst, duration interval) : burst_(burst), interval_(interval) {}

    /// A kind whose interval has ended, with the number of its events that did not pass: never 0.
    struct suppressed {
        std::string kind;
        std::size_t events = 0;
    };

    /// Whether an event of this kind passes now. First adds to `ended` what has ended meanwhile, of all kinds.
    bool passes(std::string_view kind, time_point now, std::vector<suppressed>& ended) {
        take_ended(now, ended);
        std::string key(kind);
        if (kinds_.size() >= most_kinds && !kinds_.contains(key)) key = shared_kind;
        const auto [at, first] = kinds_.try_emplace(key, 0);
        if (first) order_.push_back({now + interval_, std::move(key)});
        return ++at->second <= burst_;
    }

    /// What has ended at `now`; `time_point::max()`: everything.
    void take_ended(time_point now, std::vector<suppressed>& ended) {
        while (!order_.empty() && order_.front().ends <= now) {
            const auto at = kinds_.find(order_.front().kind);
            if (at->second > burst_) ended.push_back({at->first, at->second - burst_});
            kinds_.erase(at);
            order_.pop_front();
        }
    }

    static constexpr const char* shared_kind = "many kinds";

  private:
    struct running {
        time_point ends;
        std::string kind;
    };

    std::size_t burst_;
    duration interval_;
    std::unordered_map<std::string, std::size_t> kinds_; ///< events in the interval that runs
    std::deque<running> order_;                          ///< by their ends, as all are of the same length
};

} // namespace sluice::stream
