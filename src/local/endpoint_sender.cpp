#include "local/endpoint_sender.hpp"

#include <sluice/http_transport.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <list>
#include <stdexcept>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;

namespace {

/// Source: SNS developer guide, "Make sure your endpoint is ready": the connection times out in 15 seconds.
constexpr auto patience = std::chrono::seconds(15);
/// Of all endpoints together; the others wait here, and their 15 seconds have not begun.
constexpr std::size_t most_running = 256;
/// What an endpoint answers is of no interest beyond its status.
constexpr std::size_t most_reply_bytes = std::size_t(1) << 20;

std::shared_ptr<sluice::transport> make_transport(const asio::any_io_executor& executor, const std::string& ca_file) {
    http_transport_settings settings;
    settings.ca_bundle = ca_file;
    settings.max_connections = most_running;
    settings.max_connections_total = most_running;
    try {
        return make_http_transport(executor, std::move(settings));
    } catch (const error& why) {
        throw std::invalid_argument("the CA file of endpoints " + ca_file + ": " + why.what());
    }
}

http_request make_request(endpoint_post post) {
    http_request request;
    request.origin.tls = post.to.tls;
    request.origin.host = std::move(post.to.host);
    request.origin.port = post.to.port;
    request.target = std::move(post.to.target);
    for (auto& [name, value] : post.headers) request.headers.emplace_back(std::move(name), std::move(value));
    request.body = std::move(post.body);
    request.timeout = patience;
    request.deadline = std::chrono::steady_clock::now() + patience;
    request.max_reply_bytes = most_reply_bytes;
    return request;
}

} // namespace

/// On its strand, but for what begins in `send` and `stop`.
class endpoint_sender::state : public std::enable_shared_from_this<state> {
  public:
    state(const asio::any_io_executor& executor, const std::string& ca_file, result_function result)
        : strand_(asio::make_strand(executor)), transport_(make_transport(executor, ca_file)),
          result_(std::move(result)) {}

    void send(endpoint_post post) {
        asio::post(strand_, [self = shared_from_this(), one = std::move(post)]() mutable {
            if (self->stopped_) return;
            self->waiting_.push_back(std::move(one));
            self->go_on();
        });
    }

    void stop() {
        asio::post(strand_, [self = shared_from_this()] {
            self->stopped_ = true;
            self->waiting_.clear();
            for (asio::cancellation_signal& one : self->running_) one.emit(asio::cancellation_type::terminal);
        });
    }

  private:
    using signal_place = std::list<asio::cancellation_signal>::iterator;

    void go_on() {
        while (!waiting_.empty() && running_.size() < most_running) {
            endpoint_post next = std::move(waiting_.front());
            waiting_.pop_front();
            const signal_place signal = running_.emplace(running_.end());
            auto ended = [self = shared_from_this(), signal](const std::exception_ptr&) {
                self->running_.erase(signal);
                if (!self->stopped_) self->go_on();
            };
            asio::co_spawn(strand_, run(shared_from_this(), std::move(next)),
                           asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
        }
    }

    static asio::awaitable<void> run(std::shared_ptr<state> self, endpoint_post post) {
        // Failures as values, the cancelled ones too.
        co_await asio::this_coro::throw_if_cancelled(false);
        const std::uint64_t id = post.id;
        http_request request = make_request(std::move(post));
        auto sending = self->transport_->send(std::move(request));
        const auto reply = co_await std::move(sending);
        if (self->stopped_) co_return;
        post_result how;
        if (reply) how.status = reply->status;
        else how.failure = reply.error().message;
        self->result_(id, how);
    }

    asio::strand<asio::any_io_executor> strand_;
    std::shared_ptr<sluice::transport> transport_;
    result_function result_;
    std::deque<endpoint_post> waiting_;
    std::list<asio::cancellation_signal> running_;
    bool stopped_ = false;
};

endpoint_sender::endpoint_sender(const asio::any_io_executor& executor, const std::string& ca_file,
                                 result_function result)
    : state_(std::make_shared<state>(executor, ca_file, std::move(result))) {}

void endpoint_sender::send(endpoint_post post) { state_->send(std::move(post)); }
void endpoint_sender::stop() {
    if (!stopped_.exchange(true)) state_->stop();
}

} // namespace sluice::local
