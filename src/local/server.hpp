// The shell around the core: the listener, the connections, and the timer of the long polls.
#pragma once

#include "local/admin.hpp"
#include "local/broker_core.hpp"
#include "local/connection.hpp"
#include "local/endpoint_sender.hpp"
#include "local/server_clock.hpp"

#include <sluice/local/broker.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::local {

/// Each connection runs on a strand of its own; what they share is behind one mutex, which is never held while a
/// connection or the user's log function is called.
class broker::server final : public connection_owner,
                             public broker_controls,
                             public std::enable_shared_from_this<broker::server> {
  public:
    server(const boost::asio::any_io_executor& executor, broker_options options);

    void start();
    void stop();
    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
    [[nodiscard]] const broker_core& core() const noexcept { return core_; }

    fault_id add_fault(fault_rule rule) override;
    bool remove_fault(fault_id id) override;
    void clear_faults() override;
    [[nodiscard]] std::vector<listed_fault> faults() override;
    void advance(std::chrono::milliseconds by) override;
    void skew_clock(std::chrono::milliseconds by) override { clock_.skew(by); }
    void restart(restart_memory memory) override;
    bool expire_visibility(std::string_view queue_name) override;
    [[nodiscard]] std::map<std::string, queue_ledger> ledger() override;

    call_outcome handle(const http_call& call, const std::shared_ptr<answer_receiver>& from) override;
    [[nodiscard]] std::optional<connection_end> meet_connection() override;
    void forget(poll_id poll) override;
    void ended(const connection* one) noexcept override;
    [[nodiscard]] time_point date() const override { return clock_.shown(); }

  private:
    /// What must happen outside the mutex.
    struct aftermath {
        std::vector<std::pair<std::shared_ptr<answer_receiver>, http_answer>> answers;
        std::vector<std::shared_ptr<answer_receiver>> cut; ///< those that get no answer any more
        std::vector<endpoint_post> posts;
        std::vector<std::string> lines;
    };

    // These want the mutex held.
    void collect(aftermath& after);
    std::vector<std::shared_ptr<answer_receiver>> take_clients();
    void arm_timer();
    void accept_next();

    /// Throws boost::system::system_error.
    void listen();
    void accepted(connection::socket client);
    void settle(aftermath after);
    void posted(std::uint64_t id, const post_result& how);
    void on_timer();

    boost::asio::any_io_executor executor_;
    broker_options options_;
    std::string endpoint_;
    server_clock clock_;

    std::mutex mutex_;
    std::vector<std::string> lines_; ///< for the log
    broker_core core_;
    boost::asio::ip::tcp::acceptor acceptor_; ///< closed when nobody is to come over the network
    boost::asio::steady_timer timer_;         ///< for what the core does by itself
    boost::asio::steady_timer accept_pause_;
    std::optional<time_point> armed_; ///< when `timer_` fires, by `clock_`
    std::unordered_map<const connection*, std::weak_ptr<connection>> connections_;
    /// Nothing else may hold a connection while its poll waits.
    std::unordered_map<poll_id, std::shared_ptr<answer_receiver>> waiting_;
    bool stopped_ = false;
    bool loopback_ = false;                   ///< nobody but this machine can come here
    std::unique_ptr<endpoint_sender> sender_; ///< from `start` on
};

} // namespace sluice::local
