#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/output_settings.hpp"

#include <sluice/version.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace sluice::cli {

void add_completion_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<std::string>();
    CLI::App* command = program.add_subcommand("completion", "Print what makes a shell complete commands and options");
    command->add_option("shell", *wanted, "Or man: the man page")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
    command->footer("Installed packages bring these files. By hand:\n"
                    "  source <(sluice completion bash)       # in ~/.bashrc\n"
                    "  source <(sluice completion zsh)        # in ~/.zshrc, after compinit\n"
                    "  sluice completion fish | source        # in ~/.config/fish/config.fish\n"
                    "  sluice completion man | man -l -");
    command->callback([wanted, &program, &exit_status] {
        const command_description tree = describe(program);
        std::string text;
        if (*wanted == "bash") text = bash_completion(tree);
        else if (*wanted == "zsh") text = zsh_completion(tree);
        else if (*wanted == "fish") text = fish_completion(tree);
        else text = man_page(tree, SLUICE_VERSION_STRING);
        exit_status = print(text) ? 0 : 1;
    });
}

} // namespace sluice::cli
