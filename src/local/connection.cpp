#include "local/connection.hpp"

#include "local/http_rules.hpp"
#include "local/incoming_request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

/// A larger reply's buffer is not kept for the next one.
constexpr std::size_t kept_reply_bytes = std::size_t(64) * 1024;
/// Of a refused request; the deadline is what ends it in earnest.
constexpr std::size_t max_drained_bytes = std::size_t(1) << 30;
constexpr auto never = client_pace::clock_point::max().time_since_epoch().count();
/// The first byte of TLS; no method of HTTP begins so.
constexpr unsigned char tls_handshake_record = 0x16;

std::string text_of(const asio::ip::tcp::endpoint& client) {
    const std::string host = client.address().to_string();
    return (client.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(client.port());
}

} // namespace

connection::connection(client_socket client, std::shared_ptr<connection_owner> handler)
    : stream_(std::move(client)), handler_(std::move(handler)), rules_(handler_->rules()),
      incoming_(std::make_unique<incoming_request>()), pace_(rules_.deadlines), alarm_(never), clients_turn_(never) {}

connection::~connection() { handler_->ended(this); }

void connection::start() {
    // `dispatch` would do, but the accepting thread has the next client to look after.
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->stream_.set_no_delay();
        self->client_ = text_of(self->stream_.client());
        self->incoming_->expect_request(self->rules_.max_request_bytes);
        self->enter(self->rules_.tls == nullptr ? client_stage::head : client_stage::handshake);
        self->await_greeting(); // without a buffer: clients that only connect are cheap
    });
}

void connection::refuse_unread(connection_end ending) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), ending] {
        // Closing with something unread would reset: what comes is read and dropped.
        if (ending == connection_end::reset) self->end(ending);
        else self->drain(self->rules_.max_request_bytes);
    });
}

void connection::close() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->end(); });
}

void connection::answer(http_answer answer) {
    asio::post(stream_.get_executor(), [self = shared_from_this(), answer = std::move(answer)] {
        self->waits_for_ = 0;
        self->respond(answer);
    });
}

// --- deadlines ---

void connection::enter(client_stage stage) {
    const bool timeless = stage == client_stage::served;
    const auto now = timeless ? client_pace::clock_point() : std::chrono::steady_clock::now();
    pace_.enter(stage, now);
    alarm_.store(pace_.alarm().time_since_epoch().count(), std::memory_order_relaxed);
    clients_turn_.store(pace_.is_clients_turn() ? now.time_since_epoch().count() : never, std::memory_order_relaxed);
}

bool connection::take_alarm(client_pace::clock_point now) const noexcept {
    if (alarm_.load(std::memory_order_relaxed) > now.time_since_epoch().count()) return false;
    alarm_.store(never, std::memory_order_relaxed);
    return true;
}

void connection::ring() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->on_alarm(); });
}

client_pace::clock_point connection::clients_turn_since() const noexcept {
    return client_pace::clock_point(client_pace::clock_point::duration(clients_turn_.load(std::memory_order_relaxed)));
}

void connection::make_room() {
    clients_turn_.store(never, std::memory_order_relaxed); // it is not asked twice
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        if (self->pace_.is_clients_turn()) self->end();
    });
}

void connection::give_way() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        const client_stage stage = self->pace_.stage();
        if (stage == client_stage::head || stage == client_stage::body) self->interrupt_for(interruption::gives_way);
    });
}

void connection::on_alarm() {
    const auto now = std::chrono::steady_clock::now();
    if (!pace_.is_overdue(now)) {
        if (pace_.should_become_lean(now)) {
            pace_.become_lean();
            interrupt_for(interruption::lean);
        }
        alarm_.store(pace_.alarm().time_since_epoch().count(), std::memory_order_relaxed);
        return;
    }
    const client_stage stage = pace_.stage();
    if (stage != client_stage::rest) handler_->was_too_slow(stage);
    const bool reading = stage == client_stage::head || stage == client_stage::body;
    if (reading && incoming_->has_begun()) interrupt_for(interruption::late);
    else end(stage == client_stage::reply ? connection_end::reset : connection_end::closed);
}

/// The read under way ends, if there is one, and then `obey` follows. Else the next one does not begin.
void connection::interrupt_for(interruption why) {
    interrupted_ = why;
    stream_.interrupt();
}

void connection::obey() {
    const bool json = head_of(incoming_->parser->get()).json;
    switch (std::exchange(interrupted_, interruption::none)) {
    case interruption::late:
        return refuse(refuse_request(408, "RequestTimeout", "the request did not arrive in time", json));
    case interruption::gives_way:
        handler_->note("an unfinished request of " + std::to_string(incoming_->held_bytes()) +
                       " bytes was refused: max_unfinished_bytes are exceeded");
        return refuse(refuse_request(503, "ServiceUnavailable",
                                     "too many unfinished requests: this one has waited longest for its next piece",
                                     json));
    case interruption::lean:
        if (incoming_->has_begun()) return read(); // it rests no more
        incoming_->give_up_buffers();
        std::string().swap(outgoing_);
        return await_request();
    case interruption::none: break;
    }
}

// --- reading ---

void connection::await_greeting() {
    stream_.wait_readable([self = shared_from_this()](const error_code& failure) {
        if (failure) self->end();
        else self->greet();
    });
}

void connection::greet() {
    switch (stream_.look()) {
    case client_stream::sight::nothing: return await_greeting();
    case client_stream::sight::end: return end();
    case client_stream::sight::bytes: break;
    }
    const bool speaks_tls = stream_.first_byte() == tls_handshake_record;
    if (rules_.tls != nullptr) {
        if (speaks_tls) return begin_tls();
        return refuse(refuse_as_text(400, "this port speaks https, not http: use " + handler_->endpoint()));
    }
    if (!speaks_tls) return read();
    handler_->note("a client spoke TLS to this port, which speaks plain http: it must use " + handler_->endpoint());
    drain(rules_.max_request_bytes);
}

void connection::begin_tls() {
    stream_.handshake(*rules_.tls, [self = shared_from_this()](const error_code& failure) {
        if (failure) {
            // Closed by ourselves: that was said already.
            if (failure != asio::error::operation_aborted && failure != asio::error::bad_descriptor) {
                self->handler_->note("the TLS handshake with a client failed: " + failure.message() +
                                     "; clients must trust the certificate of this broker (AWS_CA_BUNDLE)");
            }
            return self->end();
        }
        self->enter(client_stage::head);
        self->read();
    });
}

void connection::await_request() {
    stream_.wait_readable([self = shared_from_this()](const error_code& failure) {
        if (failure) self->end();
        else self->read();
    });
}

void connection::read() {
    if (interrupted_ != interruption::none) return obey();
    auto space = incoming_->buffer.prepare(
        std::min(incoming_->next_read, incoming_->buffer.max_size() - incoming_->buffer.size()));
    stream_.read_some(space, [self = shared_from_this()](const error_code& failure, std::size_t bytes) {
        if (failure == asio::error::operation_aborted && self->interrupted_ != interruption::none) self->obey();
        else if (failure) self->end(); // also the orderly end between two requests
        else self->take(bytes);
    });
}

void connection::take(std::size_t bytes) {
    // A large body arrives in large pieces; small requests keep a small buffer.
    if (bytes == incoming_->next_read) incoming_->next_read = std::min(2 * bytes, max_read_bytes);
    incoming_->buffer.commit(bytes);
    error_code failure;
    const bool complete = incoming_->parse(failure);
    if (failure) return refuse(failure);
    if (!incoming_->head_accepted && incoming_->parser->is_header_done()) {
        incoming_->head_accepted = true;
        const request_head head = head_of(incoming_->parser->get());
        without_body_ = head.method == "HEAD";
        if (const auto refused = refuse_head(head)) {
            if (!complete) return refuse(*refused);
            keep_alive_ = incoming_->parser->get().keep_alive();
            incoming_->expect_request(rules_.max_request_bytes);
            release_unfinished();
            handler_->refused(client_, *refused);
            return respond(*refused);
        }
    }
    if (complete) return handle_request();
    pace_.move(bytes);
    if (incoming_->client_waits_for_leave()) return allow_body();
    go_on_reading();
}

void connection::go_on_reading() {
    client_stage stage = client_stage::rest;
    if (incoming_->parser->is_header_done()) stage = client_stage::body;
    else if (incoming_->has_begun() || pace_.stage() == client_stage::head) stage = client_stage::head;
    if (stage != pace_.stage()) enter(stage);
    if (const std::size_t held = incoming_->held_bytes(); held > first_read_bytes) {
        holds_unfinished_ = true;
        handler_->hold_unfinished(this, held);
    }
    read();
}

void connection::release_unfinished() noexcept {
    if (std::exchange(holds_unfinished_, false)) handler_->release_unfinished(this);
}

void connection::allow_body() {
    incoming_->body_allowed = true;
    outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.write(asio::buffer(outgoing_), [self = shared_from_this()](const error_code& failure, std::size_t) {
        if (failure) self->end();
        else self->go_on_reading();
    });
}

void connection::handle_request() {
    request_type request = incoming_->parser->release();
    incoming_->expect_request(rules_.max_request_bytes);
    interrupted_ = interruption::none; // it came in time after all
    release_unfinished();
    enter(client_stage::served);
    keep_alive_ = request.keep_alive();
    call_outcome outcome = handler_->handle(make_call(request, client_, stream_.is_secure()), shared_from_this());
    incoming_->reuse(std::move(request.body()));
    if (outcome.answer) return respond(*outcome.answer);
    waits_for_ = outcome.poll;
    if (!outcome.soon) watch_client();
}

void connection::watch_client() {
    // What came through TLS already would not make the socket readable.
    if (stream_.is_secure()) {
        const client_stream::sight there = stream_.look();
        if (there == client_stream::sight::bytes) return;
        if (there == client_stream::sight::end) return lose_client();
    }
    stream_.wait_readable([self = shared_from_this()](const error_code& failure) {
        if (failure || self->waits_for_ == 0) return;
        switch (self->stream_.look()) {
        // The next request, sent without waiting for this answer, is no reason to end; that the client goes after it
        // shows when it is read.
        case client_stream::sight::bytes: return;
        // Readiness may be reported for bytes that have been read since.
        case client_stream::sight::nothing: return self->watch_client();
        case client_stream::sight::end: return self->lose_client();
        }
    });
}

void connection::lose_client() {
    handler_->forget(std::exchange(waits_for_, 0));
    end();
}

// --- answering ---

void connection::respond_spoiled(const http_answer& answer) {
    if (answer.fate == reply_fate::dropped) return end(answer.ending);
    keep_alive_ = false;
    outgoing_ = serialise(answer, handler_->date(), {true, false});
    if (answer.fate == reply_fate::cut) outgoing_.resize(outgoing_.size() - 1 - answer.body.size() / 2);
    else outgoing_ = "\x16\x03\x01 this is no HTTP \r\n\r\n";
    enter(client_stage::reply);
    pace_.move(outgoing_.size());
    stream_.write(asio::buffer(outgoing_), [self = shared_from_this(), ending = answer.ending](
                                               const error_code&, std::size_t) { self->end(ending); });
}

void connection::respond(const http_answer& answer) {
    if (answer.fate != reply_fate::whole) return respond_spoiled(answer);
    outgoing_ = serialise(answer, handler_->date(), {keep_alive_, std::exchange(without_body_, false)});
    enter(client_stage::reply);
    pace_.move(outgoing_.size());
    stream_.write(asio::buffer(outgoing_), [self = shared_from_this()](const error_code& failure, std::size_t) {
        if (failure) return self->end();
        if (self->outgoing_.capacity() > kept_reply_bytes)
            std::string().swap(self->outgoing_); // to assign an empty one would keep the memory
        else self->outgoing_.clear();
        if (!self->keep_alive_) return self->drain(max_drained_bytes);
        // A request that came behind the last one may be complete already.
        self->take(0);
    });
}

void connection::refuse(const http_answer& answer) {
    keep_alive_ = false;
    incoming_->expect_request(rules_.max_request_bytes); // the body so far goes
    release_unfinished();
    handler_->refused(client_, answer);
    respond(answer);
}

void connection::refuse(const error_code& why) {
    const bool json = head_of(incoming_->parser->get()).json;
    if (why == http::error::body_limit) {
        refuse(refuse_request(413, "RequestEntityTooLarge",
                              "the request has more than " + std::to_string(rules_.max_request_bytes) + " bytes",
                              json));
    } else if (why == http::error::header_limit) {
        refuse(refuse_request(431, "RequestHeaderFieldsTooLarge",
                              "the head of the request has more than " + std::to_string(max_header_bytes) + " bytes",
                              json));
    } else {
        refuse(refuse_as_text(400, "this is not an HTTP/1.1 request: " + why.message()));
    }
}

void connection::drain(std::size_t bytes_left) {
    enter(client_stage::drain);
    stream_.finish_sending();
    incoming_->buffer.clear();
    incoming_->give_up_buffers();
    drain_on(bytes_left);
}

void connection::drain_on(std::size_t bytes_left) {
    const auto space = incoming_->buffer.prepare(first_read_bytes);
    stream_.read_leftovers(space,
                           [self = shared_from_this(), bytes_left](const error_code& failure, std::size_t bytes) {
                               if (failure || bytes >= bytes_left) self->end();
                               else self->drain_on(bytes_left - bytes);
                           });
}

void connection::end(connection_end ending) {
    release_unfinished();
    stream_.close(ending);
}

} // namespace sluice::local
