// The embedded broker: SNS, SQS and STS in memory, over HTTP on a loopback port or without a socket. For tests, demos
// and development.
#pragma once

#include <sluice/export.hpp>
#include <sluice/local/fault_rule.hpp>
#include <sluice/local/request_record.hpp>
#include <sluice/local/storage.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// HTTPS, of TLS 1.2 or newer, in place of HTTP.
struct tls_options {
    /// PEM: the certificate of the broker, then those between it and the CA that clients trust. Empty, and
    /// `private_key` too: the broker makes itself an EC certificate (P-256) that is good for a year, for localhost,
    /// 127.0.0.1, ::1, the address it listens at, host.docker.internal, and the names of host-style URLs under
    /// localhost, such as sqs.us-east-1.localhost. The key never leaves memory; `broker::certificate_pem()` is what
    /// clients must trust.
    std::string certificate_chain;
    std::string private_key; ///< PEM, not encrypted; the one of the first certificate
    /// More host names and IP addresses for the certificate that the broker makes.
    std::vector<std::string> names;
};

/// How long a client may take before its connection is closed. 1 ms to 24 hours each.
struct client_deadlines {
    std::chrono::milliseconds handshake{10'000}; ///< of TLS, from the opening of the connection
    /// From the first byte of a request to the end of its head; for the first one from the opening of the connection. A
    /// late client gets 408. After a refusal (such as 413), how long what it still sends is read and dropped.
    std::chrono::milliseconds head{30'000};
    std::chrono::milliseconds body{30'000};  ///< and a second more for each 64 KiB that arrived; then 408
    std::chrono::milliseconds reply{30'000}; ///< to take it, and a second more for each 64 KiB of it
    std::chrono::milliseconds rest{120'000}; ///< between two requests; a poll that waits is no rest
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
    /// One more takes the place of the one whose client has owed something for longest, if that is 5 seconds or more, a
    /// request or the rest of one; else it is closed at once.
    std::size_t max_connections = 16'384;
    std::size_t max_request_bytes = std::size_t(16) << 20; ///< larger ones are answered with 413
    /// Of the requests of all clients that have not arrived whole; at least one of `max_request_bytes` always fits.
    /// When there are more, those that have waited longest for their next piece are answered with 503.
    std::size_t max_unfinished_bytes = std::size_t(256) << 20;
    client_deadlines deadlines;
    std::optional<tls_options> tls; ///< nothing: plain HTTP
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
    ///     GET    /_sluice/ -> the status page: topics, subscriptions, queues, rates, the last errors. As JSON with
    ///                         `Accept: application/json` or as /_sluice/status.json. Parameters: `find` (part of a
    ///                         name), `page`, `size` (queues and topics of a page, up to 1,000), `refresh` (seconds)
    ///     GET    /_sluice/queue/REGION/ACCOUNT/NAME -> the queue and a look at its messages, which is no receive;
    ///                         HTML or JSON. Parameters: `after` (the number of the last message seen), `size` (up to
    ///                         100), or `message` (a number) for the whole of one
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
    /// Each request, when its reply is ready or it is clear that there will be none; a long poll at its end. Called as
    /// `log`, with the same rights and duties; not for what `broker::stop()` cuts off. Empty: nobody asks.
    std::function<void(const request_record&)> on_request;
    /// Null: the state is memory. Otherwise the broker begins with what the storage has, and each change is there
    /// before the call that made it is answered; the changes of all calls of one turn of the event loop are stored
    /// together. What cannot be stored is answered with an error, and so are calls that would change more until it can:
    /// 500 InternalFailure for those that were carried out, 503 ServiceUnavailable for those that were not. Fault
    /// rules, keys and long polls are not kept; how far `broker::advance` moved the clock is.
    std::shared_ptr<local::storage> storage;
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

/// Answers from its construction on, and runs on the caller's executor without a thread of its own. Without a storage
/// its state ends with it.
///
/// Threads: the members may be called from any thread, also while several threads run the executor. The broker must go
/// before the executor's context does.
class SLUICE_API broker {
  public:
    /// Throws boost::system::system_error when the address cannot be listened at, and std::invalid_argument for an
    /// option that cannot be, such as an account id that is not 12 digits, a private key of another certificate or a
    /// file that cannot be read. With a storage std::runtime_error, or what that throws, when its records cannot be
    /// read, with the key of the first one that is damaged.
    explicit broker(boost::asio::any_io_executor executor, broker_options options = {});
    broker(const broker&) = delete;
    broker& operator=(const broker&) = delete;
    /// As `stop()`.
    ~broker();

    /// Such as `http://127.0.0.1:40001`: what `AWS_ENDPOINT_URL` takes. With `broker_options::tls` it is https.
    [[nodiscard]] std::string endpoint() const;
    /// PEM: what clients must trust, in a file that `AWS_CA_BUNDLE` or `session_options::ca_bundle` names. The
    /// certificate that the broker made, or the last one of `tls_options::certificate_chain`. Empty without TLS.
    [[nodiscard]] std::string certificate_pem() const;
    /// The way in without a socket, for `session_options::transport`; the endpoint to use with it is `endpoint()`.
    /// Faults show as they would over sockets, but each request counts as a connection of its own. It may outlive the
    /// broker: its requests fail then. Cancelled, a long poll is forgotten like one whose client went away.
    [[nodiscard]] std::shared_ptr<sluice::transport> transport();
    /// The same, but its requests are neither told to `broker_options::on_request` nor counted on the status page: for
    /// what sets the scene.
    [[nodiscard]] std::shared_ptr<sluice::transport> quiet_transport();

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
