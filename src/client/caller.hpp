// The one call path: endpoint -> sign -> send -> read the error -> try again.
#pragma once

#include "client/clock_skew.hpp"
#include "client/endpoint.hpp"
#include "client/operation_info.hpp"
#include "client/rate_limiter.hpp"
#include "client/retry.hpp"

#include <sigv4/signer.hpp>
#include <sluice/credentials.hpp>
#include <sluice/error.hpp>
#include <sluice/retry_mode.hpp>
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

/// What a call that went well went through before.
struct call_history {
    bool may_have_been_applied = false; ///< by an attempt that was not answered
    /// When the attempt that was answered began, and when the answer was there.
    std::chrono::steady_clock::time_point sent{};
    std::chrono::steady_clock::time_point answered{};
};

struct call_request {
    call_request() = default;

    operation_info operation;
    wire_protocol protocol = wire_protocol::query;
    std::string body;
    http_lane lane = http_lane::control;
    call_history* history = nullptr;    ///< written before the call returns, if given
    std::chrono::seconds extra_time{0}; ///< that the service itself waits, on top of the attempt's timeout
};

struct caller_options {
    std::string region;
    std::array<endpoint, 3> endpoints; ///< by service_id
    wire_protocol sqs_protocol = wire_protocol::query;
    std::chrono::steady_clock::duration attempt_timeout = std::chrono::seconds(10);
    /// For the whole call: attempts, pauses and waiting for a free connection.
    std::chrono::steady_clock::duration operation_timeout = std::chrono::seconds(60);
    sluice::retry_mode retry_mode = sluice::retry_mode::standard;
    int max_attempts = 3;
    bool correct_clock_skew = true;
    std::string app_id;                                ///< for the User-Agent header; empty: none
    std::shared_ptr<credentials_provider> credentials; ///< null where every operation goes unsigned
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
    /// For requests that are no calls, such as that for a certificate.
    [[nodiscard]] const std::shared_ptr<sluice::transport>& transport() const noexcept { return options_.transport; }
    [[nodiscard]] const std::string& region() const noexcept { return options_.region; }
    [[nodiscard]] std::chrono::steady_clock::duration operation_timeout() const noexcept {
        return options_.operation_timeout;
    }
    /// The budget of all retries of the session, also of those that are not of one call.
    [[nodiscard]] retry_quota& quota() noexcept { return quota_; }
    /// Uniform in [0, 1).
    double random();

  private:
    using time_point = std::chrono::steady_clock::time_point;

    /// What stays the same for all attempts of a call.
    struct call_state;
    struct attempt_outcome;

    boost::asio::awaitable<result<http_reply>> run(std::shared_ptr<caller> self, call_request request);
    boost::asio::awaitable<attempt_outcome> try_once(const call_state& state, int attempt);
    [[nodiscard]] result<http_request> signed_request(const call_state& state, const credentials& keys,
                                                      int attempt) const;
    retry_decision decide(call_state& state, const attempt_outcome& failed, int attempt);
    /// Why a call ends that never left: `late`, or else cancelled.
    static error_info held_back(const call_state& state, bool late);
    /// False: cancelled.
    boost::asio::awaitable<bool> pause_until(time_point when);
    std::string make_invocation_id();

    boost::asio::any_io_executor executor_;
    caller_options options_;
    std::array<sigv4::signer, 3> signers_; ///< by service_id
    std::string user_agent_;
    std::array<rate_limiter, 3> limiters_; ///< by service_id
    retry_quota quota_;
    clock_skew skew_;
    std::mutex random_mutex_;
    std::mt19937_64 random_;
};

} // namespace sluice::calls
