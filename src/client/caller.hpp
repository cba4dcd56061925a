// The one call path: endpoint -> sign -> send -> read the error -> try again.
#pragma once

#include "client/endpoint.hpp"
#include "client/operation_info.hpp"
#include "client/retry.hpp"

#include <sigv4/signer.hpp>
#include <sluice/credentials.hpp>
#include <sluice/error.hpp>
#include <sluice/transport.hpp>
#include <sluice/wire_protocol.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>

namespace sluice::calls {

struct call_request {
    call_request() = default;

    operation_info operation;
    wire_protocol protocol = wire_protocol::query;
    std::string body;
    http_lane lane = http_lane::control;
    std::chrono::seconds extra_time{0}; ///< that the service itself waits, on top of the attempt's timeout
};

struct caller_options {
    std::string region;
    std::array<endpoint, 3> endpoints; ///< by service_id
    wire_protocol sqs_protocol = wire_protocol::query;
    std::chrono::steady_clock::duration attempt_timeout = std::chrono::seconds(10);
    int max_attempts = 3;
    std::shared_ptr<credentials_provider> credentials;
    std::shared_ptr<sluice::transport> transport;
};

/// Usable from several coroutines and threads.
class caller : public std::enable_shared_from_this<caller> {
  public:
    caller(boost::asio::any_io_executor executor, caller_options options);

    /// A 2xx reply, or why there is none: with operation, codes, request id, attempts and whether the request may have
    /// been applied.
    boost::asio::awaitable<result<http_reply>> call(call_request request);

    [[nodiscard]] wire_protocol protocol_of(service_id service) const noexcept {
        return service == service_id::sqs ? options_.sqs_protocol : wire_protocol::query;
    }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
    [[nodiscard]] const std::string& region() const noexcept { return options_.region; }

  private:
    boost::asio::awaitable<result<http_reply>> run(std::shared_ptr<caller> self, call_request request);
    boost::asio::awaitable<result<http_reply>> try_once(const call_request& request);
    [[nodiscard]] result<http_request> signed_request(const call_request& request, const credentials& keys) const;
    double random();

    boost::asio::any_io_executor executor_;
    caller_options options_;
    std::array<sigv4::signer, 3> signers_; ///< by service_id
    retry_quota quota_;
    std::mutex random_mutex_;
    std::minstd_rand random_;
};

} // namespace sluice::calls
