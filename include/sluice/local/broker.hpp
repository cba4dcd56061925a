// The embedded broker: SNS, SQS and STS in memory, over HTTP on a loopback port or without a socket. For tests, demos
// and development.
#pragma once

#include <sluice/export.hpp>
#include <sluice/local/fault_rule.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
class transport;
}

namespace sluice::local {

/// Keys whose signatures are accepted.
struct access_key {
    std::string id;
    std::string secret;
    std::string session_token; ///< empty: requests must not carry one
    std::string account_id;    ///< whose key it is, 12 digits; empty: `broker_options::account_id`
};

struct broker_options {
    /// False: there is no port, `broker::transport()` is the only way in, and the endpoint's host name is only a name.
    bool listen = true;
    std::string address = "127.0.0.1"; ///< the one to listen at: nobody else can reach it by default
    std::uint16_t port = 0;            ///< 0: a free one
    std::string region = "us-east-1";
    /// Played too, at the same endpoint: the region that a request is signed for tells which one it is about.
    std::vector<std::string> more_regions;
    std::string account_id = "000000000000";
    /// SigV4 with one of `keys` or with one that AssumeRole gave out; false: requests are taken unsigned too.
    bool verify_signatures = true;
    /// Each account has queues and topics of its own in each region, and sees no other's.
    std::vector<access_key> keys{{"test", "test", "", ""}};
    std::size_t max_connections = 16'384;                  ///< more are closed at once
    std::size_t max_request_bytes = std::size_t(16) << 20; ///< larger ones are answered with 413
    /// The admin path, for programs in other processes. It needs no signature: whoever reaches it may use it. While
    /// the address is a loopback one, requests under other host names than those of this machine are refused.
    ///
    ///     POST   /_sluice/faults {"operation":"SendMessageBatch","nth":3,"fault":"throttle_entry","entry":4}
    ///                            -> 201 {"id":1}; the members are those of `fault_rule`, `fault` is in brackets at
    ///                            `fault_kind`, `delay_ms` is `delay`, `ending` "closed" or "reset", `memory` "lost" or
    ///                            "kept"; `operation` is "*" if left out
    ///     GET    /_sluice/faults -> {"faults":[…]}, each with `id`, `seen` and `applied`
    ///     DELETE /_sluice/faults, or one: /_sluice/faults/1
    ///     POST   /_sluice/advance {"seconds":300}
    ///     POST   /_sluice/skew {"seconds":-1200}
    ///     POST   /_sluice/restart {"memory":"lost"}
    ///     POST   /_sluice/expire-visibility {"queue":"orders"}
    ///     GET    /_sluice/ledger -> {"queues":{"orders":{"entered":7,…}}}, as `broker::ledger()`
    ///
    /// Refusals are 400, 403 or 404 with {"error":"…"}.
    bool admin = false;
    /// Whether SNS signs what it sends, as on AWS: once for each message, which takes most of a millisecond of CPU
    /// time.
    bool sign_messages = true;
    /// PEM files of the certificate that signatures are verified with, and of its RSA key. Empty: a key of 2048 bits
    /// and a certificate for `sns.amazonaws.com`, signed by itself, are made when the first message is signed; `log`
    /// says how long that took, some 0.2 s of CPU time. The certificate is where SigningCertURL says, at this broker.
    std::string signing_certificate;
    std::string signing_key;
    /// PEM file of the CAs that the certificates of HTTPS endpoints are trusted by. Empty: the system's. Topics deliver
    /// to whatever URL is subscribed to them, on whatever host: who may call this broker can make it POST there. It
    /// does not follow redirects.
    std::string endpoint_ca;
    /// One line for each event that a user may wonder about, such as why a topic could not deliver. Called on threads
    /// of the broker's executor, from several at once if it has several; may use the broker, must not block or throw.
    /// Empty: silence.
    std::function<void(std::string_view)> log;
};

/// What became of the messages of a queue: the judge of "nothing is lost".
struct queue_ledger {
    std::uint64_t entered = 0; ///< ever sent or moved to it
    std::uint64_t deleted = 0; ///< acknowledged
    std::uint64_t expired = 0; ///< older than the retention period
    std::uint64_t purged = 0;
    std::uint64_t moved = 0;     ///< to a dead-letter queue, or away by a move task
    std::uint64_t visible = 0;   ///< now
    std::uint64_t in_flight = 0; ///< now
    std::uint64_t delayed = 0;   ///< now
};

/// Answers from its construction on, and runs on the caller's executor without a thread of its own. Its state is
/// memory: it ends with the broker.
///
/// Threads: the members may be called from any thread, also while several threads run the executor. The broker must go
/// before the executor's context does.
class SLUICE_API broker {
  public:
    /// Throws boost::system::system_error when the address cannot be listened at, and std::invalid_argument for an
    /// option that cannot be, such as an account id that is not 12 digits or a file that cannot be read.
    explicit broker(boost::asio::any_io_executor executor, broker_options options = {});
    broker(const broker&) = delete;
    broker& operator=(const broker&) = delete;
    /// As `stop()`.
    ~broker();

    /// Such as `http://127.0.0.1:40001`: what `AWS_ENDPOINT_URL` takes.
    [[nodiscard]] std::string endpoint() const;
    /// The way in without a socket, for `session_options::transport`; the endpoint to use with it is `endpoint()`.
    /// Faults show as they would over sockets, but each request counts as a connection of its own. It may outlive the
    /// broker: its requests fail then. Cancelled, a long poll is forgotten like one whose client went away.
    [[nodiscard]] std::shared_ptr<sluice::transport> transport();

    /// In the broker's own region and account.
    [[nodiscard]] std::string queue_arn(std::string_view name) const;
    [[nodiscard]] std::string topic_arn(std::string_view name) const;

    /// By queue name; queues of other accounts than `broker_options::account_id` and of other regions than
    /// `broker_options::region` by ARN.
    [[nodiscard]] std::map<std::string, queue_ledger> ledger() const;

    /// Moves the broker's clock ahead and does at once what became due: messages become visible or too old, long polls
    /// get these or end, session keys expire, in the order in which that would have happened. Signatures and the header
    /// Date stay with the true time, as the clocks of clients do. Throws std::invalid_argument for a negative step, and
    /// for more than 100 years in all.
    void advance(std::chrono::milliseconds by);

    /// Makes the clock that clients see wrong: the header Date, and the check of signatures (15 minutes of difference
    /// are taken). Negative: slow; 0: right again. Throws std::invalid_argument beyond 100 years.
    void skew_clock(std::chrono::milliseconds by);

    /// Begins a rule for the requests of one operation, or of all for `*`, such as
    /// `broker.on("SendMessageBatch").nth(3).throttle_entry(4);`
    [[nodiscard]] fault_builder on(std::string operation);
    /// New connections end before anything is read; 0 times: until the rule is removed.
    fault_id refuse_connections(std::uint64_t times, connection_end ending = connection_end::closed);
    /// Throws std::invalid_argument for a rule that cannot be.
    fault_id add_fault(fault_rule rule);
    /// False when there is no such rule.
    bool remove_fault(fault_id id);
    void clear_faults();
    [[nodiscard]] std::vector<listed_fault> faults() const;

    /// The visibility of all messages in flight in a queue ends now. False when there is no such queue.
    bool expire_visibility(std::string_view queue_name);
    /// All connections end, waiting polls with them. With its memory lost the broker has no queues and topics any more.
    /// Fault rules, keys and the clock stay.
    void restart(restart_memory memory);

    /// Closes the listener and all connections, without waiting: requests under way end unanswered.
    void stop();

  private:
    class SLUICE_LOCAL server;
    std::shared_ptr<server> server_;
};

} // namespace sluice::local
