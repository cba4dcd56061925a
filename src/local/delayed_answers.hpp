// Answers that wait for their time, as a fault rule wants it. Pure.
#pragma once

#include "local/http_call.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::local {

class delayed_answers {
  public:
    void add(time_point due, finished_poll answer) { waiting_.emplace(due, std::move(answer)); }

    [[nodiscard]] std::optional<time_point> next_event() const {
        if (waiting_.empty()) return std::nullopt;
        return waiting_.begin()->first;
    }

    /// Those that are due, appended to `out`.
    void take_due(time_point now, std::vector<finished_poll>& out) {
        while (!waiting_.empty() && waiting_.begin()->first <= now) {
            out.push_back(std::move(waiting_.begin()->second));
            waiting_.erase(waiting_.begin());
        }
    }

    void forget(poll_id id) {
        std::erase_if(waiting_, [id](const auto& entry) { return entry.second.id == id; });
    }
    void clear() noexcept { waiting_.clear(); }

  private:
    std::multimap<time_point, finished_poll> waiting_;
};

} // namespace sluice::local
