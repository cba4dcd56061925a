// Faults that the embedded broker plays on its clients, by rules.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace sluice::local {

/// How a connection ends: in order (FIN), or with a reset (RST).
enum class connection_end { closed, reset };

/// What a restart leaves: all connections are cut in any case.
enum class restart_memory { lost, kept };

/// What a rule does. In brackets: the member `fault` of the JSON form, as POST /_sluice/faults takes it.
enum class fault_kind {
    throttle,          ///< [throttle] the request is refused as throttled, with the service's own code
    throttle_entry,    ///< [throttle_entry] the same for an entry of a batch; the others go on
    fail,              ///< [fail] the request is refused with `status`, `code` and `message`, without being applied
    fail_entry,        ///< [fail_entry] the same for an entry; the status tells whose fault it is: 5xx is the service's
    drop_request,      ///< [drop_request] read but not applied; the connection ends without an answer
    drop_reply,        ///< [drop_reply] applied; the connection ends without an answer
    cut_reply,         ///< [cut_reply] applied; the connection ends in the middle of the answer
    garbage_reply,     ///< [garbage_reply] applied; what comes back is no HTTP, then the connection ends
    garbage_body,      ///< [garbage_body] applied; status 200 with a body that is neither XML nor JSON
    delay_reply,       ///< [delay_reply] applied; the answer waits for `delay` of the broker's time
    refuse_connection, ///< [refuse_connection] a new connection ends before anything is read; no operation is named
    expire_visibility, ///< [expire_visibility] all messages in flight in the request's queue show, then it is applied
    restart,           ///< [restart] all connections end, this one too; the request is not applied
    outlive_client,    ///< [outlive_client] a long poll whose client went away stays, and takes its messages, as on AWS
};

/// One rule. Counted are the requests that the broker accepts (signature and form are good) and that match `operation`
/// and `at`. Rules are looked at in the order in which they were added: all that apply work together; of two that
/// exclude each other the earlier one wins.
struct fault_rule {
    std::string operation = "*"; ///< such as `SendMessageBatch`; `*`: every one
    std::string at;              ///< name of the queue or topic of the request; empty: any
    fault_kind kind = fault_kind::throttle;
    std::uint64_t nth = 0;   ///< applies from this matching request on, 1 is the first; 0: from now on
    std::uint64_t times = 0; ///< how often; 0: once with `nth`, without an end otherwise
    double probability = 1;  ///< of each request, or of each entry, above 0 and up to 1
    std::uint64_t seed = 0;  ///< of the dice: the same seed and requests give the same faults
    std::size_t entry = 0;   ///< of a batch, 1 to 10; 0: each one, with dice of its own
    int status = 500;        ///< 400 to 599
    std::string code;        ///< such as `AccessDenied`; may be empty for 500 and 503, which have well-known ones
    std::string message;     ///< empty: a text that says that it was a rule
    std::chrono::milliseconds delay{0}; ///< up to one day
    connection_end ending = connection_end::closed;
    restart_memory memory = restart_memory::lost;
};

using fault_id = std::uint64_t;

struct listed_fault {
    fault_id id = 0;
    fault_rule rule;
    std::uint64_t seen = 0;    ///< requests (or connections) that matched
    std::uint64_t applied = 0; ///< faults played: requests, or entries
};

/// Writes a rule as a sentence: `broker.on("SendMessageBatch").nth(3).throttle_entry(4);`
///
/// The last function of the sentence adds the rule and returns its id. It throws std::invalid_argument for a rule that
/// cannot be, such as a probability above 1.
class fault_builder {
  public:
    using sink = std::function<fault_id(fault_rule)>;

    fault_builder(std::string operation, sink add) : add_(std::move(add)) { rule_.operation = std::move(operation); }

    // When.
    fault_builder& at(std::string queue_or_topic) { return set(rule_.at, std::move(queue_or_topic)); }
    fault_builder& nth(std::uint64_t which) { return set(rule_.nth, which); }
    fault_builder& times(std::uint64_t count) { return set(rule_.times, count); }
    fault_builder& with_probability(double of_each, std::uint64_t seed) {
        rule_.seed = seed;
        return set(rule_.probability, of_each);
    }

    // What. An entry is 1 to 10, or 0 for each.
    fault_id throttle() { return add(fault_kind::throttle); }
    fault_id throttle_entry(std::size_t entry = 0) { return add_entry(fault_kind::throttle_entry, entry); }
    fault_id fail(int status, std::string code = {}, std::string message = {}) {
        set_failure(status, std::move(code), std::move(message));
        return add(fault_kind::fail);
    }
    fault_id fail_entry(std::size_t entry, int status, std::string code = {}, std::string message = {}) {
        set_failure(status, std::move(code), std::move(message));
        return add_entry(fault_kind::fail_entry, entry);
    }
    fault_id drop_request(connection_end ending = connection_end::closed) {
        return add(fault_kind::drop_request, ending);
    }
    fault_id drop_reply(connection_end ending = connection_end::closed) { return add(fault_kind::drop_reply, ending); }
    fault_id cut_reply(connection_end ending = connection_end::closed) { return add(fault_kind::cut_reply, ending); }
    fault_id garbage_reply() { return add(fault_kind::garbage_reply); }
    fault_id garbage_body() { return add(fault_kind::garbage_body); }
    fault_id delay_reply(std::chrono::milliseconds delay) {
        rule_.delay = delay;
        return add(fault_kind::delay_reply);
    }
    fault_id expire_visibility() { return add(fault_kind::expire_visibility); }
    fault_id restart(restart_memory memory) {
        rule_.memory = memory;
        return add(fault_kind::restart);
    }
    fault_id outlive_client() { return add(fault_kind::outlive_client); }

  private:
    template<class T>
    fault_builder& set(T& member, T value) {
        member = std::move(value);
        return *this;
    }
    void set_failure(int status, std::string code, std::string message) {
        rule_.status = status;
        rule_.code = std::move(code);
        rule_.message = std::move(message);
    }
    fault_id add(fault_kind kind, connection_end ending = connection_end::closed) {
        rule_.kind = kind;
        rule_.ending = ending;
        return add_(rule_);
    }
    fault_id add_entry(fault_kind kind, std::size_t entry) {
        rule_.entry = entry;
        return add(kind);
    }

    fault_rule rule_;
    sink add_;
};

} // namespace sluice::local
