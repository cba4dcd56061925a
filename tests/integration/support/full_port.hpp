// A port that takes no further connection: whoever connects hears nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <list>

namespace integration {

class full_port {
  public:
    full_port() : acceptor_(context_) {
        using boost::asio::ip::tcp;
        acceptor_.open(tcp::v4());
        acceptor_.bind(tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        acceptor_.listen(0);
        // Begun and never waited for: they fill the backlog.
        for (int i = 0; i < 8; ++i) {
            fillers_.emplace_back(context_).async_connect(acceptor_.local_endpoint(), [](const auto&) {});
        }
    }

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::list<boost::asio::ip::tcp::socket> fillers_;
};

} // namespace integration
