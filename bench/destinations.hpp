// Sessions for a service somewhere, and queues and topics there.
#pragma once

#include <sluice/session.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <string>

namespace bench {

/// Keys `test`, region us-east-1; of the environment only AWS_CA_BUNDLE counts.
sluice::session session_with(const boost::asio::any_io_executor& executor, const std::string& endpoint);

/// URL of a queue that is there afterwards. These throw sluice::error.
std::string create_queue(const std::string& endpoint, const std::string& name);
/// ARN.
std::string create_topic(const std::string& endpoint, const std::string& name);
/// Puts messages of `body_bytes` into a queue.
void fill_queue(const std::string& endpoint, const std::string& queue_url, std::size_t messages,
                std::size_t body_bytes);

} // namespace bench
