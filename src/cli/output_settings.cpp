#include "cli/output_settings.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <system_error>

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

bool flush_output() {
    static bool told = false;
    errno = 0;
    if (std::cout.flush()) return true;
    if (!told) {
        const std::string why = errno == 0 ? "" : ": " + std::generic_category().message(errno);
        std::cerr << "sluice: the output cannot be written" << why << '\n';
    }
    told = true;
    return false;
}

bool print(const std::string& text) {
    std::cout << text;
    return flush_output();
}

bool print(const nlohmann::json& value) { return print(json_line(value, standard_output_is_terminal()) + '\n'); }

} // namespace sluice::cli
