#include "local/unfinished_bytes.hpp"

namespace sluice::local {

std::vector<const connection*> unfinished_bytes::hold(const connection* who, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(who);
    if (known == places_.end()) {
        places_.emplace(who, by_last_piece_.insert(by_last_piece_.end(), {who, bytes}));
    } else {
        total_ -= known->second->bytes;
        known->second->bytes = bytes;
        by_last_piece_.splice(by_last_piece_.end(), by_last_piece_, known->second);
    }
    total_ += bytes;
    std::vector<const connection*> giving_way;
    while (total_ > limit_) {
        const holding& longest = by_last_piece_.front();
        giving_way.push_back(longest.who);
        total_ -= longest.bytes;
        places_.erase(longest.who);
        by_last_piece_.pop_front();
    }
    return giving_way;
}

void unfinished_bytes::release(const connection* who) noexcept {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(who);
    if (known == places_.end()) return;
    total_ -= known->second->bytes;
    by_last_piece_.erase(known->second);
    places_.erase(known);
}

std::size_t unfinished_bytes::total() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

} // namespace sluice::local
