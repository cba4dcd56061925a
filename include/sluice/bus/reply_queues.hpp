// The queues that answers to requests come by, and what becomes of those whose process was killed.
#pragma once

#include <sluice/export.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace sluice {

inline constexpr const char* default_reply_queue_prefix = "sluice-reply-";
/// The tag of a reply queue: until when it is surely in use, as RFC 3339 in UTC. Its owner moves it on meanwhile.
inline constexpr const char* reply_queue_expiry_tag = "sluice:expires-at";

struct sweep_options {
    std::string prefix = default_reply_queue_prefix; ///< 8 to 40 of `A-Za-z0-9_-`
    /// Queues that are looked at, 1 or more; chosen at random when there are more with that prefix.
    std::size_t most_queues = 50;
    /// How long after its expiry a queue is removed, 0 or more: clocks differ.
    std::chrono::seconds grace{60};
};

struct sweep_report {
    sweep_report() = default;

    std::size_t found = 0;  ///< queues with the prefix, at most 1,000
    std::size_t looked = 0; ///< whose tags were asked for
    std::size_t removed = 0;
    std::size_t failed = 0; ///< gone meanwhile, or not ours to look at or remove
};

/// Deletes reply queues that have the prefix *and* a tag that says that their time is over. Queues without that tag, or
/// with one that is no time, stay. A bus does this once when it makes its own; call it from wherever you clean up.
///
/// Errors: `errc::invalid_argument` for options out of range, and what ListQueues throws; single queues that fail are
/// counted. Takes the rights to ListQueues, ListQueueTags and DeleteQueue. Cancellation (terminal): ends it.
SLUICE_API boost::asio::awaitable<sweep_report> sweep_reply_queues(session session);
SLUICE_API boost::asio::awaitable<sweep_report> sweep_reply_queues(session session, sweep_options options);

} // namespace sluice
