// The broker as a transport: calls go into it without a socket.
#pragma once

#include "local/call_handler.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace sluice::local {

/// Each request counts as a connection of its own: fault rules that end connections end requests.
class in_process_transport final : public sluice::transport {
  public:
    /// Does not keep the broker: that must end before its executor's context does.
    explicit in_process_transport(std::weak_ptr<call_handler> handler) : handler_(std::move(handler)) {}

    boost::asio::awaitable<result<http_reply>> send(http_request request) override;

  private:
    std::weak_ptr<call_handler> handler_;
};

} // namespace sluice::local
