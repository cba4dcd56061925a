#include <sigv4/canonical_request.hpp>

#include "digest.hpp"
#include "encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace sigv4 {
namespace {

constexpr std::array<std::string_view, 11> never_signed{
    "connection",          "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding",   "upgrade", "user-agent", "x-amzn-trace-id",
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Without the spaces at both ends, and with one space for each run inside.
void append_trimmed(std::string& out, std::string_view value) {
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
    bool after_space = false;
    for (const char c : value) {
        if (!is_space(c)) out += c;
        else if (!after_space) out += ' ';
        after_space = is_space(c);
    }
}

/// RFC 3986 section 5.2.4, and no empty segments.
std::string normalized(std::string_view path) {
    std::vector<std::string_view> segments;
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto slash = rest.find('/');
        const std::string_view segment = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (segment == "..") {
            if (!segments.empty()) segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
    }
    std::string out;
    for (const std::string_view segment : segments) {
        out += '/';
        out += segment;
    }
    const bool ends_in_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if (out.empty() || ends_in_folder) out += '/';
    return out;
}

void append_canonical_path(std::string& out, std::string_view path, const signing_options& options) {
    if (path == "/" || path.empty()) { // nearly always
        out += '/';
        return;
    }
    const std::string clean = options.normalize_path ? normalized(path) : std::string(path);
    if (options.double_encode_path) detail::append_encoded(out, clean, "/");
    else out += clean;
}

void append_canonical_query(std::string& out, std::string_view query) {
    if (query.empty()) return;
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const auto ampersand = query.find('&');
        const std::string_view pair = query.substr(0, ampersand);
        query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const std::string_view name = pair.substr(0, equals);
        const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        pairs.emplace_back(detail::encoded_once(name), detail::encoded_once(value));
    }
    std::ranges::sort(pairs);
    bool first = true;
    for (const auto& [name, value] : pairs) {
        if (!first) out += '&';
        first = false;
        out += name;
        out += '=';
        out += value;
    }
}

struct canonical_header {
    std::string name;
    std::string_view value;
};

} // namespace

bool is_signed_header(std::string_view lower_case_name) noexcept {
    return std::ranges::find(never_signed, lower_case_name) == never_signed.end();
}

canonical_form canonical_request(const request_view& request, std::string_view payload_hash,
                                 const signing_options& options) {
    std::vector<canonical_header> headers;
    headers.reserve(request.headers.size());
    for (const header& given : request.headers) {
        std::string name(given.name);
        std::ranges::transform(name, name.begin(), lower);
        if (is_signed_header(name)) headers.push_back({std::move(name), given.value});
    }
    // Stable: values of one name keep their order.
    std::ranges::stable_sort(headers, {}, &canonical_header::name);

    canonical_form form;
    form.text.reserve(512);
    form.text += request.method;
    form.text += '\n';
    append_canonical_path(form.text, request.path, options);
    form.text += '\n';
    append_canonical_query(form.text, request.query);
    form.text += '\n';
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (i > 0 && headers[i].name == headers[i - 1].name) {
            form.text.back() = ',';
        } else {
            if (!form.signed_headers.empty()) form.signed_headers += ';';
            form.signed_headers += headers[i].name;
            form.text += headers[i].name;
            form.text += ':';
        }
        append_trimmed(form.text, headers[i].value);
        form.text += '\n';
    }
    form.text += '\n';
    form.text += form.signed_headers;
    form.text += '\n';
    form.text += payload_hash;
    return form;
}

std::string format_timestamp(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    std::string text = "00000000T000000Z";
    const auto put = [&text](std::size_t at, std::size_t digits, std::int64_t value) {
        for (std::size_t i = digits; i > 0; --i, value /= 10) text[at + i - 1] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, static_cast<int>(date.year()));
    put(4, 2, static_cast<unsigned>(date.month()));
    put(6, 2, static_cast<unsigned>(date.day()));
    put(9, 2, clock.hours().count());
    put(11, 2, clock.minutes().count());
    put(13, 2, clock.seconds().count());
    return text;
}

std::string credential_scope(std::string_view timestamp, std::string_view region, std::string_view service) {
    std::string scope(timestamp.substr(0, 8));
    scope += '/';
    scope += region;
    scope += '/';
    scope += service;
    scope += "/aws4_request";
    return scope;
}

std::string string_to_sign(std::string_view timestamp, std::string_view scope, std::string_view canonical_request) {
    std::string text = "AWS4-HMAC-SHA256\n";
    text += timestamp;
    text += '\n';
    text += scope;
    text += '\n';
    text += sha256_hex(canonical_request);
    return text;
}

std::string sha256_hex(std::string_view bytes) { return detail::to_hex(detail::sha256(bytes)); }

} // namespace sigv4
