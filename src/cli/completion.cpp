#include "cli/completion.hpp"

#include <string_view>

namespace sluice::cli {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

/// For a shell, between single quotes.
std::string quoted(const std::string& text) {
    std::string safe = "'";
    for (const char c : text) {
        if (c == '\'') safe += R"('\'')";
        else safe += c;
    }
    return safe + "'";
}

std::vector<std::string> command_names(const command_description& of) {
    std::vector<std::string> names;
    names.reserve(of.commands.size());
    for (const command_description& below : of.commands) names.push_back(below.name);
    return names;
}

std::vector<std::string> option_names(const command_description& of) {
    std::vector<std::string> names;
    for (const option_description& option : of.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return names;
}

/// What may stand where no option does.
std::vector<std::string> other_words(const command_description& of) {
    std::vector<std::string> words = command_names(of);
    for (const argument_description& argument : of.arguments) {
        words.insert(words.end(), argument.choices.begin(), argument.choices.end());
    }
    return words;
}

bool takes_files(const command_description& of) {
    for (const argument_description& argument : of.arguments) {
        if (argument.files) return true;
    }
    return false;
}

/// `'sluice read --count'|'sluice read -c'`: patterns of a case of bash and zsh.
std::string patterns(const command_description& of, const option_description& option) {
    std::vector<std::string> all;
    all.reserve(option.names.size());
    for (const std::string& name : option.names) all.push_back(quoted(of.path + " " + name));
    return joined(all, "|");
}

/// All paths but the program's own.
std::string path_patterns(const command_description& program) {
    std::vector<std::string> all;
    for (const command_description* one : all_commands(program)) {
        if (one != &program) all.push_back(quoted(one->path));
    }
    return joined(all, "|");
}

} // namespace

std::string bash_completion(const command_description& program) {
    std::string script = "# bash completion for " + program.name + ", made by: " + program.name + " completion bash\n" +
                         R"(_NAME() {
    local at=NAME words='' files='' i
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case "$at ${COMP_WORDS[i]}" in
            PATHS) at="$at ${COMP_WORDS[i]}" ;;
        esac
    done
    COMPREPLY=()
    case "$at $prev" in
)";
    for (const command_description* one : all_commands(program)) {
        for (const option_description& option : one->options) {
            if (option.value.empty()) continue;
            script += "        " + patterns(*one, option) + ") ";
            if (!option.choices.empty()) {
                script +=
                    "mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(option.choices, " ")) + R"( -- "$cur"); )";
            } else if (option.files) {
                script += R"(compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); )";
            }
            script += "return ;;\n";
        }
    }
    script += "    esac\n    case $at in\n";
    for (const command_description* one : all_commands(program)) {
        script += "        " + quoted(one->path) +
                  ")\n            if [[ $cur == -* ]]; then words=" + quoted(joined(option_names(*one), " ")) +
                  "; else words=" + quoted(joined(other_words(*one), " ")) + (takes_files(*one) ? "; files=yes" : "") +
                  "; fi ;;\n";
    }
    script += R"(    esac
    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        local found
        while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "$cur")
    fi
}
complete -F _NAME NAME
)";
    const auto replace = [&script](std::string_view what, const std::string& with) {
        for (auto at = script.find(what); at != std::string::npos; at = script.find(what, at + with.size())) {
            script.replace(at, what.size(), with);
        }
    };
    replace("PATHS", path_patterns(program));
    replace("_NAME", "_" + program.name);
    replace("=NAME", "=" + program.name);
    replace(" NAME\n", " " + program.name + "\n");
    return script;
}

std::string zsh_completion(const command_description& program) {
    const auto entry = [](const std::string& word, const std::string& about) {
        std::string text;
        for (const char c : word) {
            if (c == ':') text += '\\';
            text += c;
        }
        return " " + quoted(text + ":" + about);
    };
    std::string script = "#compdef " + program.name + "\n# zsh completion for " + program.name +
                         ", made by: " + program.name + " completion zsh\n_" + program.name + "() {\n" +
                         "    local at=" + program.name + " i cur=${words[CURRENT]} prev=${words[CURRENT-1]}\n" +
                         R"(    local -a entries
    for ((i = 2; i < CURRENT; ++i)); do
        case "$at ${words[i]}" in
            ()" + path_patterns(program) +
                         R"() at="$at ${words[i]}" ;;
        esac
    done
    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*}
        compset -P '*='
    fi
    case "$at $prev" in
)";
    for (const command_description* one : all_commands(program)) {
        for (const option_description& option : one->options) {
            if (option.value.empty()) continue;
            script += "        (" + patterns(*one, option) + ") ";
            if (!option.choices.empty()) script += "compadd -- " + joined(option.choices, " ") + "; ";
            else if (option.files) script += "_files; ";
            script += "return ;;\n";
        }
    }
    script += "    esac\n    if [[ $cur == -* ]]; then\n        case $at in\n";
    for (const command_description* one : all_commands(program)) {
        script += "            (" + quoted(one->path) + ") entries=(";
        for (const option_description& option : one->options) {
            for (const std::string& name : option.names) script += entry(name, option.about);
        }
        script += " ) ;;\n";
    }
    script += "        esac\n        _describe -o option entries\n        return\n    fi\n    case $at in\n";
    for (const command_description* one : all_commands(program)) {
        script += "        (" + quoted(one->path) + ") entries=(";
        for (const command_description& below : one->commands) script += entry(below.name, below.about);
        for (const argument_description& argument : one->arguments) {
            for (const std::string& word : argument.choices) script += entry(word, argument.about);
        }
        script += std::string(" )") + (takes_files(*one) ? "; _files" : "") + " ;;\n";
    }
    script +=
        "    esac\n    (( ${#entries} )) && _describe command entries\n    return 0\n}\nif [[ $zsh_eval_context[-1] "
        "== loadautofunc ]]; then _" +
        program.name + " \"$@\"; else compdef _" + program.name + " " + program.name + "; fi\n";
    return script;
}

std::string fish_completion(const command_description& program) {
    const std::string lead = "complete -c " + program.name + " ";
    std::string script = "# fish completion for " + program.name + ", made by: " + program.name + " completion fish\n" +
                         "function __" + program.name + "_at\n    set -l at " + program.name +
                         "\n    set -l given (commandline -opc)\n    for word in $given[2..-1]\n"
                         "        switch \"$at $word\"\n            case";
    for (const command_description* one : all_commands(program)) {
        if (one != &program) script += " " + quoted(one->path);
    }
    script += "\n                set at \"$at $word\"\n        end\n    end\n    test \"$at\" = \"$argv\"\nend\n" +
              lead + "-f\n";
    for (const command_description* one : all_commands(program)) {
        const std::string here = lead + "-n \"__" + program.name + "_at " + one->path + "\" ";
        for (const command_description& below : one->commands) {
            script += here + "-a " + below.name + " -d " + quoted(below.about) + "\n";
        }
        for (const argument_description& argument : one->arguments) {
            if (argument.files) script += here + "-F\n";
            for (const std::string& word : argument.choices) {
                script += here + "-a " + quoted(word) + " -d " + quoted(argument.about) + "\n";
            }
        }
        for (const option_description& option : one->options) {
            script += here;
            for (const std::string& name : option.names) {
                script += name.starts_with("--") ? "-l " + name.substr(2) + " " : "-s " + name.substr(1) + " ";
            }
            if (!option.value.empty()) script += option.files ? "-r -F " : "-x ";
            if (!option.choices.empty()) script += "-a " + quoted(joined(option.choices, " ")) + " ";
            script += "-d " + quoted(option.about) + "\n";
        }
    }
    return script;
}

} // namespace sluice::cli
