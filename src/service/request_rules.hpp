// The rules of requests, one check after the other: the first broken one is kept. Nothing is sent then.
#pragma once

#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::service {

/// `is_allowed(c)` of a set of characters, with the words for it.
struct character_set {
    bool (*is_allowed)(char) noexcept;
    std::string_view words;
};

extern const character_set label_characters;      ///< A-Z a-z 0-9 _ -
extern const character_set queue_name_characters; ///< the same and the dot of .fifo
extern const character_set digits;                ///< 0-9
extern const character_set session_characters;    ///< of role sessions and source identities: A-Z a-z 0-9 _ + = , . @ -
extern const character_set external_id_characters;
extern const character_set serial_number_characters;

class request_rules {
  public:
    request_rules& required(std::string_view field, std::string_view value);
    /// Characters are UTF-8 code points.
    request_rules& length(std::string_view field, std::string_view value, std::size_t min, std::size_t max);
    request_rules& range(std::string_view field, std::int64_t value, std::int64_t min, std::int64_t max);
    request_rules& count(std::string_view field, std::size_t members, std::size_t min, std::size_t max);
    request_rules& characters(std::string_view field, std::string_view value, const character_set& allowed);
    request_rules& allowed(std::string_view field, std::string_view value, const std::vector<std::string_view>& words);
    /// UTF-8 without control characters, U+FFFE and U+FFFF: what XML can carry.
    request_rules& text(std::string_view field, std::string_view value);
    /// `number` as decimal text within the range.
    request_rules& number(std::string_view field, std::string_view value, std::int64_t min, std::int64_t max);
    request_rules& arn_of(std::string_view service, std::string_view field, std::string_view value);
    request_rules& topic_arn(std::string_view field, std::string_view value);
    /// 1 to 128 printable ASCII characters.
    request_rules& id(std::string_view field, std::string_view value);
    /// Keys of 1 to 128 characters, values of at most 256.
    request_rules& tags(std::string_view field, const std::map<std::string, std::string>& value, std::size_t min);
    request_rules& tag_keys(std::string_view field, const std::vector<std::string>& value);
    /// Each is there and bears allowed text.
    request_rules& each_required(std::string_view field, const std::vector<std::string>& values);

    /// The outcome of a check made elsewhere.
    request_rules& also(std::optional<error_info> broken);
    /// A rule of one place: `why` says value and rule.
    request_rules& require(bool holds, std::string_view why);

    [[nodiscard]] bool broken() const noexcept { return broken_.has_value(); }
    [[nodiscard]] std::optional<error_info> take() { return std::move(broken_); }

  private:
    void refuse(std::string_view field, std::string_view value, std::string_view rule);

    std::optional<error_info> broken_;
};

/// What both services ask of the entries of a batch: 1 to 10, each as `check_one` wants it, together `max_bytes`.
/// The failing entry is named by its place.
std::optional<error_info> check_message_batch(const std::vector<message>& entries, std::size_t max_bytes,
                                              std::optional<error_info> (*check_one)(const message&, bool fifo),
                                              bool fifo);

} // namespace sluice::service
