// A small HTTP server on loopback: each request is answered by a function of the test.
#pragma once

#include "scripted_server.hpp"

#include <boost/asio/write.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace integration {

struct heard_request {
    std::string method;
    std::string target;
    std::string text; ///< all of it

    /// The value of a header; empty where there is none.
    [[nodiscard]] std::string header(const std::string& name) const {
        const auto at = text.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 4;
        return text.substr(begin, text.find("\r\n", begin) - begin);
    }
};

class path_server {
  public:
    /// Status and body.
    using answer = std::pair<int, std::string>;
    using answer_function = std::function<answer(const heard_request&)>;

    explicit path_server(answer_function reply)
        : answer_(std::move(reply)), server_([this](boost::asio::ip::tcp::socket& socket, int) { serve(socket); },
                                             scripted_server::order::at_once) {}

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] int connections() const { return server_.connections(); }
    [[nodiscard]] std::vector<heard_request> heard() const {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

  private:
    void serve(boost::asio::ip::tcp::socket& socket) {
        std::string text;
        while (read_request(socket, text)) {
            heard_request request;
            request.method = text.substr(0, text.find(' '));
            const auto begin = request.method.size() + 1;
            request.target = text.substr(begin, text.find(' ', begin) - begin);
            request.text = text;
            {
                const std::lock_guard lock(mutex_);
                heard_.push_back(request);
            }
            const auto [status, body] = answer_(request);
            boost::asio::write(socket, boost::asio::buffer("HTTP/1.1 " + std::to_string(status) +
                                                           " X\r\nContent-Length: " + std::to_string(body.size()) +
                                                           "\r\n\r\n" + body));
        }
    }

    answer_function answer_;
    mutable std::mutex mutex_;
    std::vector<heard_request> heard_;
    scripted_server server_;
};

} // namespace integration
