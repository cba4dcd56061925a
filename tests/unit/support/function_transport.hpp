// A transport that is a function, and remembers what it was asked.
#pragma once

#include <sluice/transport.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

class function_transport final : public sluice::transport {
  public:
    using answer_function = std::function<sluice::result<sluice::http_reply>(const sluice::http_request&)>;

    explicit function_transport(answer_function answer) : answer_(std::move(answer)) {}

    boost::asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override {
        requests.push_back(std::move(request));
        return give(answer_(requests.back()));
    }

    std::vector<sluice::http_request> requests;

    static sluice::result<sluice::http_reply> reply(int status, std::string body) {
        sluice::http_reply made;
        made.status = status;
        made.body = std::move(body);
        return made;
    }

  private:
    static boost::asio::awaitable<sluice::result<sluice::http_reply>> give(sluice::result<sluice::http_reply> reply) {
        co_return std::move(reply);
    }

    answer_function answer_;
};

} // namespace unit_tests
