#include "credentials/process_command.hpp"

namespace sluice {

result<std::vector<std::string>> split_command(std::string_view command) {
    const auto wrong = [](std::string_view why) {
        return error_info(errc::configuration, "the command cannot be split into words: " + std::string(why));
    };
    std::vector<std::string> words;
    std::string word;
    bool in_word = false; // also for '' and ""
    char quote = '\0';
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        const bool last = i + 1 == command.size();
        if (quote != '\0') {
            const bool escapes =
                quote == '"' && c == '\\' && !last && (command[i + 1] == '"' || command[i + 1] == '\\');
            if (c == quote) quote = '\0';
            else if (escapes) word += command[++i];
            else word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (c == '\\') {
            if (last) return wrong("it ends with a backslash");
            word += command[++i];
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != '\0') return wrong(std::string("a ") + quote + " is not closed");
    if (in_word) words.push_back(std::move(word));
    if (words.empty()) return wrong("it is empty");
    return words;
}

} // namespace sluice
