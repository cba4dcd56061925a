#include "service/request_rules.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"
#include "protocol/reply_document.hpp"

#include <algorithm>

namespace sluice::service {
namespace {

constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_one_of(char c, std::string_view set) noexcept { return set.find(c) != std::string_view::npos; }

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    return out + (text.size() > longest ? "…\"" : "\"");
}

std::size_t characters_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string between(std::int64_t min, std::int64_t max) {
    return min == max ? std::to_string(min) : std::to_string(min) + " to " + std::to_string(max);
}

} // namespace

const character_set label_characters{[](char c) noexcept { return is_alphanumeric(c) || c == '_' || c == '-'; },
                                     "A-Z a-z 0-9 _ -"};
const character_set queue_name_characters{[](char c) noexcept { return is_alphanumeric(c) || is_one_of(c, "_-."); },
                                          "A-Z a-z 0-9 _ - and the dot of .fifo"};
const character_set digits{[](char c) noexcept { return c >= '0' && c <= '9'; }, "0-9"};
const character_set session_characters{[](char c) noexcept { return is_alphanumeric(c) || is_one_of(c, "_+=,.@-"); },
                                       "A-Z a-z 0-9 _ + = , . @ -"};
const character_set external_id_characters{
    [](char c) noexcept { return is_alphanumeric(c) || is_one_of(c, "_+=,.@:/-"); }, "A-Z a-z 0-9 _ + = , . @ : / -"};
const character_set serial_number_characters = external_id_characters;

void request_rules::refuse(std::string_view field, std::string_view value, std::string_view rule) {
    if (broken_) return;
    broken_.emplace(errc::invalid_argument,
                    std::string(field) + " is " + std::string(value) + ": " + std::string(rule));
}

request_rules& request_rules::also(std::optional<error_info> broken) {
    if (!broken_ && broken) broken_ = std::move(broken);
    return *this;
}

request_rules& request_rules::require(bool holds, std::string_view why) {
    if (!holds) also(error_info(errc::invalid_argument, std::string(why)));
    return *this;
}

request_rules& request_rules::required(std::string_view field, std::string_view value) {
    if (value.empty()) refuse(field, "empty", "it is required");
    return text(field, value);
}

request_rules& request_rules::text(std::string_view field, std::string_view value) {
    std::size_t offset = 0;
    if (broken_ || protocol::is_allowed_text(value, offset)) return *this;
    refuse(field, shown(value),
           "the byte at " + std::to_string(offset) +
               " is not allowed; allowed is UTF-8 without control characters other than tab and line breaks");
    return *this;
}

request_rules& request_rules::length(std::string_view field, std::string_view value, std::size_t min, std::size_t max) {
    const std::size_t size = characters_of(value);
    if (size < min || size > max) {
        refuse(field, shown(value) + " (" + std::to_string(size) + " characters)",
               between(static_cast<std::int64_t>(min), static_cast<std::int64_t>(max)) + " characters are allowed");
    }
    return text(field, value);
}

request_rules& request_rules::range(std::string_view field, std::int64_t value, std::int64_t min, std::int64_t max) {
    if (value < min || value > max) refuse(field, std::to_string(value), between(min, max) + " is allowed");
    return *this;
}

request_rules& request_rules::count(std::string_view field, std::size_t members, std::size_t min, std::size_t max) {
    if (members < min || members > max) {
        refuse(field, "a list of " + std::to_string(members),
               between(static_cast<std::int64_t>(min), static_cast<std::int64_t>(max)) + " are allowed");
    }
    return *this;
}

request_rules& request_rules::characters(std::string_view field, std::string_view value, const character_set& allowed) {
    if (!std::ranges::all_of(value, allowed.is_allowed)) {
        refuse(field, shown(value), "only " + std::string(allowed.words) + " are allowed");
    }
    return *this;
}

request_rules& request_rules::allowed(std::string_view field, std::string_view value,
                                      const std::vector<std::string_view>& words) {
    if (broken_ || std::ranges::find(words, value) != words.end()) return *this;
    std::string list;
    for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
    refuse(field, shown(value), "allowed is one of " + list);
    return *this;
}

request_rules& request_rules::number(std::string_view field, std::string_view value, std::int64_t min,
                                     std::int64_t max) {
    const auto parsed = protocol::parse_number(value);
    if (!parsed || *parsed < min || *parsed > max) {
        refuse(field, shown(value), "a whole number of " + between(min, max) + " is allowed");
    }
    return *this;
}

request_rules& request_rules::arn_of(std::string_view service, std::string_view field, std::string_view value) {
    const auto parsed = protocol::parse_arn(value);
    if (!parsed || parsed->service != service) {
        refuse(field, shown(value),
               "an ARN of " + std::string(service) + " is needed (arn:aws:" + std::string(service) + ":…)");
    }
    return text(field, value);
}

request_rules& request_rules::topic_arn(std::string_view field, std::string_view value) {
    if (broken_) return *this;
    const auto parsed = protocol::parse_topic_arn(value);
    if (!parsed) refuse(field, shown(value), parsed.error().message);
    return *this;
}

request_rules& request_rules::id(std::string_view field, std::string_view value) {
    if (!protocol::is_allowed_id(value)) {
        refuse(field, shown(value), "1 to 128 printable ASCII characters without spaces are allowed");
    }
    return *this;
}

request_rules& request_rules::tags(std::string_view field, const std::map<std::string, std::string>& value,
                                   std::size_t min) {
    count(field, value.size(), min, limits::tags);
    for (const auto& [key, tag_value] : value) {
        length(std::string(field) + " key", key, 1, limits::tag_key_length);
        length(std::string(field) + " value of " + shown(key), tag_value, 0, limits::tag_value_length);
    }
    return *this;
}

request_rules& request_rules::tag_keys(std::string_view field, const std::vector<std::string>& value) {
    count(field, value.size(), 1, limits::tags);
    for (const std::string& key : value) length(field, key, 1, limits::tag_key_length);
    return *this;
}

request_rules& request_rules::each_required(std::string_view field, const std::vector<std::string>& values) {
    for (const std::string& value : values) required(field, value);
    return *this;
}

std::optional<error_info> check_message_batch(const std::vector<message>& entries, std::size_t max_bytes,
                                              std::optional<error_info> (*check_one)(const message&, bool fifo),
                                              bool fifo) {
    request_rules rules;
    rules.count("the batch", entries.size(), 1, limits::batch_entries);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < entries.size() && !rules.broken(); ++i) {
        bytes += entries[i].size_in_bytes();
        if (auto broken = check_one(entries[i], fifo)) {
            broken->message = "entry " + std::to_string(i) + ": " + broken->message;
            rules.also(std::move(broken));
        }
    }
    if (bytes > max_bytes) {
        rules.also(error_info(errc::message_too_long, "the batch has " + std::to_string(bytes) +
                                                          " bytes (bodies and attributes of all entries): at most " +
                                                          std::to_string(max_bytes) + " are allowed"));
    }
    return rules.take();
}

} // namespace sluice::service
