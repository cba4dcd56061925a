#include "cli/request_line.hpp"

#include "cli/terminal_text.hpp"
#include "protocol/timestamp.hpp"

#include <cstdio>

namespace sluice::cli {
namespace {

std::string word(const std::string& text) {
    if (text.empty()) return "-";
    std::string out;
    for (const char c : escaped(text)) {
        if (c == ' ') out += "\\x20"; // columns are counted by blanks
        else out += c;
    }
    return out;
}

style style_of(int status) {
    if (status == 0 || status >= 500) return style::bad;
    return status >= 400 ? style::warning : style::good;
}

std::string milliseconds(std::chrono::microseconds time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time.count()) / 1000);
    return text;
}

} // namespace

std::string request_line(const local::request_record& request, const styles& look) {
    std::string what = request.operation;
    if (!request.service.empty()) what = request.service + "." + (what.empty() ? "-" : what);
    std::string line = look.apply(style::dim, protocol::date_time_text_in_milliseconds(request.time));
    line += " " + word(request.client) + " " + look.apply(style::bold, word(what)) + " " + word(request.resource) + " ";
    line += look.apply(style_of(request.status), request.status == 0 ? "-" : std::to_string(request.status));
    line += " " + word(request.code) + " " + look.apply(style::dim, word(request.request_id));
    line += " " + std::to_string(request.request_bytes) + " " + std::to_string(request.reply_bytes);
    line += " " + milliseconds(request.duration);
    if (!request.message.empty()) line += " " + escaped(request.message);
    return line;
}

} // namespace sluice::cli
