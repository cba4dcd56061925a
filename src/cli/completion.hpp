// Completion scripts and the man page, made from what the parser knows. No I/O.
#pragma once

#include "cli/program_tree.hpp"

#include <string>

namespace sluice::cli {

std::string bash_completion(const command_description& program);
std::string zsh_completion(const command_description& program);
std::string fish_completion(const command_description& program);

/// In the man macros, section 1. `footer` of a command is shown as it is, with its line breaks.
std::string man_page(const command_description& program, const std::string& version);

} // namespace sluice::cli
