// Host names to addresses, with a deadline and a short memory.
#pragma once

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice {

/// getaddrinfo cannot be stopped: past the deadline the look-up is abandoned, not awaited.
/// Usable from several coroutines and threads.
class resolver {
  public:
    using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    using time_point = std::chrono::steady_clock::time_point;

    explicit resolver(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Fails with `errc::resolve` or `errc::timeout`. The resolver must outlive the wait.
    boost::asio::awaitable<result<endpoints>> resolve(http_origin origin, time_point deadline);

    /// Forget what was remembered, after none of the addresses answered.
    void forget(const http_origin& origin);

  private:
    struct remembered {
        endpoints addresses;
        time_point until;
    };

    std::optional<endpoints> recall(const http_origin& origin, time_point now);

    boost::asio::any_io_executor executor_;
    std::mutex mutex_;
    std::map<http_origin, remembered> cache_;
};

} // namespace sluice
