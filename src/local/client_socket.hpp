#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

namespace sluice::local {

/// Of one client, on a strand of its own.
using client_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::strand<boost::asio::any_io_executor>>;

} // namespace sluice::local
