// The shell around the core: the listener, the connections, and the timer of the long polls.
#pragma once

#include "local/activity_log.hpp"
#include "local/admin.hpp"
#include "local/broker_core.hpp"
#include "local/call_facts.hpp"
#include "local/connection.hpp"
#include "local/endpoint_sender.hpp"
#include "local/server_clock.hpp"
#include "local/tls_server.hpp"
#include "local/unfinished_bytes.hpp"

#include <sluice/local/broker.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
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
    [[nodiscard]] const std::string& endpoint() const noexcept override { return endpoint_; }
    [[nodiscard]] std::string certificate_pem() const { return tls_ ? tls_->trusted_pem() : std::string(); }
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
    [[nodiscard]] broker_status status(const status_query& wanted) override;
    [[nodiscard]] std::optional<queue_peek> peek(const peek_query& wanted) override;

    call_outcome handle(const http_call& call, const std::shared_ptr<answer_receiver>& from) override;
    [[nodiscard]] std::optional<connection_end> meet_connection() override;
    void forget(poll_id poll) override;
    void refused(std::string_view client, const http_answer& answer) override;
    void ended(const connection* one) noexcept override;
    [[nodiscard]] const connection_rules& rules() const noexcept override { return rules_; }
    void note(const std::string& line) override;
    void was_too_slow(client_stage at) noexcept override;
    void hold_unfinished(const connection* one, std::size_t bytes) override;
    void release_unfinished(const connection* one) noexcept override { unfinished_.release(one); }
    [[nodiscard]] time_point date() const override { return clock_.shown(); }

  private:
    using steady_time = std::chrono::steady_clock::time_point;
    /// A request that somebody wants to know about, as far as it has come.
    struct observed {
        [[nodiscard]] bool wanted() const noexcept { return !record.client.empty(); }

        request_record record;
        steady_time began;
    };
    /// Who waits for an answer.
    struct waiting_client {
        std::shared_ptr<answer_receiver> who;
        observed request;
    };
    /// What must happen outside the mutex.
    struct aftermath {
        std::vector<std::pair<std::shared_ptr<answer_receiver>, http_answer>> answers;
        std::vector<std::shared_ptr<answer_receiver>> cut; ///< those that get no answer any more
        std::vector<endpoint_post> posts;
        std::vector<std::string> lines;
        std::vector<request_record> requests; ///< that were answered, or will never be
    };

    // These want the mutex held.
    void collect(aftermath& after);
    /// All of them get no answer any more.
    void take_clients(aftermath& after);
    void arm_timer();
    void post_commit();
    void accept_next();
    void arm_sweep();
    /// The connection whose client has owed something for longest, if that is long enough to be closed for others.
    [[nodiscard]] std::shared_ptr<connection> longest_silent();
    /// Remembers a request that has come to its end, and keeps it for the user's function.
    void note(observed request, aftermath& after);

    [[nodiscard]] bool observes(const http_call& call) const noexcept {
        return !call.client.empty() && (options_.admin || options_.on_request);
    }
    [[nodiscard]] static observed begin(const http_call& call);
    static void name(request_record& record, call_facts facts);
    /// With the answer that it gets; none: it gets no answer.
    static void conclude(observed& request, const http_answer* answer);
    call_outcome handle_admin(const http_call& call);
    call_outcome carry_out(const http_call& call, const std::shared_ptr<answer_receiver>& from, observed& request,
                           aftermath& after);

    /// Throws boost::system::system_error.
    void listen();
    void accepted(client_socket client);
    void not_accepted(const boost::system::error_code& failure);
    void settle(aftermath after);
    void posted(std::uint64_t id, const post_result& how);
    void on_timer();
    /// Rings at the connections whose time has come, and tells of those that were too slow.
    void sweep();
    void commit();

    boost::asio::any_io_executor executor_;
    broker_options options_;
    std::optional<tls_server> tls_; ///< nothing: plain HTTP
    connection_rules rules_;
    std::string endpoint_;
    server_clock clock_;
    unfinished_bytes unfinished_;
    std::atomic<std::uint64_t> too_slow_[client_stages]{}; ///< since the last sweep

    std::mutex mutex_;
    std::vector<std::string> lines_; ///< for the log
    broker_core core_;
    boost::asio::ip::tcp::acceptor acceptor_; ///< closed when nobody is to come over the network
    boost::asio::steady_timer timer_;         ///< for what the core does by itself
    boost::asio::steady_timer accept_pause_;
    boost::asio::steady_timer sweep_; ///< one for the deadlines of all connections
    std::optional<time_point> armed_; ///< when `timer_` fires, by `clock_`
    std::unordered_map<const connection*, std::weak_ptr<connection>> connections_;
    /// Nothing else may hold a connection while its poll waits.
    bool sweeps_ = false;          ///< `sweep_` is armed
    bool accepting_fails_ = false; ///< and that was logged
    std::unordered_map<poll_id, waiting_client> waiting_;
    activity_log activity_;
    steady_time started_ = std::chrono::steady_clock::now();
    bool commit_posted_ = false;
    bool stopped_ = false;
    bool loopback_ = false;                   ///< nobody but this machine can come here
    std::unique_ptr<endpoint_sender> sender_; ///< from `start` on
};

} // namespace sluice::local
