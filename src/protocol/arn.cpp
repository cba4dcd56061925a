#include "protocol/arn.hpp"

#include "protocol/limits.hpp"
#include "protocol/masked_url.hpp"

#include <algorithm>
#include <array>

namespace sluice::protocol {
namespace {

std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 120;
    if (text.size() <= shown) return "\"" + std::string(text) + "\"";
    return "\"" + std::string(text.substr(0, shown)) + "…\"";
}

std::optional<error_info> check_name(std::string_view what, std::string_view name, std::size_t longest) {
    std::string_view stem = name;
    if (is_fifo(stem)) stem.remove_suffix(5);
    const bool legal = !stem.empty() && name.size() <= longest && std::ranges::all_of(stem, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (legal) return std::nullopt;
    return error_info(errc::invalid_argument,
                      quoted(name) + " is not a " + std::string(what) + " name: 1 to " + std::to_string(longest) +
                          " letters, digits, hyphens and underscores, with .fifo at the end of FIFO ones");
}

/// Such as us-gov-west-1.
bool could_be_region(std::string_view text) noexcept {
    const auto last = text.rfind('-');
    const auto first = text.find('-');
    const bool formed = first != std::string_view::npos && first >= 2 && last > first && last + 1 < text.size();
    return formed && std::ranges::all_of(text.substr(last + 1), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::optional<arn> parse_arn(std::string_view text) {
    if (!text.starts_with("arn:")) return std::nullopt;
    std::array<std::string_view, 6> parts;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts[5] = text;
    if (parts[1].empty() || parts[2].empty() || parts[5].empty()) return std::nullopt;
    return arn{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), std::string(parts[4]),
               std::string(parts[5])};
}

result<queue_reference> parse_queue_reference(std::string_view text) {
    queue_reference queue;
    if (text.starts_with("http://") || text.starts_with("https://")) {
        const std::string_view name = queue_name_of_url(text);
        if (auto wrong = check_queue_name(name)) {
            return error_info(errc::invalid_argument,
                              quoted(masked_url(text)) + " is not a queue URL: " + wrong->message);
        }
        queue.url = text;
        return queue;
    }
    if (text.starts_with("arn:")) {
        const auto parsed = parse_arn(text);
        if (!parsed || parsed->service != "sqs") {
            return error_info(errc::invalid_argument,
                              quoted(text) + " is not the ARN of a queue (arn:aws:sqs:region:account:name)");
        }
        if (auto wrong = check_queue_name(parsed->resource)) return *wrong;
        queue.name = parsed->resource;
        queue.account = parsed->account;
        queue.region = parsed->region;
        return queue;
    }
    if (auto wrong = check_queue_name(text)) return *wrong;
    queue.name = text;
    return queue;
}

std::optional<error_info> check_region(const queue_reference& queue, std::string_view region) {
    if (queue.region == region || !could_be_region(queue.region)) return std::nullopt;
    return error_info(errc::invalid_argument, "the queue " + queue.name + " is in the region " + queue.region +
                                                  ", the session in " + std::string(region) +
                                                  ": it takes a session of the queue's region to reach it");
}

result<arn> parse_topic_arn(std::string_view text) {
    auto parsed = parse_arn(text);
    if (!parsed || parsed->service != "sns") {
        return error_info(errc::invalid_argument,
                          quoted(text) + " is not the ARN of a topic (arn:aws:sns:region:account:name)");
    }
    if (auto wrong = check_topic_name(parsed->resource)) return *wrong;
    return std::move(*parsed);
}

std::optional<error_info> check_queue_name(std::string_view name) {
    return check_name("queue", name, limits::queue_name_length);
}

std::optional<error_info> check_topic_name(std::string_view name) {
    return check_name("topic", name, limits::topic_name_length);
}

std::string_view queue_name_of_url(std::string_view url) noexcept {
    while (url.ends_with('/')) url.remove_suffix(1);
    const auto scheme = url.find("://");
    const auto slash = url.rfind('/');
    if (scheme == std::string_view::npos || slash == std::string_view::npos || slash < scheme + 3) return {};
    return url.substr(slash + 1);
}

std::string_view destination_name(std::string_view destination) noexcept {
    while (destination.ends_with('/')) destination.remove_suffix(1);
    const auto before = destination.find_last_of("/:");
    return before == std::string_view::npos ? destination : destination.substr(before + 1);
}

} // namespace sluice::protocol
