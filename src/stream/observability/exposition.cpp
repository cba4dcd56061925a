#include "stream/observability/exposition.hpp"

namespace sluice::stream {

void exposition::begin(const metric& about) {
    name_ = about.name;
    text_.append("# HELP ").append(about.name).append(" ").append(about.help).append("\n");
    text_.append("# TYPE ").append(about.name).append(" ").append(about.type).append("\n");
}

std::string exposition::scaled(std::uint64_t count, std::uint64_t scale) {
    std::string text = std::to_string(count / scale);
    std::string rest = std::to_string(scale + count % scale).substr(1); // with its leading zeros
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    if (!rest.empty()) text.append(".").append(rest);
    return text;
}

void exposition::line(std::string_view suffix, std::initializer_list<label> labels, std::string_view upper_bound,
                      std::string_view value) {
    text_.append(name_).append(suffix);
    bool first = true;
    for (const auto& [name, text] : labels) add_label(name, text, first);
    if (!upper_bound.empty()) add_label("le", upper_bound, first);
    if (!first) text_ += '}';
    text_.append(" ").append(value).append("\n");
}

void exposition::add_label(std::string_view name, std::string_view value, bool& first) {
    text_ += first ? '{' : ',';
    first = false;
    text_.append(name).append("=\"");
    for (const char c : value) {
        if (c == '\\') text_ += "\\\\";
        else if (c == '"') text_ += "\\\"";
        else if (c == '\n') text_ += "\\n";
        else text_ += c;
    }
    text_ += '"';
}

} // namespace sluice::stream
