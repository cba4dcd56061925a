// One client's bytes, plain or through TLS: the one place where the difference shows.
#pragma once

#include "local/client_socket.hpp"
#include "local/tls_server.hpp"

#include <sluice/local/fault_rule.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace sluice::local {

/// Handlers are called on the socket's strand, never from inside the call that takes them. What keeps the stream alive
/// is theirs. One read or wait and one write may be under way at a time.
class client_stream {
  public:
    explicit client_stream(client_socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] client_socket::executor_type get_executor() { return socket_.get_executor(); }
    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }
    void set_no_delay();
    /// Whose it is; nobody's once the client is gone.
    [[nodiscard]] client_socket::endpoint_type client() const {
        boost::system::error_code ignored;
        return socket_.remote_endpoint(ignored);
    }

    /// What comes from now on is TLS. Handler: `void(error_code)`.
    template<class Handler>
    void handshake(const tls_server& server, Handler handler) {
        tls_ = std::make_unique<tls_session>(server, socket_);
        advance([this] { return tls_->handshake(); },
                [handler = std::move(handler)](const boost::system::error_code& failure, std::size_t) mutable {
                    handler(failure);
                });
    }

    /// Handler: `void(error_code, bytes)`.
    template<class Handler>
    void read_some(boost::asio::mutable_buffer space, Handler handler) {
        if (!tls_) return socket_.async_read_some(space, std::move(handler));
        advance([this, space] { return tls_->read(space); }, std::move(handler));
    }

    /// All of it. Handler: `void(error_code, bytes)`.
    template<class Handler>
    void write(boost::asio::const_buffer bytes, Handler handler) {
        if (!tls_) return boost::asio::async_write(socket_, bytes, std::move(handler));
        advance(
            [this, left = bytes]() mutable {
                while (true) {
                    const tls_session::step made = tls_->write(left);
                    left += made.bytes;
                    if (made.next != tls_session::needs::nothing || made.failure || left.size() == 0) return made;
                }
            },
            std::move(handler));
    }

    /// Until something new came over the wire, be it the end. Handler: `void(error_code)`.
    template<class Handler>
    void wait_readable(Handler handler) {
        socket_.async_wait(client_socket::wait_read, std::move(handler));
    }

    enum class sight { bytes, nothing, end };
    /// Looks what is there without taking it.
    [[nodiscard]] sight look();
    /// The first byte that came over the wire; 0 when there is none. Only before `handshake`.
    [[nodiscard]] unsigned char first_byte();

    /// A read or wait under way ends with `operation_aborted`, unless its handler is on the way already.
    void interrupt();
    /// Tells the client that nothing follows.
    void finish_sending();
    /// After `finish_sending`: what still comes is to be dropped, be it TLS or not.
    template<class Handler>
    void read_leftovers(boost::asio::mutable_buffer space, Handler handler) {
        socket_.async_read_some(space, std::move(handler));
    }
    void close(connection_end ending);

  private:
    /// Does a step of TLS again and again, whenever the socket is ready for it.
    template<class Step, class Handler>
    void advance(Step next, Handler handler) {
        const tls_session::step made = next();
        if (made.next == tls_session::needs::nothing) {
            return boost::asio::post(socket_.get_executor(), [made, handler = std::move(handler)]() mutable {
                handler(made.failure, made.bytes);
            });
        }
        const auto what =
            made.next == tls_session::needs::readable ? client_socket::wait_read : client_socket::wait_write;
        socket_.async_wait(what, [this, next = std::move(next),
                                  handler = std::move(handler)](const boost::system::error_code& failure) mutable {
            if (failure) handler(failure, 0);
            else advance(std::move(next), std::move(handler));
        });
    }

    client_socket socket_;
    std::unique_ptr<tls_session> tls_; ///< null: plain
};

} // namespace sluice::local
