#include "stream/observability/log_line.hpp"

#include "protocol/timestamp.hpp"
#include "stream/middleware/plain_text.hpp"

#include <algorithm>
#include <array>

namespace sluice::stream {
namespace {

constexpr std::array<std::string_view, 3> level_names{"info", "warning", "error"};

/// Whether a value of logfmt can stand without quotes.
bool is_bare(std::string_view value) noexcept {
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '=' && c != '\\';
    });
}

/// The alphabets of base64, and of base64 for URLs.
bool is_of_token(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=' || c == '-' || c == '_';
}

/// Of one line: only these two need it, in JSON as in logfmt.
void add_quoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    line += '"';
}

} // namespace

log_line::log_line(log_format format, log_level level, std::string_view event,
                   std::chrono::system_clock::time_point now)
    : format_(format) {
    if (format_ == log_format::json) line_ += '{';
    text("time", protocol::date_time_text(now));
    text("level", level_names[static_cast<std::size_t>(level)]);
    text("event", event);
}

void log_line::name(std::string_view name) {
    const bool json = format_ == log_format::json;
    if (line_.size() > (json ? 1U : 0U)) line_ += json ? ',' : ' ';
    if (json) {
        add_quoted(line_, name);
        line_ += ':';
    } else {
        line_.append(name).append("=");
    }
}

log_line& log_line::text(std::string_view name, std::string_view value) {
    constexpr std::size_t longest = 500;
    const std::string readable = one_line(value, longest);
    this->name(name);
    if (format_ == log_format::logfmt && is_bare(readable)) line_ += readable;
    else add_quoted(line_, readable);
    return *this;
}

log_line& log_line::number(std::string_view name, std::int64_t value) {
    this->name(name);
    line_ += std::to_string(value);
    return *this;
}

std::string log_line::take() && {
    if (format_ == log_format::json) line_ += '}';
    return std::move(line_);
}

std::string without_secrets(std::string_view text) {
    for (const std::string_view mark : {"The Canonical String", "The String-to-Sign", "x-amz-security-token"}) {
        text = text.substr(0, text.find(mark));
    }
    constexpr std::size_t longest_run = 63;
    std::string safe;
    while (!text.empty()) {
        const auto run_end = std::ranges::find_if_not(text, is_of_token);
        const auto run = static_cast<std::size_t>(run_end - text.begin());
        if (run > longest_run) safe += "[...]";
        else safe += text.substr(0, run);
        const std::size_t with_next = std::min(run + 1, text.size());
        safe += text.substr(run, with_next - run);
        text.remove_prefix(with_next);
    }
    return safe;
}

} // namespace sluice::stream
