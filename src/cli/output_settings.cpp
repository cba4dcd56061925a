#include "cli/output_settings.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice::cli {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

styles look_at(const std::string& color, bool terminal) {
    const color_mode mode = color == "always"  ? color_mode::always
                            : color == "never" ? color_mode::never
                                               : color_mode::automatic;
    color_surroundings around;
    around.terminal = terminal;
    around.no_color = variable("NO_COLOR");
    around.term = variable("TERM");
    return styles(wants_color(mode, around));
}

} // namespace

void output_settings::add_format_to(CLI::App& command) {
    command.add_option("--output", format, "json: one object a line, with names that stay")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
}

void output_settings::add_to(CLI::App& command) {
    add_format_to(command);
    command.add_option("--color", color, "auto: on a terminal, unless NO_COLOR is set")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();
}

styles output_settings::look() const { return look_at(color, standard_output_is_terminal()); }

styles output_settings::look_of_errors() const { return look_at(color, ::isatty(STDERR_FILENO) == 1); }

bool standard_output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::size_t terminal_width() {
    winsize size{};
    if (!standard_output_is_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

std::string json_line(const nlohmann::json& value, bool ascii) {
    return value.dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
}

namespace {

bool output_failed = false;

void fail_output(int why) {
    if (output_failed) return;
    output_failed = true;
    std::cerr << "sluice: the output cannot be written"
              << (why == 0 ? std::string() : ": " + std::generic_category().message(why)) << '\n';
}

/// Not through the stream: a terminal's is buffered by lines, where what could not be written is dropped in silence,
/// and a signal that interrupts a write counts as its failure.
bool write_all(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { // another process made the terminal so
            pollfd room{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace

bool flush_output() {
    errno = 0;
    if (!std::cout.flush()) fail_output(errno);
    return !output_failed;
}

bool print(const std::string& text) {
    if (!flush_output()) return false;
    if (!write_all(text)) fail_output(errno);
    return !output_failed;
}

bool print(const nlohmann::json& value) { return print(json_line(value, standard_output_is_terminal()) + '\n'); }

} // namespace sluice::cli
