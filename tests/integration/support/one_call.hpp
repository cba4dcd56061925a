// One call of a session over real sockets, and what it left behind.
#pragma once

#include "run_coroutine.hpp"
#include "transport/http_transport.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>
#include <string>

namespace integration {

/// A reply that GetCallerIdentity is content with.
inline std::string identity_body() {
    return "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/me</Arn><UserId>U</UserId>"
           "<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
}

struct call_result {
    std::optional<sluice::error_info> failure; ///< none: it succeeded
    bool transport_is_free = false;            ///< nothing busy, nobody waiting, and nobody else holds the transport
};

/// Asks the endpoint who we are.
inline call_result call_once(const std::string& endpoint, sluice::http_transport_options sockets, int max_attempts = 2,
                             std::chrono::milliseconds request_timeout = std::chrono::seconds(10)) {
    boost::asio::io_context context;
    call_result seen;
    const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), std::move(sockets));
    run_coroutine(context, [&]() -> boost::asio::awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = endpoint;
        options.credentials = sluice::static_credentials(sluice::credentials("AKIDEXAMPLE", "secret"));
        options.max_attempts = max_attempts;
        options.request_timeout = request_timeout;
        options.transport = transport;
        const sluice::session session(executor, options);
        auto asking = session.sts().get_caller_identity();
        const auto answer = co_await sluice::as_result(std::move(asking));
        if (!answer) seen.failure = answer.error();
    });
    context.poll(); // what was posted to clean up
    const auto left = transport->connections();
    seen.transport_is_free = left.busy == 0 && left.waiting == 0 && transport.use_count() == 1;
    return seen;
}

} // namespace integration
