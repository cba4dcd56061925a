// Queues and topics as a user names them, looked up, with errors that say what to do.
#pragma once

#include "cli/queue_report.hpp"

#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sluice::cli {

[[nodiscard]] bool is_topic_arn(const std::string& text) noexcept;

/// What the queue that is given by URL, ARN or name is like now. Throws `sluice::error`, which names a queue that is
/// not there.
boost::asio::awaitable<queue_report> queue_report_of(session session, std::string queue);

/// The ARN of the topic that is given by ARN, or by name in the session's account and region. Throws `sluice::error`.
boost::asio::awaitable<std::string> topic_arn_of(session session, std::string topic);

} // namespace sluice::cli
