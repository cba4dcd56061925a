#include "canonical_request.hpp"

#include "ascii.hpp"
#include "canonical_target.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <vector>

namespace sigv4 {
namespace {

// What botocore leaves out too.
constexpr std::array<std::string_view, 11> never_signed{
    "connection",        "expect",  "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
};

/// A header with its place among all, so that values of one name keep their
/// order.
struct placed_header {
    std::string_view name;
    std::string_view value;
    std::size_t place;
};

bool comes_before(const placed_header& a, const placed_header& b) noexcept {
    const auto order = std::lexicographical_compare_three_way(
        a.name.begin(), a.name.end(), b.name.begin(), b.name.end(), [](char x, char y) {
            return static_cast<unsigned char>(detail::lower(x)) <=> static_cast<unsigned char>(detail::lower(y));
        });
    return order < 0 || (order == 0 && a.place < b.place);
}

std::vector<placed_header> sorted_headers(std::span<const header> given, std::span<const header> more,
                                          detail::header_choice choice) {
    std::vector<placed_header> sorted;
    sorted.reserve(given.size() + more.size());
    for (const std::span<const header> part : {given, more}) {
        for (const header& one : part) {
            if (choice == detail::header_choice::every_one || is_signed_header(one.name)) {
                sorted.push_back({one.name, one.value, sorted.size()});
            }
        }
    }
    std::ranges::sort(sorted, comes_before); // places differ, so it need not be a
                                             // stable sort, which allocates
    return sorted;
}

bool repeats(const std::vector<placed_header>& sorted, std::size_t i) noexcept {
    return i > 0 && detail::equal_ignoring_case(sorted[i].name, sorted[i - 1].name);
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += detail::lower(c);
}

/// Without the spaces at both ends, and with one space for each run inside, be
/// it a fold over lines.
void append_collapsed(std::string& out, std::string_view value) {
    value = detail::trimmed(value);
    while (!value.empty()) {
        const auto word_end = std::ranges::find_if(value, detail::is_space);
        const auto word = static_cast<std::size_t>(word_end - value.begin());
        out += value.substr(0, word);
        value.remove_prefix(word);
        if (value.empty()) return;
        out += ' ';
        while (detail::is_space(value.front())) value.remove_prefix(1); // it does not end in a space
    }
}

} // namespace

bool is_signed_header(std::string_view name) noexcept {
    return std::ranges::none_of(never_signed, [name](std::string_view other) {
        return name.size() == other.size() && detail::equal_ignoring_case(name, other);
    });
}

detail::text_range detail::append_canonical_request(std::string& out, const request_view& request,
                                                    std::span<const header> more, std::string_view payload_hash,
                                                    const signing_options& options, header_choice choice) {
    const std::vector<placed_header> headers = sorted_headers(request.headers, more, choice);
    std::size_t size = request.method.size() + request.path.size() + request.query.size() + payload_hash.size() + 16;
    for (const placed_header& one : headers) size += 2 * one.name.size() + one.value.size() + 3;
    out.reserve(out.size() + size);

    out += request.method;
    out += '\n';
    append_canonical_path(out, request.path, options);
    out += '\n';
    append_canonical_query(out, request.query);
    out += '\n';
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (repeats(headers, i)) {
            out.back() = ',';
        } else {
            append_lower(out, headers[i].name);
            out += ':';
        }
        append_collapsed(out, headers[i].value);
        out += '\n';
    }
    out += '\n';
    text_range names{out.size(), 0};
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (repeats(headers, i)) continue;
        if (i > 0) out += ';';
        append_lower(out, headers[i].name);
    }
    names.size = out.size() - names.position;
    out += '\n';
    out += payload_hash;
    return names;
}

canonical_form canonical_request(const request_view& request, std::string_view payload_hash,
                                 const signing_options& options) {
    canonical_form form;
    const auto names = detail::append_canonical_request(form.text, request, {}, payload_hash, options);
    form.signed_headers = names.of(form.text);
    return form;
}

} // namespace sigv4
