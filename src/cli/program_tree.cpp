#include "cli/program_tree.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace sluice::cli {
namespace {

/// `TEXT:{a,b}` -> a, b: how the parser writes that a value is one of a set.
std::vector<std::string> choices_in(const std::string& type) {
    std::vector<std::string> choices;
    const auto open = type.find('{');
    const auto close = type.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return choices;
    std::string one;
    for (const char c : type.substr(open + 1, close - open - 1)) {
        if (c != ',') {
            one += c;
            continue;
        }
        choices.push_back(std::exchange(one, {}));
    }
    choices.push_back(std::move(one));
    return choices;
}

bool takes_file(const std::string& type) { return type.find("FILE") != std::string::npos; }

option_description describe(const CLI::Option& option) {
    option_description made;
    for (const std::string& name : option.get_snames()) made.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) made.names.push_back("--" + name);
    made.about = option.get_description();
    made.required = option.get_required();
    made.preset = option.get_default_str();
    if (option.get_items_expected_max() == 0) return made; // a flag
    const std::string type = option.get_type_name();
    made.choices = choices_in(type);
    made.files = takes_file(type);
    made.value = type.substr(0, type.find(':'));
    if (made.value.empty() || !made.choices.empty()) made.value = "WORD";
    return made;
}

argument_description argument(const CLI::Option& option) {
    argument_description made;
    made.name = option.get_name(true);
    made.about = option.get_description();
    made.choices = choices_in(option.get_type_name());
    made.required = option.get_required();
    made.many = option.get_expected_max() > 1;
    made.files = takes_file(option.get_type_name());
    return made;
}

command_description describe(const CLI::App& command, const std::string& parent) {
    command_description made;
    made.name = command.get_name();
    made.path = parent.empty() ? made.name : parent + " " + made.name;
    made.about = command.get_description();
    made.footer = command.get_footer();
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_group().empty()) continue; // it is hidden
        if (option->nonpositional()) made.options.push_back(describe(*option));
        else if (option->get_positional()) made.arguments.push_back(argument(*option));
    }
    const auto visible = [](const CLI::App* below) {
        return !below->get_name().empty() && !below->get_group().empty();
    };
    for (const CLI::App* below : command.get_subcommands(visible)) made.commands.push_back(describe(*below, made.path));
    return made;
}

} // namespace

command_description describe(const CLI::App& program) { return describe(program, ""); }

std::vector<const command_description*> all_commands(const command_description& root) {
    std::vector<const command_description*> all{&root};
    for (const command_description& below : root.commands) {
        const auto further = all_commands(below);
        all.insert(all.end(), further.begin(), further.end());
    }
    return all;
}

} // namespace sluice::cli
