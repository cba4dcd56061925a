#include "local/deduplication.hpp"

#include "protocol/limits.hpp"

#include <openssl/sha.h>

#include <array>

namespace sluice::local {

void deduplication::forget_old(time_point now) {
    const auto oldest = now - std::chrono::seconds(limits::deduplication_seconds);
    while (!by_age_.empty() && by_age_.begin()->first <= oldest) {
        place_.erase(by_age_.begin()->second);
        seen_.erase(by_age_.begin()->second);
        by_age_.erase(by_age_.begin());
    }
}

std::optional<sent_message> deduplication::find(const std::string& key, time_point now) {
    forget_old(now);
    const auto found = seen_.find(key);
    if (found == seen_.end()) return std::nullopt;
    return found->second.first;
}

void deduplication::remember(const std::string& key, const sent_message& first, time_point now) {
    forget_old(now);
    if (!add(key, first, now) || !place_) return;
    record_writer record;
    record.time("when", now).text("id", first.message_id).text_if_any("sequence", first.sequence_number);
    place_.put(key, std::move(record));
}

bool deduplication::add(const std::string& key, const sent_message& first, time_point when) {
    const bool is_new = seen_.emplace(key, entry{first, when}).second;
    if (is_new) by_age_.emplace(when, key);
    return is_new;
}

void deduplication::restore(std::string_view key, const record_reader& record) {
    sent_message first; // of a receipt these two are what repeats
    first.message_id = as_short<uuid_text>(record.text("id"));
    first.sequence_number = as_short<sequence_text>(record.text_or_empty("sequence"));
    add(std::string(key), first, record.time("when"));
}

void deduplication::erase_records() const {
    if (!place_) return;
    for (const auto& [key, one] : seen_) place_.erase(key);
}

std::string content_deduplication_id(std::string_view body) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

std::string sequence_number(std::uint64_t count) {
    // Not consecutive, as on AWS: nobody should count on that.
    const std::string tail = std::to_string(count * 256);
    return "1884949646" + std::string(tail.size() < 10 ? 10 - tail.size() : 0, '0') + tail;
}

} // namespace sluice::local
