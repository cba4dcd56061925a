// Sessions for a service somewhere, and queues and topics there.
#pragma once

#include <sluice/session.hpp>
#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace bench {

/// Keys `test`, region us-east-1; of the environment only AWS_CA_BUNDLE counts.
sluice::session session_with(const boost::asio::any_io_executor& executor, const std::string& endpoint,
                             std::shared_ptr<sluice::transport> transport = nullptr);
/// Accepts every batch of alike messages: its reply is made when the first of its size comes, and copied afterwards.
std::shared_ptr<sluice::transport> in_process_transport();

/// URL of a queue that is there afterwards. These throw sluice::error.
std::string create_queue(const std::string& endpoint, const std::string& name);
/// ARN.
std::string create_topic(const std::string& endpoint, const std::string& name);
/// Puts messages of `body_bytes` into a queue.
void fill_queue(const std::string& endpoint, const std::string& queue_url, std::size_t messages,
                std::size_t body_bytes);

} // namespace bench
