// The only translation unit that instantiates sockets over TLS: it is the one that is slow to compile.
#include "transport/connection.hpp"

#include "transport/one_shot_event.hpp"
#include "transport/reply_reader.hpp"
#include "transport/tls_context.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <sys/socket.h>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

using plain_stream = tcp::socket;
using tls_stream = asio::ssl::stream<tcp::socket>;

tcp::socket& socket_of(plain_stream& stream) { return stream; }
tcp::socket& socket_of(tls_stream& stream) { return stream.next_layer(); }

template<class Stream>
class stream_connection final : public connection, public std::enable_shared_from_this<stream_connection<Stream>> {
  public:
    template<class... Arguments>
    stream_connection(asio::any_io_executor strand, http_origin origin, std::shared_ptr<asio::ssl::context> tls,
                      Arguments&... arguments)
        : origin_(std::move(origin)), tls_(std::move(tls)), strand_(std::move(strand)), stream_(strand_, arguments...) {
    }

    asio::any_io_executor executor() const override { return strand_; }

    asio::awaitable<result<void>> open(std::vector<tcp::endpoint> addresses) override {
        const auto self = this->shared_from_this();
        // Failures as values, the cancelled ones too: the pool must hear of every end.
        co_await asio::this_coro::throw_if_cancelled(false);
        const auto connected = co_await asio::async_connect(socket_of(stream_), addresses, as_values);
        if (const auto& failure = std::get<0>(connected)) {
            co_return result<void>(failed(errc::connection, "cannot connect to " + origin_.host_header(), failure));
        }
        boost::system::error_code ignored;
        socket_of(stream_).set_option(tcp::no_delay(true), ignored);
        socket_of(stream_).set_option(asio::socket_base::keep_alive(true), ignored);
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            boost::system::error_code not_an_address;
            asio::ip::make_address(origin_.host, not_an_address);
            if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), origin_.host.c_str());
            stream_.set_verify_callback(asio::ssl::host_name_verification(origin_.host));
            const auto shaken = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_values);
            if (const auto& failure = std::get<0>(shaken)) co_return result<void>(handshake_failed(failure));
        }
        co_return result<void>();
    }

    asio::awaitable<exchange_outcome> exchange(std::string request, std::size_t max_reply_bytes) override {
        const auto self = this->shared_from_this();
        co_await asio::this_coro::throw_if_cancelled(false);
        exchange_outcome outcome;
        const auto written = co_await asio::async_write(stream_, asio::buffer(request), as_values);
        if (const auto& failure = std::get<0>(written)) {
            // A server may answer and close before it has read all; but then there is no telling what it did.
            outcome.reply = sent_but_failed("the request could not be written", failure);
            outcome.silent = !timed_out() && failure != asio::error::operation_aborted;
            co_return outcome;
        }
        reply_reader reader(max_reply_bytes);
        auto state = reply_reader::state::need_more;
        while (state == reply_reader::state::need_more) {
            const auto read = co_await stream_.async_read_some(reader.space(), as_values);
            const auto& [failure, received] = read;
            if (!failure) {
                state = reader.commit(received);
                continue;
            }
            const bool closed = failure == asio::error::eof || failure == asio::ssl::error::stream_truncated;
            if (closed && reader.got_bytes()) {
                state = reader.finish();
                continue;
            }
            outcome.reply = sent_but_failed(
                reader.got_bytes() ? "the connection broke in the middle of the reply" : "no reply came", failure);
            outcome.silent = !reader.got_bytes() && !timed_out() && failure != asio::error::operation_aborted;
            co_return outcome;
        }
        if (state == reply_reader::state::failed) {
            error_info info(errc::bad_reply,
                            origin_.host_header() + " sent a reply that is not HTTP: " + reader.failure_text());
            info.may_have_been_applied = true;
            outcome.reply = std::move(info);
            co_return outcome;
        }
        outcome.keep_alive = reader.keep_alive();
        outcome.reply = reader.take();
        co_return outcome;
    }

    bool still_open() override {
        char byte = 0;
        const auto peeked = ::recv(socket_of(stream_).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (peeked == 0) return false;
        // TLS 1.3 peers send session tickets unasked; in plain HTTP no byte may come here.
        if (peeked > 0) return std::is_same_v<Stream, tls_stream>;
        return errno == EAGAIN || errno == EWOULDBLOCK;
    }

    void abort() override {
        auto close = [self = this->shared_from_this()] {
            boost::system::error_code ignored;
            socket_of(self->stream_).close(ignored);
        };
        asio::post(strand_, std::move(close));
    }

  private:
    error_info failed(errc code, const std::string& what, const boost::system::error_code& failure) const {
        if (timed_out()) return {errc::timeout, what + ": no answer in time"};
        if (failure == asio::error::operation_aborted) return {errc::cancelled, what + ": cancelled"};
        return {code, what + ": " + tls_error_text(failure)};
    }

    error_info sent_but_failed(const std::string& what, const boost::system::error_code& failure) const {
        error_info info = failed(errc::connection, what + " (" + origin_.host_header() + ")", failure);
        if (info.code == errc::cancelled) info.code = errc::unknown_outcome;
        info.may_have_been_applied = true;
        return info;
    }

    error_info handshake_failed(const boost::system::error_code& failure) {
        error_info info = failed(errc::tls, "TLS with " + origin_.host_header(), failure);
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            const long verified = SSL_get_verify_result(stream_.native_handle());
            if (info.code == errc::tls && verified != X509_V_OK) {
                info.message = "the certificate of " + origin_.host_header() +
                               " was not accepted: " + X509_verify_cert_error_string(verified) +
                               "; if the server is yours, name its CA in AWS_CA_BUNDLE";
            }
        }
        return info;
    }

    http_origin origin_;
    std::shared_ptr<asio::ssl::context> tls_;
    asio::any_io_executor strand_;
    Stream stream_;
};

} // namespace

std::shared_ptr<connection> make_connection(const asio::any_io_executor& executor, http_origin origin,
                                            std::shared_ptr<asio::ssl::context> tls) {
    asio::any_io_executor strand = asio::make_strand(executor);
    if (origin.tls) {
        asio::ssl::context& context = *tls;
        return std::make_shared<stream_connection<tls_stream>>(std::move(strand), std::move(origin), std::move(tls),
                                                               context);
    }
    return std::make_shared<stream_connection<plain_stream>>(std::move(strand), std::move(origin), nullptr);
}

std::string serialise(const http_request& request) {
    std::string out;
    out.reserve(1024 + request.body.size());
    out += request.method;
    out += ' ';
    out += request.target;
    out += " HTTP/1.1\r\nHost: ";
    out += request.origin.host_header();
    out += "\r\nContent-Length: ";
    out += std::to_string(request.body.size());
    out += "\r\n";
    for (const auto& [name, value] : request.headers) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
    out += request.body;
    return out;
}

} // namespace sluice
