// One HTTP request to one answer, now or later. Pure: no socket, no clock, no thread; `now` is an argument.
#pragma once

#include "local/access.hpp"
#include "local/sns_service.hpp"
#include "local/sqs_service.hpp"
#include "local/waiting_polls.hpp"
#include "local/wire.hpp"

#include <sluice/local/broker.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::local {

struct http_call {
    std::string_view method;
    std::string_view path;
    std::string_view query;
    std::vector<sigv4::header> headers;
    std::string_view body;
};

struct http_answer {
    int status = 200;
    std::string content_type;
    std::string body;
    std::string request_id;
    std::string query_error; ///< the header x-amzn-query-error of JSON; empty: none
};

/// Decoded and allowed, not yet carried out.
struct accepted_call {
    exchange call;
    request_context context;
};

/// One of the two.
struct call_outcome {
    std::optional<http_answer> answer;
    poll_id poll = 0; ///< a long poll that waits now: its answer comes with `take_finished`
};

struct finished_poll {
    poll_id id = 0;
    http_answer answer;
};

class broker_core {
  public:
    explicit broker_core(const broker_options& options);
    broker_core(const broker_core&) = delete;
    broker_core& operator=(const broker_core&) = delete;

    /// Checks the signature by the clock that clients see, and decodes. Reads nothing that changes: needs no lock.
    [[nodiscard]] std::variant<accepted_call, http_answer> accept(const http_call& call, time_point now,
                                                                  time_point shown) const;
    [[nodiscard]] std::variant<accepted_call, http_answer> accept(const http_call& call, time_point now) const {
        return accept(call, now, now);
    }

    call_outcome carry_out(accepted_call accepted, time_point now);
    /// For time that went by, much or little: polls end, and messages become visible to polls, each at its own time.
    void advance(time_point now);
    /// The polls that ended in the last calls, whoever made those.
    [[nodiscard]] std::vector<finished_poll> take_finished();
    /// When `advance` has something to do; nothing while no poll waits.
    [[nodiscard]] std::optional<time_point> next_event() const { return polls_.next_event(); }
    /// The client of a waiting poll went away: messages must not go there.
    void forget(poll_id id) { polls_.take(id); }

    [[nodiscard]] std::map<std::string, queue_ledger> ledger(time_point now) { return sqs_.ledger(now); }
    [[nodiscard]] std::string queue_arn(std::string_view name) const { return sqs_.arn_of(name); }
    [[nodiscard]] std::string topic_arn(std::string_view name) const { return sns_.arn_of(name); }

  private:
    std::optional<receive_request> dispatch(const accepted_call& accepted);
    void identify_caller(output& reply) const;
    void settle_what_is_due(time_point now);
    /// Hands what is visible in a queue to the polls that wait there, in the order in which they came.
    void serve_polls_of(const std::string& queue_name, time_point now);
    void finish(poll_id id, std::vector<received> messages);
    void refuse(poll_id id, const fault& why);

    access_control access_;
    std::string account_id_;
    sqs_service sqs_;
    sns_service sns_;
    waiting_polls polls_;
    std::vector<finished_poll> finished_;
};

} // namespace sluice::local
