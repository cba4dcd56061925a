// The ids of messages that were processed, but could not be deleted: the last thousand.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>

namespace sluice::stream {

class recent_ids {
  public:
    explicit recent_ids(std::size_t most = 1000) : most_(most) {}

    void add(const std::string& id) {
        if (!ids_.insert(id).second) return;
        order_.push_back(id);
        if (order_.size() <= most_) return;
        ids_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] bool contains(const std::string& id) const { return ids_.contains(id); }
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }

  private:
    std::size_t most_;
    std::deque<std::string> order_;
    std::unordered_set<std::string> ids_;
};

} // namespace sluice::stream
