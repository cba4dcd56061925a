// One HTTP request to one answer, now or later. Pure: no socket, no clock, no thread; `now` is an argument.
#pragma once

#include "local/access.hpp"
#include "local/account.hpp"
#include "local/delayed_answers.hpp"
#include "local/fault_plan.hpp"
#include "local/http_call.hpp"
#include "local/key_ring.hpp"
#include "local/sts_service.hpp"
#include "local/wire.hpp"

#include <sluice/local/broker.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::local {

/// Decoded and allowed, not yet carried out.
struct accepted_call {
    exchange call;
    request_context context;
    std::string region;
    identity caller;
};

/// One of the three.
struct call_outcome {
    std::optional<http_answer> answer;
    poll_id poll = 0; ///< a long poll that waits now, or a delayed answer: it comes with `take_finished`
    std::optional<restart_memory> restart; ///< a fault rule wants one; the caller must do it
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
    /// The polls and delayed answers that ended in the last calls, whoever made those.
    [[nodiscard]] std::vector<finished_poll> take_finished();
    /// When `advance` has something to do; nothing while nobody waits and no move task runs.
    [[nodiscard]] std::optional<time_point> next_event() const;
    /// The client of a waiting poll went away: messages must not go there.
    void forget(poll_id id);

    [[nodiscard]] fault_plan& faults() noexcept { return faults_; }
    /// Nobody waits any more; queues and topics stay, or go too. Rules stay.
    void restart(restart_memory memory);
    /// All messages in flight show; false when there is no such queue.
    bool expire_visibility(std::string_view queue_name, time_point now);

    /// By queue name; of other accounts and regions than the broker's own by ARN.
    [[nodiscard]] std::map<std::string, queue_ledger> ledger(time_point now);
    [[nodiscard]] std::string queue_arn(std::string_view name) const { return arn("sqs", name); }
    [[nodiscard]] std::string topic_arn(std::string_view name) const { return arn("sns", name); }

  private:
    call_outcome apply(account& of, accepted_call accepted, const fault_plan::request_faults& faults);
    /// Made when it is first used.
    account& account_of(const std::string& region, const std::string& id);
    /// Of the account and region of an ARN; nullptr when nobody used them yet.
    sqs_service* queues_at(std::string_view queue_arn);
    /// Where a call is carried out: with the owner of the queue that it names, else with the caller.
    account& account_for(const accepted_call& accepted);
    [[nodiscard]] std::string arn(std::string_view service, std::string_view name) const;
    /// The answer as the faults leave it: now, or later under `id`.
    void hand_over(poll_id id, http_answer answer, const reply_faults& faults, time_point now);
    void collect_ended(time_point now);
    void settle_what_is_due(time_point now);

    key_ring keys_;
    access_control access_;
    sts_service sts_;
    std::string region_;
    std::string account_id_;
    sns_service::log_function log_;
    fault_plan faults_;
    std::map<std::pair<std::string, std::string>, account> accounts_; ///< by region and id
    delayed_answers delayed_;
    poll_id last_poll_ = 0;
    std::vector<finished_poll> finished_;
};

} // namespace sluice::local
