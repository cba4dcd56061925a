#include "bus/reply_rules.hpp"

#include "bus/envelope_rules.hpp"
#include "bus/random_id.hpp"
#include "protocol/arn.hpp"
#include "stream/middleware/plain_text.hpp"

#include <algorithm>

namespace sluice::bus {
namespace {

/// The part of a queue's URL before its last slash, and that before the one before it.
std::string_view before_last_slash(std::string_view url) noexcept {
    const auto slash = url.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : url.substr(0, slash);
}

std::string_view account_of(std::string_view url) noexcept {
    const std::string_view base = before_last_slash(url);
    const auto slash = base.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : base.substr(slash + 1);
}

} // namespace

std::optional<error_info> check_reply_prefix(std::string_view prefix) {
    constexpr std::size_t shortest = 8; // longer than what other queues begin with by chance
    constexpr std::size_t longest = 40; // leaves room for a UUID
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (prefix.size() >= shortest && prefix.size() <= longest && std::ranges::all_of(prefix, allowed)) {
        return std::nullopt;
    }
    return bad_envelope("the prefix of reply queues", prefix, "it must be 8 to 40 of A-Za-z0-9_-");
}

result<std::string> reply_queue_of(std::string_view reply_to, std::string_view own_url, std::string_view prefix) {
    const auto refused = [reply_to](std::string_view rule) {
        return bad_envelope("the address for replies", reply_to, rule);
    };
    if (reply_to.size() > longest_address) return refused("it is too long");
    const auto parsed = protocol::parse_queue_reference(reply_to);
    if (!parsed || parsed->url.empty()) return refused("it must be the URL of a queue");
    const std::string_view name = protocol::queue_name_of_url(parsed->url);
    if (protocol::check_queue_name(name)) return refused("it must be the URL of a queue");
    if (!name.starts_with(prefix) || protocol::is_fifo(name)) {
        return refused("replies go to standard queues whose names begin with " + std::string(prefix));
    }
    if (account_of(parsed->url) != account_of(own_url))
        return refused("it is of another account than the queue of commands");
    return std::string(before_last_slash(own_url)) + "/" + std::string(name);
}

bus_envelope make_reply(const bus_envelope& command, std::string_view type, std::string_view source) {
    bus_envelope reply;
    reply.id = random_id();
    reply.type = type;
    reply.source = source;
    reply.subject = command.subject;
    reply.correlation_id = command.correlation_id;
    reply.causation_id = command.id;
    return reply;
}

std::optional<error_info> failure_in_reply(const bus_envelope& reply) {
    if (!std::string_view(reply.type).starts_with(error_types)) return std::nullopt;
    constexpr std::size_t longest_text = 2'000;
    error_info failure(errc::service_error, stream::one_line(reply.payload, longest_text));
    failure.service_code = reply.type.substr(error_types.size());
    return failure;
}

} // namespace sluice::bus
