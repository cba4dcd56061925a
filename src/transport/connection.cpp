// The only translation unit that instantiates sockets over TLS: it is the one that is slow to compile.
#include "transport/connection.hpp"

#include "transport/address_race.hpp"
#include "transport/one_shot_event.hpp"
#include "transport/reply_reader.hpp"
#include "transport/tls_context.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

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
    stream_connection(asio::any_io_executor strand, http_origin origin, std::shared_ptr<tls_client> tls,
                      phase_timeouts timeouts, Arguments&... arguments)
        : origin_(std::move(origin)), tls_(std::move(tls)), timeouts_(timeouts), strand_(std::move(strand)),
          stream_(strand_, arguments...) {}

    stream_connection(const stream_connection&) = delete;
    stream_connection& operator=(const stream_connection&) = delete;
    ~stream_connection() override {
        // OpenSSL takes a session for spoilt whose connection ends without this; ours end so all the time, as no reply
        // depends on how its connection ends.
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        }
    }

    asio::any_io_executor executor() const override { return strand_; }

    asio::awaitable<result<void>> open(route way, time_point latest) override {
        const auto self = this->shared_from_this();
        // Failures as values, the cancelled ones too: the pool must hear of every end.
        co_await asio::this_coro::throw_if_cancelled(false);
        const asio::cancellation_state early = co_await asio::this_coro::cancellation_state;
        if (early.cancelled() != asio::cancellation_type::none) {
            co_return result<void>(
                failed(errc::connection, "cannot connect to " + origin_.host_header(), asio::error::operation_aborted));
        }
        begin_phase(timeouts_.connect, latest);
        race_ = std::make_shared<address_race>(strand_, std::move(way.addresses));
        const boost::system::error_code not_connected = co_await race_->run(socket_of(stream_));
        race_ = nullptr;
        if (not_connected) {
            const std::string peer = way.proxy.empty() ? origin_.host_header() : "the proxy " + way.proxy;
            co_return result<void>(failed(errc::connection, "cannot connect to " + peer, not_connected));
        }
        set_socket_options();
        if (!way.tunnel.empty()) {
            const result<void> tunnelled = co_await open_tunnel(std::move(way));
            if (!tunnelled) co_return tunnelled;
        }
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            begin_phase(timeouts_.tls_handshake, latest);
            prepare_handshake();
            const auto shaken = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_values);
            if (const auto& failure = std::get<0>(shaken)) co_return result<void>(handshake_failed(failure));
        }
        set_deadline(time_point::max());
        co_return result<void>();
    }

    asio::awaitable<exchange_outcome> exchange(std::string request, std::size_t max_reply_bytes,
                                               time_point latest) override {
        const auto self = this->shared_from_this();
        co_await asio::this_coro::throw_if_cancelled(false);
        exchange_outcome outcome;
        const asio::cancellation_state early = co_await asio::this_coro::cancellation_state;
        if (early.cancelled() != asio::cancellation_type::none) {
            outcome.reply = error_info(errc::cancelled, "cancelled before the request was sent");
            co_return outcome;
        }
        begin_phase(timeouts_.write, latest);
        const auto written = co_await asio::async_write(stream_, asio::buffer(request), as_values);
        if (const auto& failure = std::get<0>(written)) {
            // A server may answer and close before it has read all; but then there is no telling what it did.
            outcome.reply = sent_but_failed("the request could not be written", failure);
            outcome.silent = !timed_out() && failure != asio::error::operation_aborted;
            co_return outcome;
        }
        set_deadline(latest);
        reply_reader reader(max_reply_bytes, reply_reader::contents::whole, std::move(reply_memory_));
        auto state = reply_reader::state::need_more;
        while (state == reply_reader::state::need_more) {
            const asio::cancellation_state late = co_await asio::this_coro::cancellation_state;
            if (late.cancelled() != asio::cancellation_type::none) {
                outcome.reply = sent_but_failed("no reply came", asio::error::operation_aborted);
                co_return outcome;
            }
            const auto read = co_await stream_.async_read_some(reader.space(), as_values);
            const auto& [failure, received] = read;
            if (!failure) {
                state = reader.commit(received);
                continue;
            }
            // That may be how a reply ends; not so when TLS was cut off, which anybody in between can do.
            if (failure == asio::error::eof && reader.got_bytes()) state = reader.finish();
            if (state == reply_reader::state::done) continue;
            outcome.reply = sent_but_failed(
                reader.got_bytes() ? "the connection broke in the middle of the reply" : "no reply came", failure);
            outcome.silent = !reader.got_bytes() && !timed_out() && failure != asio::error::operation_aborted;
            co_return outcome;
        }
        if (state == reply_reader::state::failed) {
            error_info info(errc::bad_reply,
                            "the reply of " + origin_.host_header() + " cannot be read: " + reader.failure_text());
            info.may_have_been_applied = true;
            outcome.reply = std::move(info);
            co_return outcome;
        }
        set_deadline(time_point::max());
        outcome.keep_alive = reader.keep_alive();
        outcome.reply = reader.take();
        reply_memory_ = reader.give_memory();
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
            if (self->race_) self->race_->abort();
            socket_of(self->stream_).close(ignored);
        };
        asio::post(strand_, std::move(close));
    }

  private:
    void begin_phase(std::chrono::steady_clock::duration patience, time_point latest) {
        set_deadline(std::min(std::chrono::steady_clock::now() + patience, latest));
    }

    void set_socket_options() {
        boost::system::error_code ignored;
        tcp::socket& socket = socket_of(stream_);
        socket.set_option(tcp::no_delay(true), ignored);
        // Gateways forget silent connections, AWS's after 350 s: a probe each minute keeps a long poll's alive, and
        // finds out that a peer is gone.
        socket.set_option(asio::socket_base::keep_alive(true), ignored);
        using seconds_option = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
        using interval_option = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
        using count_option = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
        socket.set_option(seconds_option(60), ignored);
        socket.set_option(interval_option(10), ignored);
        socket.set_option(count_option(3), ignored);
    }

    void prepare_handshake() {
        boost::system::error_code not_an_address;
        asio::ip::make_address(origin_.host, not_an_address);
        if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), origin_.host.c_str());
        stream_.set_verify_callback(asio::ssl::host_name_verification(origin_.host));
        sessions_.peer = origin_.host_header();
        tls_->prepare(stream_.native_handle(), sessions_);
    }

    /// Asks the proxy for a tunnel to the origin.
    asio::awaitable<result<void>> open_tunnel(route way) {
        tcp::socket& socket = socket_of(stream_);
        const auto written = co_await asio::async_write(socket, asio::buffer(way.tunnel), as_values);
        boost::system::error_code failure = std::get<0>(written);
        reply_reader reader(0, reply_reader::contents::head_only);
        auto state = reply_reader::state::need_more;
        while (!failure && state == reply_reader::state::need_more) {
            const auto read = co_await socket.async_read_some(reader.space(), as_values);
            failure = std::get<0>(read);
            if (!failure) state = reader.commit(std::get<1>(read));
        }
        if (failure) co_return result<void>(failed(errc::connection, "the proxy " + way.proxy, failure));
        if (state == reply_reader::state::failed) {
            co_return result<void>(error_info(
                errc::connection, "the proxy " + way.proxy + " did not answer in HTTP: " + reader.failure_text()));
        }
        const http_reply reply = reader.take();
        if (reply.status >= 200 && reply.status < 300) co_return result<void>();
        // 5xx may pass by themselves; what else a proxy says will not change.
        error_info refused(reply.status >= 500 ? errc::connection : errc::configuration,
                           "the proxy " + way.proxy + " refused the way to " + origin_.host_header() + " with HTTP " +
                               std::to_string(reply.status));
        if (reply.status == 407) refused.message += ": it wants a user name and password in HTTPS_PROXY";
        co_return result<void>(std::move(refused));
    }

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
    std::shared_ptr<tls_client> tls_;
    tls_client::session_slot sessions_;
    phase_timeouts timeouts_;
    asio::any_io_executor strand_;
    std::shared_ptr<address_race> race_; ///< while it connects
    std::vector<char> reply_memory_;     ///< between two replies
    Stream stream_;
};

} // namespace

std::shared_ptr<connection> make_connection(const asio::any_io_executor& executor, http_origin origin,
                                            std::shared_ptr<tls_client> tls, phase_timeouts timeouts) {
    asio::any_io_executor strand = asio::make_strand(executor);
    if (origin.tls) {
        asio::ssl::context& context = tls->context();
        return std::make_shared<stream_connection<tls_stream>>(std::move(strand), std::move(origin), std::move(tls),
                                                               timeouts, context);
    }
    return std::make_shared<stream_connection<plain_stream>>(std::move(strand), std::move(origin), nullptr, timeouts);
}

std::string serialise(const http_request& request, const http_proxy* proxy) {
    std::string out;
    out.reserve(1024 + request.body.size());
    out += request.method;
    out += ' ';
    if (proxy != nullptr) out += "http://" + request.origin.host_header();
    out += request.target;
    out += " HTTP/1.1\r\nHost: ";
    out += request.origin.host_header();
    out += "\r\nContent-Length: ";
    out += std::to_string(request.body.size());
    out += "\r\n";
    if (proxy != nullptr && !proxy->authorization.empty()) {
        out += "Proxy-Authorization: " + proxy->authorization + "\r\n";
    }
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
