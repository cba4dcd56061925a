// One HTTP request to one answer, now or later. Pure: no socket, no clock, no thread; `now` is an argument.
#pragma once

#include "local/access.hpp"
#include "local/account.hpp"
#include "local/broker_status.hpp"
#include "local/delayed_answers.hpp"
#include "local/fault_plan.hpp"
#include "local/http_call.hpp"
#include "local/key_ring.hpp"
#include "local/storage_gate.hpp"
#include "local/sts_service.hpp"
#include "local/wire.hpp"

#include <sluice/local/broker.hpp>

#include <map>
#include <memory>
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
    /// A long poll that waits now, a delayed answer, or one that waits for the storage: it comes with `take_finished`.
    poll_id poll = 0;
    bool soon = false; ///< with the next `commit`: not worth while to look whether the client goes away
    std::optional<restart_memory> restart; ///< a fault rule wants one; the caller must do it
};

class broker_core {
  public:
    /// With a storage it begins with what that has. Throws std::invalid_argument for an option that cannot be, and
    /// std::runtime_error when the storage holds what cannot be read.
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
    /// The POSTs to endpoints to be made now, each of which ends with `posted`.
    [[nodiscard]] std::vector<endpoint_post> take_posts();
    /// How a POST went. One that nobody waits for any more is no matter.
    void posted(std::uint64_t id, const post_result& how, time_point now);
    /// The polls and delayed answers that ended in the last calls, whoever made those.
    [[nodiscard]] std::vector<finished_poll> take_finished();
    /// When `advance` has something to do; nothing while nobody waits and no move task runs.
    [[nodiscard]] std::optional<time_point> next_event() const;
    /// The client of a waiting poll went away: messages must not go there.
    void forget(poll_id id);

    /// Whether answers, or changes that nobody waits for, want a `commit`. Never without a storage.
    [[nodiscard]] bool wants_commit() const noexcept { return gate_ && (gate_->has_news() || !held_.empty()); }
    /// Stores the changes of all calls since the last time, as one; their answers come with `take_finished`. Those of
    /// calls whose changes are not stored say so instead.
    void commit(time_point now);
    /// The last one: tries hard, and answers nobody.
    void commit_at_last(time_point now);
    /// How far the clock is ahead of the true one is part of what is stored.
    [[nodiscard]] time_point::duration clock_lead() const noexcept { return clock_lead_; }
    void set_clock_lead(time_point::duration lead);

    [[nodiscard]] fault_plan& faults() noexcept { return faults_; }
    /// Nobody waits any more; queues and topics stay, or go too. Rules stay.
    void restart(restart_memory memory);
    /// All messages in flight show; false when there is no such queue.
    bool expire_visibility(std::string_view queue_name, time_point now);

    /// By queue name; of other accounts and regions than the broker's own by ARN.
    [[nodiscard]] std::map<std::string, queue_ledger> ledger(time_point now);
    /// What there is and what waits: the shell adds its connections and requests.
    [[nodiscard]] broker_status status(const status_query& wanted, time_point now);
    /// Nothing when there is no such queue.
    [[nodiscard]] std::optional<queue_peek> peek(const peek_query& wanted, time_point now);
    [[nodiscard]] std::string queue_arn(std::string_view name) const { return arn("sqs", name); }
    [[nodiscard]] std::string topic_arn(std::string_view name) const { return arn("sns", name); }

  private:
    /// An answer that must not go before what it is about is stored.
    struct held_answer {
        poll_id id = 0;
        http_answer answer;
        reply_faults faults;
        bool json = false;
        std::string service;
    };

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
    /// What the storage has. Throws std::runtime_error.
    void restore();
    void restore(std::string_view key, const record_reader& record);

    key_ring keys_;
    access_control access_;
    sts_service sts_;
    std::string region_;
    std::string account_id_;
    sns_signer signer_;
    sns_surroundings sns_shared_;
    std::unique_ptr<storage_gate> gate_; ///< null: nothing is kept
    time_point::duration clock_lead_{};
    fault_plan faults_;
    std::map<std::pair<std::string, std::string>, account> accounts_; ///< by region and id
    delayed_answers delayed_;
    std::vector<held_answer> held_;
    poll_id last_poll_ = 0;
    std::vector<finished_poll> finished_;
};

} // namespace sluice::local
