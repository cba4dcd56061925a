// The commands and options of the program as plain values, read from the parser: what completion and the man page are
// made of, so that neither can say anything else than --help does.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::cli {

struct option_description {
    std::vector<std::string> names; ///< `--count`, `-h`
    std::string about;
    std::string value;                ///< such as `URL`; empty: a flag
    std::vector<std::string> choices; ///< where the value is one of these
    std::string preset;               ///< empty: none
    bool files = false;               ///< the value is a file
    bool required = false;
};

struct argument_description {
    std::string name;
    std::string about;
    std::vector<std::string> choices;
    bool required = false;
    bool many = false;
    bool files = false;
};

struct command_description {
    std::string path; ///< `sluice chain apply`
    std::string name;
    std::string about;
    std::string footer;
    std::vector<option_description> options;
    std::vector<argument_description> arguments;
    std::vector<command_description> commands;
};

command_description describe(const CLI::App& program);

/// The command and all below it, parents first.
std::vector<const command_description*> all_commands(const command_description& root);

} // namespace sluice::cli
