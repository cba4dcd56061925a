// One client's connection: HTTP/1.1 requests in, one at a time, and their answers out.
#pragma once

#include "local/call_handler.hpp"
#include "local/client_pace.hpp"
#include "local/client_stream.hpp"

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::local {

class connection;
struct incoming_request;

/// What all connections of a broker keep to.
struct connection_rules {
    std::size_t max_request_bytes = 0;
    client_deadlines deadlines;
    const tls_server* tls = nullptr; ///< null: plain HTTP
};

/// Who keeps account of connections. All members may be called from any thread.
class connection_owner : public call_handler {
  public:
    [[nodiscard]] virtual const connection_rules& rules() const noexcept = 0;
    [[nodiscard]] virtual const std::string& endpoint() const noexcept = 0;
    /// A request could not be read, and gets this answer.
    virtual void refused(std::string_view client, const http_answer& answer) = 0;
    /// A connection ends; it is inside its destructor.
    virtual void ended(const connection* one) noexcept = 0;
    /// A line for the log.
    virtual void note(const std::string& line) = 0;
    virtual void was_too_slow(client_stage at) noexcept = 0;
    /// So much of an unfinished request is in memory; others, or this one, may have to give way.
    virtual void hold_unfinished(const connection* one, std::size_t bytes) = 0;
    virtual void release_unfinished(const connection* one) noexcept = 0;
};

class connection final : public answer_receiver, public std::enable_shared_from_this<connection> {
  public:
    connection(client_socket client, std::shared_ptr<connection_owner> handler);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() override;

    void start();
    /// Instead of `start`: a fault rule wants the connection to end before anything is read.
    void refuse_unread(connection_end ending);
    /// From any thread: the answer to the poll that this connection waits with.
    void answer(http_answer answer) override;
    /// From any thread. A request under way ends unanswered.
    void close() override;

    /// From any thread: whether it is time for `ring`. True only once for each time.
    [[nodiscard]] bool take_alarm(client_pace::clock_point now) const noexcept;
    /// From any thread: a deadline may have passed.
    void ring();
    /// From any thread: since when it has been the client's turn to do something; never: it is not.
    [[nodiscard]] client_pace::clock_point clients_turn_since() const noexcept;
    /// From any thread: it ends for the sake of others, unless it is no longer the client's turn.
    void make_room();
    /// From any thread: its unfinished request goes, because there are too many.
    void give_way();

  private:
    enum class interruption { none, lean, late, gives_way };

    void enter(client_stage stage);
    void on_alarm();
    void interrupt_for(interruption why);
    void obey();

    void await_greeting();
    void greet();
    void begin_tls();
    void await_request();
    void read();
    void take(std::size_t bytes);
    void go_on_reading();
    void allow_body();
    void handle_request();
    void respond(const http_answer& answer);
    /// The answer never arrives whole: a fault rule wants it so.
    void respond_spoiled(const http_answer& answer);
    /// Answers and ends the connection: where the next request would begin is unknown.
    void refuse(const http_answer& answer);
    void refuse(const boost::system::error_code& why);
    /// Reads on without looking, so that a client that is still sending gets the refusal and not a reset.
    void drain(std::size_t bytes_left);
    void drain_on(std::size_t bytes_left);
    /// While a poll waits, the client may go away: messages must not be taken for it then.
    void watch_client();
    void lose_client();
    void release_unfinished() noexcept;
    void end(connection_end ending = connection_end::closed);

    client_stream stream_;
    std::shared_ptr<connection_owner> handler_;
    const connection_rules& rules_; ///< of `handler_`
    std::unique_ptr<incoming_request> incoming_;
    std::string outgoing_;
    std::string client_; ///< its address, for logs
    client_pace pace_;
    /// When somebody should `ring`, in ticks of the steady clock.
    mutable std::atomic<client_pace::clock_point::rep> alarm_;
    std::atomic<client_pace::clock_point::rep> clients_turn_; ///< since then; the largest: it is not
    poll_id waits_for_ = 0;                                   ///< 0: no poll
    interruption interrupted_ = interruption::none;
    bool holds_unfinished_ = false;
    bool keep_alive_ = true;
    bool without_body_ = false; ///< HEAD is answered with the head alone
};

} // namespace sluice::local
