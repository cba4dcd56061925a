// A service that accepts everything, in a process of its own. Prints its port, ends when its standard input does.
// A request whose URL has "never-answers" in it gets no answer.
#include "canned_replies.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

std::string answer_to(const std::string& form) {
    const std::string body = bench::canned_reply(form);
    const std::string status = body.empty() ? "HTTP/1.1 400 Bad Request" : "HTTP/1.1 200 OK";
    return status +
           "\r\nx-amzn-RequestId: canned\r\nContent-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

asio::awaitable<void> serve(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(std::size_t(8) << 20);
        const auto [failure, size] = co_await http::async_read(socket, buffer, parser, as_values);
        if (failure) co_return;
        const std::string& form = parser.get().body();
        if (form.find("never-answers") != std::string::npos) continue;
        const std::string answer = answer_to(form);
        const auto [cut, written] = co_await asio::async_write(socket, asio::buffer(answer), as_values);
        if (cut) co_return;
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    const auto executor = acceptor.get_executor();
    for (;;) {
        auto [failure, socket] = co_await acceptor.async_accept(as_values);
        if (failure) continue;
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
    }
}

} // namespace

int main() {
    asio::io_context context{1};
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
    std::array<char, 16> nothing{};
    input.async_read_some(asio::buffer(nothing), [&context](const auto&, std::size_t) { context.stop(); });
    asio::co_spawn(context, accept(acceptor), asio::detached);
    std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    context.run();
}
