// The embedded broker without sockets, and sessions that speak to it.
#pragma once

#include <sluice/local/broker.hpp>
#include <sluice/session.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace integration {

class local_service {
  public:
    explicit local_service(const boost::asio::any_io_executor& executor) : executor_(executor) {
        sluice::local::broker_options options;
        options.listen = false;
        server.emplace(executor, std::move(options));
    }

    [[nodiscard]] sluice::session session() {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = server->endpoint();
        options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        options.transport = server->transport();
        return sluice::session(executor_, std::move(options));
    }

    /// Faults of all kinds, a few in a hundred requests, of one operation.
    void fail_now_and_then(const std::string& operation) {
        server->on(operation).with_probability(0.002, 1).throttle_entry();
        server->on(operation).with_probability(0.001, 2).fail_entry(0, 500, "InternalError");
        server->on(operation).with_probability(0.004, 3).throttle();
        server->on(operation).with_probability(0.004, 4).fail(500);
        server->on(operation).with_probability(0.004, 5).drop_reply();
        server->on(operation).with_probability(0.004, 6).drop_request();
        server->on(operation).with_probability(0.004, 7).cut_reply();
        server->on(operation).with_probability(0.02, 8).delay_reply(std::chrono::milliseconds(3));
    }

    std::optional<sluice::local::broker> server;

  private:
    boost::asio::any_io_executor executor_;
};

} // namespace integration
