// What one account of the broker has: its queues, its topics, and the long polls at its queues. Pure: `now` is an
// argument.
#pragma once

#include "local/fault_plan.hpp"
#include "local/journal.hpp"
#include "local/sns_service.hpp"
#include "local/sqs_service.hpp"
#include "local/waiting_polls.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::local {

/// A long poll that ended: with what it was to say, or with why it failed.
struct ended_poll {
    poll_id id = 0;
    waiting_poll poll;
    std::optional<fault> failure;
};

class account {
  public:
    /// `shared` must outlive it. `changes`: where what changes is written down; null: nowhere.
    account(const std::string& region, const std::string& id, sns_surroundings& shared, journal* changes);
    account(const account&) = delete;
    account& operator=(const account&) = delete;

    /// Carries out a call of SQS or SNS and writes its reply. True when it waits as a long poll, under the id given,
    /// and has taken the call over; ids must grow. Throws `fault`.
    bool handle(exchange& call, const request_context& context, const reply_faults& faults, poll_id id);
    /// Whoever carried out a call, or tried to, lets the polls have what it brought.
    void serve_polls(time_point now);

    /// What is due now, not later: messages become visible to polls, polls end, and move tasks go on.
    void settle(time_point now);
    [[nodiscard]] std::optional<time_point> next_event() const;
    /// The POSTs to be made now, each of which ends with `posted`.
    [[nodiscard]] std::vector<endpoint_post> take_posts() { return sns_.take_posts(); }
    /// How a POST went. False for one of another account.
    bool posted(std::uint64_t id, const post_result& how, time_point now) { return sns_.posted(id, how, now); }
    /// The polls that ended in the last calls.
    [[nodiscard]] std::vector<ended_poll> take_ended();
    /// The client of a poll went away. Messages must not go there, unless a fault rule wants just that.
    void forget(poll_id id);
    /// All connections are gone.
    void forget_polls() { polls_ = {}; }

    /// All messages in flight show; false when there is no such queue.
    bool expire_visibility(std::string_view queue_name, time_point now);
    [[nodiscard]] std::map<std::string, queue_ledger> ledger(time_point now) { return sqs_.ledger(now); }
    [[nodiscard]] place_status status(page_selection& queues, page_selection& topics, time_point now);
    [[nodiscard]] std::optional<queue_peek> peek(const peek_query& wanted, time_point now);
    [[nodiscard]] std::size_t poll_count() const noexcept { return polls_.size(); }
    [[nodiscard]] sqs_service& queues() noexcept { return sqs_; }
    [[nodiscard]] std::string queue_arn(std::string_view name) const { return sqs_.arn_of(name); }

    /// What was written down of `sqs` or `sns`, in the order of the keys; throws `damaged_record`.
    void restore(std::string_view service, std::string_view key, const record_reader& record);
    /// It goes, with everything that was written down.
    void erase_records() const;

  private:
    void serve_polls_at(const std::string& queue_name, time_point now);
    void finish(poll_id id, std::vector<received> messages);
    void refuse(poll_id id, const fault& why);

    sqs_service sqs_;
    sns_service sns_;
    waiting_polls polls_;
    std::vector<ended_poll> ended_;
};

} // namespace sluice::local
