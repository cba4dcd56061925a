#include "local/connection.hpp"

#include "local/admin.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A session token alone may have 16 KB.
constexpr std::uint32_t max_header_bytes = 64 * 1024;
constexpr std::size_t first_read_bytes = std::size_t(8) * 1024;
constexpr std::size_t max_read_bytes = std::size_t(128) * 1024;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

http_call make_call(const http::request<http::string_body>& request) {
    http_call call;
    call.method = view(request.method_string());
    const std::string_view target = view(request.target());
    const auto mark = target.find('?');
    call.path = target.substr(0, mark);
    if (mark != std::string_view::npos) call.query = target.substr(mark + 1);
    for (const auto& field : request) call.headers.push_back({view(field.name_string()), view(field.value())});
    call.body = request.body();
    return call;
}

/// Beast's serializer costs more than all the rest of a small reply: the head is written by hand, all in one buffer.
std::string serialise(const http_answer& answer, time_point date, bool keep_alive) {
    std::string out;
    out.reserve(answer.body.size() + 320);
    out += "HTTP/1.1 " + std::to_string(answer.status) + " ";
    out += view(http::obsolete_reason(static_cast<http::status>(answer.status)));
    out += "\r\nx-amzn-RequestId: " + answer.request_id;
    if (!answer.query_error.empty()) out += "\r\nx-amzn-query-error: " + answer.query_error;
    out += "\r\nDate: " + http_date(date);
    out += "\r\nContent-Type: " + answer.content_type;
    out += "\r\nContent-Length: " + std::to_string(answer.body.size());
    out += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    out += answer.body;
    return out;
}

http_answer plain_refusal(int status, std::string text) {
    http_answer answer;
    answer.status = status;
    answer.content_type = "text/plain";
    answer.request_id = make_uuid();
    answer.body = std::move(text) + "\n";
    return answer;
}

} // namespace

struct connection::incoming {
    boost::beast::flat_buffer buffer{max_header_bytes + max_read_bytes}; ///< read, not parsed yet
    std::optional<http::request_parser<http::string_body>> parser;
    std::size_t next_read = first_read_bytes;
    bool body_allowed = false;

    void expect_request(std::size_t max_body_bytes) {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(max_header_bytes);
        parser->body_limit(max_body_bytes);
        body_allowed = false;
    }

    /// Parses what is there. True when a whole request is; false when more must be read.
    bool parse(error_code& failure) {
        while (!parser->is_done() && buffer.size() > 0) {
            const std::size_t used = parser->put(buffer.data(), failure);
            buffer.consume(used);
            if (failure == http::error::need_more) {
                failure = {};
                return false;
            }
            if (failure) return false;
        }
        return parser->is_done();
    }

    [[nodiscard]] bool client_waits_for_leave() const {
        return parser->is_header_done() && !parser->is_done() && !body_allowed &&
               parser->get()[http::field::expect] == "100-continue";
    }
};

connection::connection(socket client, std::shared_ptr<connection_owner> handler, std::size_t max_request_bytes)
    : socket_(std::move(client)), handler_(std::move(handler)), max_request_bytes_(max_request_bytes),
      incoming_(std::make_unique<incoming>()) {}

connection::~connection() { handler_->ended(this); }

void connection::start() {
    // `dispatch` would do, but the accepting thread has the next client to look after.
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        error_code ignored;
        self->socket_.set_option(tcp::no_delay(true), ignored);
        self->incoming_->expect_request(self->max_request_bytes_);
        self->read();
    });
}

void connection::refuse_unread(connection_end ending) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), ending] {
        // Closing with something unread would reset: what comes is read and dropped.
        if (ending == connection_end::reset) self->end(ending);
        else self->drain(self->max_request_bytes_);
    });
}

void connection::close() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end(); });
}

void connection::answer(http_answer answer) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), answer = std::move(answer)] {
        self->waits_for_ = 0;
        self->respond(answer);
    });
}

void connection::read() {
    auto space = incoming_->buffer.prepare(
        std::min(incoming_->next_read, incoming_->buffer.max_size() - incoming_->buffer.size()));
    socket_.async_read_some(space, [self = shared_from_this()](const error_code& failure, std::size_t bytes) {
        if (failure) self->end(); // also the orderly end between two requests
        else self->take(bytes);
    });
}

void connection::take(std::size_t bytes) {
    // A large body arrives in large pieces; small requests keep a small buffer.
    if (bytes == incoming_->next_read) incoming_->next_read = std::min(2 * bytes, max_read_bytes);
    incoming_->buffer.commit(bytes);
    error_code failure;
    if (incoming_->parse(failure)) handle_request();
    else if (failure) refuse(failure);
    else if (incoming_->client_waits_for_leave()) allow_body();
    else read();
}

void connection::allow_body() {
    incoming_->body_allowed = true;
    outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](const error_code& failure, std::size_t) {
                          if (failure) self->end();
                          else self->read();
                      });
}

void connection::handle_request() {
    const http::request<http::string_body> request = incoming_->parser->release();
    incoming_->expect_request(max_request_bytes_);
    keep_alive_ = request.keep_alive();
    if (request.method() != http::verb::post && request.method() != http::verb::get &&
        !is_admin_path(view(request.target()))) {
        return respond(plain_refusal(405, "only POST and GET are answered here"));
    }
    call_outcome outcome = handler_->handle(make_call(request), shared_from_this());
    if (outcome.answer) return respond(*outcome.answer);
    waits_for_ = outcome.poll;
    if (!outcome.soon) watch_client();
}

void connection::watch_client() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& failure) {
        if (failure || self->waits_for_ == 0) return;
        error_code problem;
        char byte = 0;
        self->socket_.non_blocking(true, problem);
        const std::size_t there = self->socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, problem);
        // The next request, sent without waiting for this answer, is no reason to end; that the client goes after it
        // shows when it is read.
        if (there > 0) return;
        // Readiness may be reported for bytes that have been read since.
        if (problem == asio::error::would_block) return self->watch_client();
        self->handler_->forget(self->waits_for_);
        self->waits_for_ = 0;
        self->end();
    });
}

void connection::respond_spoiled(const http_answer& answer) {
    if (answer.fate == reply_fate::dropped) return end(answer.ending);
    keep_alive_ = false;
    outgoing_ = serialise(answer, handler_->date(), true);
    if (answer.fate == reply_fate::cut) outgoing_.resize(outgoing_.size() - 1 - answer.body.size() / 2);
    else outgoing_ = "\x16\x03\x01 this is no HTTP \r\n\r\n";
    asio::async_write(
        socket_, asio::buffer(outgoing_),
        [self = shared_from_this(), ending = answer.ending](const error_code&, std::size_t) { self->end(ending); });
}

void connection::respond(const http_answer& answer) {
    if (answer.fate != reply_fate::whole) return respond_spoiled(answer);
    outgoing_ = serialise(answer, handler_->date(), keep_alive_);
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](const error_code& failure, std::size_t) {
                          if (failure) return self->end();
                          if (!self->keep_alive_) return self->drain(4 * self->max_request_bytes_);
                          self->outgoing_.clear();
                          // A request that came behind the last one may be complete already.
                          self->take(0);
                      });
}

void connection::refuse(const error_code& why) {
    keep_alive_ = false; // where the next request would begin is unknown
    if (why == http::error::body_limit) {
        respond(plain_refusal(413, "the request has more than " + std::to_string(max_request_bytes_) + " bytes"));
    } else if (why == http::error::header_limit) {
        respond(
            plain_refusal(431, "the head of the request has more than " + std::to_string(max_header_bytes) + " bytes"));
    } else {
        respond(plain_refusal(400, "this is not an HTTP/1.1 request: " + why.message()));
    }
}

void connection::drain(std::size_t bytes_left) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    incoming_->buffer.clear();
    const auto space = incoming_->buffer.prepare(first_read_bytes);
    socket_.async_read_some(space,
                            [self = shared_from_this(), bytes_left](const error_code& failure, std::size_t bytes) {
                                if (failure || bytes >= bytes_left) self->end();
                                else self->drain(bytes_left - bytes);
                            });
}

void connection::end(connection_end ending) {
    error_code ignored;
    if (!socket_.is_open()) return;
    if (ending == connection_end::reset) socket_.set_option(tcp::socket::linger(true, 0), ignored);
    else socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

} // namespace sluice::local
