// What a FIFO queue or topic has seen in the last five minutes. Pure.
#pragma once

#include "local/journal.hpp"
#include "local/message.hpp"
#include "local/text.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sluice::local {

/// Source: SQS developer guide, "Exactly-once processing": a message with a deduplication id of the last five minutes
/// is accepted and not delivered, also after the first one was received and deleted.
class deduplication {
  public:
    /// The receipt of the first message with this key, while the interval lasts.
    [[nodiscard]] std::optional<sent_message> find(const std::string& key, time_point now);
    void remember(const std::string& key, const sent_message& first, time_point now);
    [[nodiscard]] std::size_t size() const noexcept { return seen_.size(); }

    /// From now on what changes is written down there.
    void keep_in(record_place place) { place_ = std::move(place); }
    /// What was written down; throws `damaged_record`.
    void restore(std::string_view key, const record_reader& record);
    /// It goes, with what was written down.
    void erase_records() const;

  private:
    void forget_old(time_point now);
    bool add(const std::string& key, const sent_message& first, time_point when);

    struct entry {
        sent_message first;
        time_point when;
    };
    std::map<std::string, entry> seen_;
    std::set<std::pair<time_point, std::string>> by_age_;
    record_place place_;
};

/// SHA-256 of the body in lower-case hex: the id of content-based deduplication. Attributes do not count.
std::string content_deduplication_id(std::string_view body);

/// 20 digits, and more beyond 39 million; as numbers later ones are greater. `count` begins at 1.
std::string sequence_number(std::uint64_t count);

} // namespace sluice::local
