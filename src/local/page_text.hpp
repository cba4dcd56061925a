// Values as people read them, and texts of others made fit for a page. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

/// UTF-8 that any XML or HTML may hold and that shows what is there: bytes that are no UTF-8 become U+FFFD; control
/// characters but tab and line feed their pictures (U+2400 and on), those of C1 and what hides or turns text around
/// `<U+202E>`. Markup is not touched: whoever writes the page escapes it.
std::string displayable(std::string_view text);

/// `0 ms`, `850 ms`, `12 s`, `5 min 3 s`, `2 h 5 min`, `4 d 1 h`
std::string duration_text(std::chrono::milliseconds time);
/// `0 B`, `1023 B`, `1.5 KiB`, `2.0 MiB`
std::string bytes_text(std::size_t bytes);
/// `0`, `0.02`, `3.5`, `1250`: no more digits than mean something
std::string rate_text(double per_second);
/// `1 message`, `2 messages`
std::string counted(std::size_t count, std::string_view noun);

} // namespace sluice::local
