// The form of what a storage keeps: named fields of bytes, with a sum over all of them.
#pragma once

#include "local/text.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::local {

/// Its text says what is wrong, not with which record.
struct damaged_record : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A name may come several times: that is a list.
class record_writer {
  public:
    record_writer& text(std::string_view name, std::string_view value);
    record_writer& number(std::string_view name, std::uint64_t value);
    record_writer& time(std::string_view name, time_point value);
    record_writer& map(std::string_view name, const std::map<std::string, std::string>& values);
    /// As one value, without a sum of its own.
    record_writer& nested(std::string_view name, const record_writer& value) { return text(name, value.bytes_); }

    /// Fields that are not there say as much as empty ones.
    record_writer& text_if_any(std::string_view name, std::string_view value) {
        return value.empty() ? *this : text(name, value);
    }
    record_writer& optional_text(std::string_view name, const std::optional<std::string>& value) {
        return value ? text(name, *value) : *this;
    }
    record_writer& optional_time(std::string_view name, const std::optional<time_point>& value) {
        return value ? time(name, *value) : *this;
    }

    /// What a storage keeps. The writer is empty afterwards.
    [[nodiscard]] std::string finish();

  private:
    std::string bytes_;
};

/// Views of the bytes that it was given. Every function throws `damaged_record` for what cannot have been written.
class record_reader {
  public:
    explicit record_reader(std::string_view stored);
    [[nodiscard]] static record_reader nested(std::string_view bytes);

    /// Of the first field of that name.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    [[nodiscard]] std::string_view text_or_empty(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) const;
    [[nodiscard]] std::uint64_t number(std::string_view name) const;
    [[nodiscard]] time_point time(std::string_view name) const;
    [[nodiscard]] std::optional<time_point> optional_time(std::string_view name) const;
    [[nodiscard]] std::map<std::string, std::string> map(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

  private:
    record_reader() = default;
    void parse(std::string_view bytes);
    [[nodiscard]] const std::string_view* find(std::string_view name) const noexcept;

    std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

/// As a text that is kept in place. Throws `damaged_record` for one that is too long for it.
template<class Short>
Short as_short(std::string_view text) {
    try {
        return Short(text);
    } catch (const std::length_error& why) {
        throw damaged_record(why.what());
    }
}

/// 16 hex digits, so that keys sort as their numbers do.
std::string number_in_key(std::uint64_t number);
/// Throws `damaged_record`.
std::uint64_t parse_number_in_key(std::string_view text);

} // namespace sluice::local
