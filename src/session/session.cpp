#include <sluice/session.hpp>

#include "session/configuration.hpp"
#include "session/session_state.hpp"

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sqs/queue_operations.hpp"
#include "transport/http_transport.hpp"

#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

namespace sluice {
namespace {

// Queues are few; a program that names thousands of them asks again now and then.
constexpr std::size_t remembered_queues = 10'000;

std::shared_ptr<session_state> make_state(const boost::asio::any_io_executor& executor, session_options options) {
    const configuration found = configuration::find(options, &environment_variable).value();
    calls::caller_options calling;
    calling.region = found.region;
    calling.endpoints = found.endpoints;
    calling.sqs_protocol = options.sqs_protocol;
    calling.attempt_timeout = options.request_timeout;
    calling.operation_timeout = options.operation_timeout;
    calling.retry_mode = options.retry_mode;
    calling.max_attempts = options.max_attempts;
    calling.correct_clock_skew = options.correct_clock_skew;
    calling.credentials = options.credentials ? std::move(options.credentials) : environment_credentials();
    calling.transport = std::move(options.transport);
    if (!calling.transport) {
        http_transport_options sockets;
        sockets.timeouts.resolve = options.resolve_timeout;
        sockets.timeouts.connect = options.connect_timeout;
        sockets.timeouts.tls_handshake = options.tls_handshake_timeout;
        sockets.timeouts.write = options.write_timeout;
        sockets.max_connections = options.max_connections;
        sockets.max_connections_total = options.max_connections_total;
        sockets.tls.ca_bundle = found.ca_bundle;
        sockets.tls.client_certificate = options.client_certificate;
        sockets.tls.client_key = options.client_key;
        sockets.proxies = proxy_settings::find(&environment_variable).value();
        calling.transport = std::make_shared<http_transport>(executor, std::move(sockets));
    }
    return std::make_shared<session_state>(std::make_shared<calls::caller>(executor, std::move(calling)));
}

} // namespace

session::session(boost::asio::any_io_executor executor, session_options options)
    : state_(make_state(executor, std::move(options))) {}

boost::asio::any_io_executor session::get_executor() const { return state_->caller()->executor(); }
const std::string& session::region() const noexcept { return state_->caller()->region(); }
sqs::client session::sqs() const { return sqs::client(state_->caller()); }
sns::client session::sns() const { return sns::client(state_->caller()); }
sts::client session::sts() const { return sts::client(state_->caller()); }

boost::asio::awaitable<result<std::string>> session_state::queue_url(std::string reference) {
    return find_queue_url(shared_from_this(), std::move(reference));
}

boost::asio::awaitable<result<std::string>> session_state::find_queue_url(std::shared_ptr<session_state> self,
                                                                          std::string reference) {
    auto queue = protocol::parse_queue_reference(reference);
    if (!queue) co_return result<std::string>(queue.error());
    if (!queue->url.empty()) co_return result<std::string>(std::move(queue->url));
    {
        const std::lock_guard lock(self->mutex_);
        const auto known = self->queue_urls_.find(reference);
        if (known != self->queue_urls_.end()) co_return result<std::string>(known->second);
    }
    sqs::get_queue_url_request request(queue->name);
    request.owner_account_id = queue->account;
    auto reply = co_await service::invoke<sqs::operations::get_queue_url>(self->caller_, std::move(request));
    if (!reply) {
        error_info failure = reply.error();
        if (failure.code == errc::not_found) failure.message += " (queue " + reference + ")";
        co_return result<std::string>(std::move(failure));
    }
    const std::lock_guard lock(self->mutex_);
    if (self->queue_urls_.size() >= remembered_queues) self->queue_urls_.clear();
    self->queue_urls_[reference] = reply->queue_url;
    co_return result<std::string>(std::move(reply->queue_url));
}

void session_state::forget_queue(const std::string& reference) {
    const std::lock_guard lock(mutex_);
    queue_urls_.erase(reference);
}

} // namespace sluice
