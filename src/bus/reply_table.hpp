// Which requests wait for an answer, and what an answer that comes is worth. No clock of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

namespace sluice::bus {

class reply_table {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class entrance { added, full, taken };
    enum class arrival {
        expected,  ///< the first one, in time
        late,      ///< its request has ended
        duplicate, ///< there was one
        unknown,   ///< no such request is remembered
    };

    /// `remembered`: requests that have gone, so that what comes for them can be told.
    explicit reply_table(std::size_t most, std::size_t remembered = 1'000) : most_(most), remembered_(remembered) {}

    entrance add(const std::string& id, time_point deadline) {
        if (waiting_.contains(id)) return entrance::taken;
        if (waiting_.size() >= most_) return entrance::full;
        waiting_.emplace(id, request{deadline, state::waiting});
        return entrance::added;
    }

    /// An answer to `id` has come. `expected` once at most.
    arrival answer(const std::string& id, time_point now) {
        const auto at = waiting_.find(id);
        if (at == waiting_.end()) {
            const auto gone = gone_.find(id);
            if (gone == gone_.end()) return arrival::unknown;
            return gone->second == state::answered ? arrival::duplicate : arrival::late;
        }
        if (at->second.how == state::answered) return arrival::duplicate;
        if (at->second.how == state::ended || at->second.deadline <= now) return arrival::late;
        at->second.how = state::answered;
        return arrival::expected;
    }

    /// Nobody waits any more. False: it was answered before, so whoever waits has the answer.
    bool end(const std::string& id) {
        const auto at = waiting_.find(id);
        if (at == waiting_.end() || at->second.how == state::answered) return false;
        at->second.how = state::ended;
        return true;
    }

    /// Makes its place free.
    void remove(const std::string& id) {
        const auto at = waiting_.find(id);
        if (at == waiting_.end()) return;
        const bool answered = at->second.how == state::answered;
        waiting_.erase(at);
        if (!gone_.insert_or_assign(id, answered ? state::answered : state::ended).second) return;
        order_.push_back(id);
        if (order_.size() <= remembered_) return;
        gone_.erase(order_.front());
        order_.pop_front();
    }

    [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

  private:
    enum class state { waiting, answered, ended };
    struct request {
        time_point deadline;
        state how = state::waiting;
    };

    std::size_t most_;
    std::size_t remembered_;
    std::unordered_map<std::string, request> waiting_;
    std::unordered_map<std::string, state> gone_;
    std::deque<std::string> order_; ///< keys of `gone_`, the oldest first
};

} // namespace sluice::bus
