#include "local/client_stream.hpp"

#include <boost/asio/error.hpp>

namespace sluice::local {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void client_stream::set_no_delay() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
}

client_stream::sight client_stream::look() {
    char byte = 0;
    if (tls_) {
        const tls_session::step made = tls_->peek(asio::buffer(&byte, 1));
        if (made.next != tls_session::needs::nothing) return sight::nothing;
        return made.bytes > 0 ? sight::bytes : sight::end;
    }
    error_code problem;
    socket_.non_blocking(true, problem);
    if (socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, problem) > 0) return sight::bytes;
    return problem == asio::error::would_block ? sight::nothing : sight::end;
}

unsigned char client_stream::first_byte() {
    unsigned char byte = 0;
    error_code problem;
    socket_.non_blocking(true, problem);
    socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, problem);
    return problem ? 0 : byte;
}

void client_stream::interrupt() {
    error_code ignored;
    socket_.cancel(ignored);
}

void client_stream::finish_sending() {
    error_code ignored;
    if (tls_) tls_->close_notify();
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void client_stream::close(connection_end ending) {
    error_code ignored;
    if (!socket_.is_open()) return;
    if (ending == connection_end::reset) {
        socket_.set_option(tcp::socket::linger(true, 0), ignored);
    } else {
        if (tls_) tls_->close_notify();
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
    }
    socket_.close(ignored);
}

} // namespace sluice::local
