// Colours: when, and which. No I/O.
#pragma once

#include <string>
#include <string_view>

namespace sluice::cli {

enum class style { plain, bold, dim, good, warning, bad };

enum class color_mode { automatic, always, never };

/// What the terminal and the user's environment say.
struct color_surroundings {
    bool terminal = false;     ///< the output is one
    std::string_view no_color; ///< the variable NO_COLOR; empty counts as not set (no-color.org)
    std::string_view term;     ///< the variable TERM
};

/// `always` and `never` as they say; else only on a terminal that is not `dumb`, unless NO_COLOR is set.
[[nodiscard]] constexpr bool wants_color(color_mode mode, const color_surroundings& around) noexcept {
    if (mode != color_mode::automatic) return mode == color_mode::always;
    return around.terminal && around.no_color.empty() && around.term != "dumb";
}

class styles {
  public:
    explicit styles(bool colored = false) : colored_(colored) {}

    /// `text` between the escape sequences of the style, or as it is.
    [[nodiscard]] std::string apply(style look, std::string_view text) const {
        if (!colored_ || look == style::plain || text.empty()) return std::string(text);
        return std::string(begin(look)) + std::string(text) + "\x1b[0m";
    }

  private:
    [[nodiscard]] static constexpr std::string_view begin(style look) noexcept {
        switch (look) {
        case style::bold: return "\x1b[1m";
        case style::dim: return "\x1b[2m";
        case style::good: return "\x1b[32m";
        case style::warning: return "\x1b[33m";
        case style::bad: return "\x1b[31m";
        case style::plain: break;
        }
        return {};
    }

    bool colored_;
};

} // namespace sluice::cli
