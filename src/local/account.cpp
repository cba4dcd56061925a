#include "local/account.hpp"

#include <algorithm>
#include <utility>

namespace sluice::local {

account::account(const std::string& region, const std::string& id, const sns_service::queues_function& queues,
                 const sns_service::log_function& log)
    : sqs_(region, id), sns_(region, id, queues, log) {}

bool account::handle(exchange& call, const request_context& context, const reply_faults& faults, poll_id id) {
    if (call.service == "sns") {
        sns_.handle(call.action, *call.parameters, *call.reply, context);
        return false;
    }
    auto waits = sqs_.handle(call.action, *call.parameters, *call.reply, context);
    if (!waits) return false;
    const auto deadline = context.now + std::chrono::seconds(waits->wait_seconds);
    polls_.add(id, {std::move(call), std::move(*waits), deadline, faults});
    return true;
}

void account::serve_polls(time_point now) {
    // Serving may touch others: dead-letter queues.
    for (auto names = sqs_.take_touched(); !names.empty(); names = sqs_.take_touched()) {
        for (const std::string& name : names) serve_polls_at(name, now);
    }
}

void account::settle(time_point now) {
    sqs_.advance(now);
    serve_polls(now);
    while (const auto name = polls_.take_due_queue(now)) serve_polls_at(*name, now);
    while (const auto id = polls_.first_ended(now)) finish(*id, {});
    serve_polls(now);
}

std::optional<time_point> account::next_event() const {
    const auto of_polls = polls_.next_event();
    const auto of_queues = sqs_.next_event();
    if (!of_polls || !of_queues) return of_polls ? of_polls : of_queues;
    return std::min(*of_polls, *of_queues);
}

void account::serve_polls_at(const std::string& queue_name, time_point now) {
    while (const auto id = polls_.first_at(queue_name)) {
        try {
            auto messages = sqs_.receive(polls_.at(*id).request, now);
            if (messages.empty()) break;
            finish(*id, std::move(messages));
        } catch (const fault& why) { // the queue is gone
            refuse(*id, why);
        }
    }
    const queue* const left = sqs_.find_queue(queue_name);
    polls_.wake_at(queue_name, left == nullptr ? std::nullopt : left->next_visible());
}

void account::finish(poll_id id, std::vector<received> messages) {
    auto poll = polls_.take(id);
    if (!poll) return;
    sqs_service::write_received(*poll->call.reply, poll->request, std::move(messages));
    ended_.push_back({id, std::move(*poll), std::nullopt});
}

void account::refuse(poll_id id, const fault& why) {
    auto poll = polls_.take(id);
    if (poll) ended_.push_back({id, std::move(*poll), why});
}

std::vector<ended_poll> account::take_ended() { return std::exchange(ended_, {}); }

void account::forget(poll_id id) {
    if (polls_.contains(id) && polls_.at(id).faults.outlives_client) return;
    polls_.take(id);
}

bool account::expire_visibility(std::string_view queue_name, time_point now) {
    queue* const of = sqs_.find_queue(queue_name);
    if (of == nullptr) return false;
    of->expire_visibility(now);
    serve_polls_at(of->name(), now);
    serve_polls(now);
    return true;
}

} // namespace sluice::local
