// The embedded broker on a thread and an io_context of its own, as another process would be.
#pragma once

#include <sluice/local/broker.hpp>
#include <sluice/session.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <string>
#include <thread>

namespace sluice::cli {

class broker_thread {
  public:
    broker_thread()
        : work_(context_.get_executor()), broker_(context_.get_executor()), thread_([this] { context_.run(); }) {}
    broker_thread(const broker_thread&) = delete;
    broker_thread& operator=(const broker_thread&) = delete;
    ~broker_thread() {
        context_.stop();
        thread_.join();
    }

    [[nodiscard]] std::string endpoint() const { return broker_.endpoint(); }
    /// For a session with it and with nothing else.
    [[nodiscard]] session_options options() const {
        session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = broker_.endpoint();
        options.credentials = static_credentials(credentials("test", "test"));
        return options;
    }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    local::broker broker_;
    std::thread thread_;
};

} // namespace sluice::cli
