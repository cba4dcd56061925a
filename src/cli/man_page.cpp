#include "cli/completion.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

/// For roff: hyphens that are to stay, backslashes, and lines that would be taken for requests.
std::string roff(std::string_view text) {
    std::string safe;
    bool line_starts = true;
    for (const char c : text) {
        if (line_starts && (c == '.' || c == '\'')) safe += "\\&";
        if (c == '-') safe += "\\-";
        else if (c == '\\') safe += "\\e";
        else safe += c;
        line_starts = c == '\n';
    }
    return safe;
}

/// Text that is filled anyhow, in lines of at most 78 bytes where its words allow that.
std::string wrapped(const std::string& text) {
    std::string lines;
    std::string line;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (!line.empty() && line.size() + 1 + word.size() > 78) lines += std::exchange(line, {}) + '\n';
        if (!line.empty()) line += ' ';
        line += word;
        at = end + 1;
    }
    return lines + line;
}

std::string prose(const std::string& text) { return roff(wrapped(text)); }

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string in_upper_case(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::string sentence(const std::string& text) { return text.empty() || text.ends_with('.') ? text : text + "."; }

std::string synopsis(const command_description& command) {
    std::string line = bold(command.path);
    for (const argument_description& argument : command.arguments) {
        const std::string name = italic(in_upper_case(argument.name)) + (argument.many ? " ..." : "");
        line += argument.required ? " " + name : " [" + name + "]";
    }
    return line + " [" + italic("options") + "]";
}

std::string option_entry(const option_description& option) {
    std::string text = ".TP\n";
    for (std::size_t i = 0; i < option.names.size(); ++i) text += (i == 0 ? "" : ", ") + bold(option.names[i]);
    std::string choices;
    for (const std::string& word : option.choices) choices += (choices.empty() ? "" : "|") + word;
    if (!choices.empty()) text += " " + bold(choices);
    else if (!option.value.empty()) text += " " + italic(option.value);
    std::string about = sentence(option.about);
    if (!option.preset.empty()) about += " Default: " + option.preset + ".";
    return text + "\n" + prose(about) + "\n";
}

std::string verbatim(const std::string& text) { return ".PP\n.nf\n" + roff(text) + "\n.fi\n"; }

std::string command_section(const command_description& command) {
    std::string text =
        ".SS " + roff(command.path) + "\n" + synopsis(command) + "\n.PP\n" + prose(sentence(command.about)) + "\n";
    for (const argument_description& argument : command.arguments) {
        text += ".TP\n" + italic(in_upper_case(argument.name)) + "\n" + prose(sentence(argument.about)) + "\n";
    }
    for (const option_description& option : command.options) text += option_entry(option);
    if (!command.footer.empty()) text += verbatim(command.footer);
    return text;
}

constexpr const char* environment = R"(.SH ENVIRONMENT
.TP
\fBAWS_REGION\fR, \fBAWS_PROFILE\fR, \fBAWS_ACCESS_KEY_ID\fR, \fBAWS_SECRET_ACCESS_KEY\fR, \fBAWS_ENDPOINT_URL\fR
As with every AWS tool; \fBsluice config\fR shows what is found and where.
.TP
\fBNO_COLOR\fR
Set to anything: no colours, unless \fB\-\-color always\fR is given.
.SH FILES
.TP
\fI~/.aws/config\fR, \fI~/.aws/credentials\fR
Profiles, as all AWS tools share them.
)";

} // namespace

std::string man_page(const command_description& program, const std::string& version) {
    std::string text = ".\\\" Made by: sluice completion man\n.TH " + in_upper_case(program.name) + " 1 2026-11-27 \"" +
                       program.name + " " + version + "\" \"User Commands\"\n.SH NAME\n" + program.name +
                       " \\- write, read and look after Amazon SNS topics and SQS queues\n.SH SYNOPSIS\n" +
                       bold(program.name) + " " + italic("command") + " [" + italic("options") +
                       "]\n.SH DESCRIPTION\n" + prose(program.about) + "\n";
    if (!program.footer.empty()) text += verbatim(program.footer);
    text += ".SH OPTIONS\n";
    for (const option_description& option : program.options) text += option_entry(option);
    text += ".SH COMMANDS\n";
    for (const command_description* one : all_commands(program)) {
        if (one != &program) text += command_section(*one);
    }
    return text + environment;
}

} // namespace sluice::cli
