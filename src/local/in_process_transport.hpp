// The broker as a transport: calls go into it without a socket.
#pragma once

#include "local/call_handler.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace sluice::local {

/// Each request counts as a connection of its own: fault rules that end connections end requests.
class in_process_transport final : public sluice::transport {
  public:
    /// Does not keep the broker: that must end before its executor's context does. `client`: the name in logs, a
    /// literal; empty: its requests are not told.
    in_process_transport(std::weak_ptr<call_handler> handler, std::string_view client)
        : handler_(std::move(handler)), client_(client) {}

    boost::asio::awaitable<result<http_reply>> send(http_request request) override;

  private:
    std::weak_ptr<call_handler> handler_;
    std::string_view client_;
};

} // namespace sluice::local
