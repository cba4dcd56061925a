// Makes the POSTs to endpoints: the shell of `endpoint_deliveries`.
#pragma once

#include "local/endpoint_deliveries.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace sluice::local {

/// Any thread may use it. Redirects are not followed: they could lead to where the subscriber must not get.
class endpoint_sender {
  public:
    /// How a POST went; called on a strand of the executor, never from within `send`.
    using result_function = std::function<void(std::uint64_t id, const post_result& how)>;

    /// `ca_file`: PEM file of the CAs that HTTPS endpoints are trusted by; empty: the system's. Throws
    /// std::invalid_argument when it cannot be used.
    endpoint_sender(const boost::asio::any_io_executor& executor, const std::string& ca_file, result_function result);
    endpoint_sender(const endpoint_sender&) = delete;
    endpoint_sender& operator=(const endpoint_sender&) = delete;
    ~endpoint_sender() { stop(); }

    void send(endpoint_post post);
    /// What is under way is broken off and tells nothing any more. The executor's context must still be there, but for
    /// the second time.
    void stop();

  private:
    class state;
    std::shared_ptr<state> state_;
    std::atomic<bool> stopped_{false};
};

} // namespace sluice::local
