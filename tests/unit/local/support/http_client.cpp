#include "http_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace local_tests {

namespace asio = boost::asio;
using asio::ip::tcp;

sluice::local::broker_options open_options() {
    sluice::local::broker_options options;
    options.verify_signatures = false;
    return options;
}

running_broker::running_broker(sluice::local::broker_options options, unsigned threads)
    : work_(context_.get_executor()), broker_(context_.get_executor(), std::move(options)) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

running_broker::~running_broker() {
    broker_.stop();
    work_.reset();
    for (std::thread& one : threads_) one.join();
}

std::uint16_t running_broker::port() const {
    const std::string endpoint = broker_.endpoint();
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

http_client::http_client(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
}

http_client::http_client(std::uint16_t port, const std::string& trusted_pem) : http_client(port) {
    trust_.emplace(asio::ssl::context::tls_client);
    trust_->set_verify_mode(asio::ssl::verify_peer);
    trust_->add_certificate_authority(asio::buffer(trusted_pem));
    tls_.emplace(socket_, *trust_);
    tls_->set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
    tls_->handshake(asio::ssl::stream_base::client);
}

template<class Use>
auto http_client::with_stream(Use use) {
    return tls_ ? use(*tls_) : use(socket_);
}

void http_client::send(std::string_view bytes) {
    with_stream([bytes](auto& stream) { return asio::write(stream, asio::buffer(bytes)); });
}

http_reply http_client::read() {
    boost::system::error_code failure;
    const std::size_t head = with_stream(
        [&](auto& stream) { return asio::read_until(stream, asio::dynamic_buffer(buffer_), "\r\n\r\n", failure); });
    http_reply reply;
    if (failure) return reply;
    std::string text = buffer_.substr(0, head);
    buffer_.erase(0, head);
    reply.status = std::stoi(text.substr(9, 3));
    std::size_t at = text.find("\r\n") + 2;
    while (at < text.size() - 2) {
        const std::size_t end = text.find("\r\n", at);
        const std::size_t colon = text.find(": ", at);
        std::string name = text.substr(at, colon - at);
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        reply.headers[name] = text.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    const auto length = reply.headers.find("content-length");
    const std::size_t bytes = length == reply.headers.end() ? 0 : std::stoul(length->second);
    if (buffer_.size() < bytes) {
        with_stream([&](auto& stream) {
            return asio::read(stream, asio::dynamic_buffer(buffer_), asio::transfer_exactly(bytes - buffer_.size()),
                              failure);
        });
    }
    reply.body = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return reply;
}

http_reply http_client::post(std::string_view body, std::string_view more_headers) {
    return call("POST", "/", body, "Content-Type: application/x-www-form-urlencoded\r\n" + std::string(more_headers));
}

http_reply http_client::call(std::string_view method, std::string_view target, std::string_view body,
                             std::string_view more_headers) {
    std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    if (more_headers.find("Host: ") == std::string_view::npos) request += "Host: 127.0.0.1\r\n";
    request += more_headers;
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    request += body;
    send(request);
    return read();
}

http_client::last_words http_client::read_to_end() {
    boost::system::error_code failure;
    with_stream(
        [&](auto& stream) { return asio::read(stream, asio::dynamic_buffer(buffer_), asio::transfer_all(), failure); });
    last_words last;
    last.bytes = std::move(buffer_);
    last.reset = failure == asio::error::connection_reset;
    return last;
}

bool http_client::is_closed() {
    char byte = 0;
    boost::system::error_code failure;
    with_stream([&](auto& stream) { return stream.read_some(asio::buffer(&byte, 1), failure); });
    return failure == asio::error::eof || failure == asio::error::connection_reset;
}

void http_client::close(bool reset) {
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
}

} // namespace local_tests
