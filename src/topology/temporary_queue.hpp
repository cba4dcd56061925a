// Queues that a program makes for itself and removes when it ends, such as for replies: how they are named and tagged,
// so that what a killed program has left can be found and removed by the next one. No I/O.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace sluice::topology {

/// How their names begin: what `ListQueues` is asked for.
inline constexpr std::string_view temporary_queue_prefix = "sluice-temporary-";

/// The tags of a temporary queue. They go with the request that creates it: it is at no time without them.
namespace temporary_queue_tags {

/// RFC 3339, UTC, whole seconds. Its owner moves it ahead while it lives, at a third of the lifetime: the clocks of
/// owner and sweeper may differ by the other two thirds.
inline constexpr const char* expires_at = "sluice:expires-at";
/// What it is for, such as `tail`.
inline constexpr const char* purpose = "sluice:purpose";
/// The ARN of the topic that delivers to it, where there is one: whoever removes the queue ends the subscription first.
inline constexpr const char* topic = "sluice:topic";

} // namespace temporary_queue_tags

/// `sluice-temporary-PURPOSE-` and 16 random hexadecimal digits; a FIFO queue's ends in `.fifo`.
/// `purpose`: 1 to 40 of `A-Za-z0-9_-`.
std::string temporary_queue_name(std::string_view purpose, bool fifo = false);

/// The tags of a new one. A topic's ARN that is too long for a tag (256 characters) is left out: its subscription is
/// then found among all of the account.
std::map<std::string, std::string> tags_of_temporary_queue(std::string_view purpose,
                                                           std::chrono::system_clock::time_point expires,
                                                           std::string_view topic_arn = {});

/// What its owner tags it with again and again.
std::map<std::string, std::string> expiry_tag(std::chrono::system_clock::time_point expires);

enum class temporary_queue_state {
    not_temporary, ///< another name, no tag, or one that is no time: never removed
    in_use,
    expired, ///< its owner is gone: anybody may remove it
};

/// By its tags alone. `grace` after the time of its expiry it is still in use.
temporary_queue_state judge_expiry(const std::map<std::string, std::string>& tags,
                                   std::chrono::system_clock::time_point now,
                                   std::chrono::seconds grace = std::chrono::seconds(0));

/// By its name, too: URL, ARN or name. At the very time of its expiry it is still in use.
temporary_queue_state judge_temporary_queue(std::string_view queue, const std::map<std::string, std::string>& tags,
                                            std::chrono::system_clock::time_point now);

} // namespace sluice::topology
