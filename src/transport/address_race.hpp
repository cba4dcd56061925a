// The first of several addresses that answers: the next one is tried before the one before it has failed.
// Source: RFC 8305, "Happy Eyeballs".
#pragma once

#include "transport/one_shot_event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// The families take turns, IPv6 and IPv4, beginning with that of the first; else their order is kept.
std::vector<boost::asio::ip::tcp::endpoint> alternate_families(std::vector<boost::asio::ip::tcp::endpoint> addresses);

/// All of it runs on one strand. Keep it in a shared_ptr.
class address_race : public std::enable_shared_from_this<address_race> {
  public:
    static constexpr auto head_start = std::chrono::milliseconds(250);

    address_race(boost::asio::any_io_executor strand, std::vector<boost::asio::ip::tcp::endpoint> addresses)
        : strand_(strand), addresses_(alternate_families(std::move(addresses))), head_start_timer_(strand),
          over_(std::move(strand)) {}

    /// The connected socket, or why the last address failed. Cancellation ends all attempts.
    boost::asio::awaitable<boost::system::error_code> run(boost::asio::ip::tcp::socket& winner);

    /// Ends all attempts; `run` returns `operation_aborted`.
    void abort();

  private:
    void start_next();
    void attempted(const std::shared_ptr<boost::asio::ip::tcp::socket>& socket,
                   const boost::system::error_code& failure);

    boost::asio::any_io_executor strand_;
    std::vector<boost::asio::ip::tcp::endpoint> addresses_;
    std::size_t next_ = 0;
    std::vector<std::shared_ptr<boost::asio::ip::tcp::socket>> attempts_; ///< under way
    std::shared_ptr<boost::asio::ip::tcp::socket> winner_;
    boost::system::error_code last_failure_ = boost::asio::error::host_not_found;
    boost::asio::steady_timer head_start_timer_;
    one_shot_event over_;
};

} // namespace sluice
