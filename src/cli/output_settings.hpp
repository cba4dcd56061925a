// The options of every command that prints data: --output and --color; and the ways to standard output.
#pragma once

#include "cli/styles.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

struct output_settings {
    std::string format = "text";
    std::string color = "auto";

    void add_to(CLI::App& command);
    /// `--output` only: for commands whose text has no colours.
    void add_format_to(CLI::App& command);
    [[nodiscard]] bool json() const { return format == "json"; }
    /// Of standard output.
    [[nodiscard]] styles look() const;
    /// Of standard error.
    [[nodiscard]] styles look_of_errors() const;
};

[[nodiscard]] bool standard_output_is_terminal();
/// Columns of the terminal that standard output is; 0: it is none, or does not say.
[[nodiscard]] std::size_t terminal_width();

/// The value in one line, without its line feed. `ascii`: everything else as `\uNNNN`, for terminals. Bytes that are
/// no UTF-8 become U+FFFD.
[[nodiscard]] std::string json_line(const nlohmann::json& value, bool ascii);

/// How many messages a command may be told to take at most.
inline constexpr std::size_t most_counted = 1'000'000'000;

/// What was given to standard output has left. False: it could not be written, which is said on stderr the first time.
[[nodiscard]] bool flush_output();
/// Writes text to standard output and flushes. False: it could not be written.
bool print(const std::string& text);
/// The same for one JSON line.
bool print(const nlohmann::json& value);

} // namespace sluice::cli
