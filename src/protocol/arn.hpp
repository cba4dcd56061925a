// ARNs and queue URLs.
#pragma once

#include <sluice/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// `arn:partition:service:region:account:resource`
struct arn {
    std::string partition, service, region, account, resource;
};

std::optional<arn> parse_arn(std::string_view text);

/// How a queue may be named everywhere: its URL, its ARN, or its name in the session's account and region.
struct queue_reference {
    std::string url;     ///< set when the URL was given
    std::string name;    ///< set otherwise
    std::string account; ///< set when an ARN was given
    std::string region;  ///< the same
};

/// Fails with `errc::invalid_argument` that says what is wrong with `text`.
result<queue_reference> parse_queue_reference(std::string_view text);

/// Refuses an ARN of another region of AWS than `region`, where its name would find another queue, if any. Regions that
/// AWS cannot have, as some servers write them, are no reason.
std::optional<error_info> check_region(const queue_reference& queue, std::string_view region);

/// Refuses everything that is not the ARN of an SNS topic.
result<arn> parse_topic_arn(std::string_view text);

/// FIFO queues and topics end in `.fifo`; works on names, ARNs and URLs, which may have a slash at the end.
inline bool is_fifo(std::string_view destination) noexcept {
    while (destination.ends_with('/')) destination.remove_suffix(1);
    return destination.ends_with(".fifo");
}

/// Empty when `name` is a legal queue name: 1 to 80 of letters, digits, `-` and `_`, with an optional `.fifo` end.
std::optional<error_info> check_queue_name(std::string_view name);
/// The same for topics: 1 to 256.
std::optional<error_info> check_topic_name(std::string_view name);

/// The name at the end of a queue URL.
std::string_view queue_name_of_url(std::string_view url) noexcept;
/// The name of a queue or topic that is given by URL, ARN or name.
std::string_view destination_name(std::string_view destination) noexcept;

} // namespace sluice::protocol
