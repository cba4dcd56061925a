#include "stream/middleware/deduplication_table.hpp"

namespace sluice::stream {

result<deduplication_claim> deduplication_table::begin(const std::string& key, time_point now) {
    if (key.empty() || key.size() > longest_key) {
        return error_info(errc::invalid_argument, "a deduplication key has " + std::to_string(key.size()) +
                                                      " bytes: it must have 1 to " + std::to_string(longest_key));
    }
    drop_expired(now);
    if (const auto known = entries_.find(key); known != entries_.end()) {
        if (!known->second.committed) {
            ++seen_.collisions;
            return deduplication_claim(deduplication_state::under_way, key);
        }
        ++seen_.duplicates;
        uses_.splice(uses_.end(), uses_, known->second.by_use);
        return deduplication_claim(deduplication_state::committed, key);
    }
    if (!make_room()) {
        return error_info(errc::buffer_full, "all of the " + std::to_string(options_.most_keys) +
                                                 " keys that the deduplication store may hold are under way");
    }
    auto& added = *entries_.try_emplace(key).first;
    added.second.token = ++last_token_;
    added.second.until = now + options_.claim_time;
    added.second.by_time = claims_.insert(claims_.end(), &added);
    return deduplication_claim(deduplication_state::granted, key, added.second.token);
}

void deduplication_table::commit(const deduplication_claim& claim, time_point now) {
    drop_expired(now);
    auto known = entries_.find(claim.key());
    if (known == entries_.end()) { // the claim has lapsed
        if (!make_room()) {
            ++seen_.evicted;
            return;
        }
        known = entries_.try_emplace(claim.key()).first;
        known->second.by_time = claims_.insert(claims_.end(), &*known);
    }
    mark_committed(*known, now);
}

void deduplication_table::forget(const deduplication_claim& claim, time_point now) {
    drop_expired(now);
    const auto known = entries_.find(claim.key());
    if (known == entries_.end() || known->second.committed || known->second.token != claim.token()) return;
    erase(*known);
}

memory_deduplication_statistics deduplication_table::statistics(time_point now) {
    drop_expired(now);
    seen_.committed = committed_.size();
    seen_.under_way = claims_.size();
    return seen_;
}

void deduplication_table::drop_expired(time_point now) {
    while (!claims_.empty() && claims_.front()->second.until <= now) {
        ++seen_.lapsed;
        erase(*claims_.front());
    }
    while (!committed_.empty() && committed_.front()->second.until <= now) erase(*committed_.front());
}

void deduplication_table::erase(table::value_type& gone) {
    if (gone.second.committed) {
        committed_.erase(gone.second.by_time);
        uses_.erase(gone.second.by_use);
    } else {
        claims_.erase(gone.second.by_time);
    }
    entries_.erase(entries_.find(gone.first));
}

bool deduplication_table::make_room() {
    if (entries_.size() < options_.most_keys) return true;
    if (uses_.empty()) return false;
    ++seen_.evicted;
    erase(*uses_.front());
    return true;
}

void deduplication_table::mark_committed(table::value_type& one, time_point now) {
    entry& it = one.second;
    it.until = now + options_.time_to_live;
    if (it.committed) { // by the owner of a claim that had lapsed meanwhile
        committed_.splice(committed_.end(), committed_, it.by_time);
        uses_.splice(uses_.end(), uses_, it.by_use);
        return;
    }
    it.committed = true;
    committed_.splice(committed_.end(), claims_, it.by_time);
    it.by_use = uses_.insert(uses_.end(), &one);
}

} // namespace sluice::stream
