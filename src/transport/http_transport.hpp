// The transport of every real session: HTTP/1.1 over kept-alive connections.
#pragma once

#include "transport/connection.hpp"
#include "transport/one_shot_event.hpp"
#include "transport/proxy.hpp"
#include "transport/resolver.hpp"
#include "transport/tls_context.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct http_transport_options {
    phase_timeouts timeouts;
    /// A connection that was idle for longer is not used again, and closed as soon as anything else happens here.
    std::chrono::steady_clock::duration idle_timeout = std::chrono::seconds(20);
    std::size_t max_connections = 32;        ///< for each origin and lane
    std::size_t max_connections_total = 256; ///< of all origins and lanes, the idle ones included
    tls_settings tls;
    proxy_settings proxies;
    /// Asked about every address of a name before any is connected to; one refusal refuses the name. Empty: all may be.
    std::function<bool(const boost::asio::ip::address&)> allowed_address;
};

class http_transport final : public transport, public std::enable_shared_from_this<http_transport> {
  public:
    http_transport(boost::asio::any_io_executor executor, http_transport_options options);

    boost::asio::awaitable<result<http_reply>> send(http_request request) override;

    struct counts {
        std::size_t idle = 0;
        std::size_t busy = 0;
        std::size_t waiting = 0;
    };
    [[nodiscard]] counts connections() const;

  private:
    using time_point = std::chrono::steady_clock::time_point;

    using lane_key = std::pair<http_origin, http_lane>;

    struct waiter {
        waiter(const boost::asio::any_io_executor& executor, lane_key wanted)
            : event(executor), key(std::move(wanted)) {}
        one_shot_event event;
        lane_key key;
        bool granted = false; ///< under the transport's mutex
    };
    struct idle_connection {
        std::shared_ptr<connection> link;
        time_point since;
    };
    struct lane {
        std::size_t in_use = 0; ///< slots taken, each good for one connection
        std::deque<idle_connection> idle;
    };

    /// Holds one slot of a lane and gives it back on every path.
    class slot;
    /// Watches a connection while it lives: the sweep ends the connection at its deadline.
    class watch;

    boost::asio::awaitable<result<http_reply>> run(std::shared_ptr<http_transport> self, http_request request);
    boost::asio::awaitable<result<void>> acquire(lane_key key, time_point deadline);
    boost::asio::awaitable<result<std::shared_ptr<connection>>> connect(http_origin origin, time_point latest);
    boost::asio::awaitable<exchange_outcome> exchange(std::shared_ptr<connection> link, std::string bytes,
                                                      const http_request& request);
    [[nodiscard]] std::optional<std::string> first_refused(const resolver::endpoints& addresses) const;
    result<std::shared_ptr<tls_client>> tls();

    [[nodiscard]] bool has_slot(const lane& wanted) const noexcept;
    void release(const lane_key& key);
    // Under the mutex:
    void close_expired(time_point now);
    void close_oldest();

    std::shared_ptr<connection> take_idle(const lane_key& key);
    void keep(const lane_key& key, std::shared_ptr<connection> link);

    /// One timer for all connections: one for each request costs more.
    void arm_sweep();
    void sweep();

    boost::asio::any_io_executor executor_;
    http_transport_options options_;
    resolver resolver_;

    mutable std::mutex mutex_;
    std::map<lane_key, lane> lanes_;
    std::deque<std::shared_ptr<waiter>> waiting_; ///< in the order of their arrival
    std::size_t in_use_ = 0;                      ///< slots taken in all lanes
    std::size_t idle_ = 0;                        ///< connections in all lanes
    std::vector<std::shared_ptr<connection>> watched_;
    boost::asio::steady_timer sweep_timer_;
    bool sweep_armed_ = false;
    std::shared_ptr<tls_client> tls_; ///< made when first needed
};

} // namespace sluice
