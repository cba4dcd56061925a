#include "local/account.hpp"

#include <algorithm>
#include <utility>

namespace sluice::local {

account::account(const std::string& region, const std::string& id, sns_surroundings& shared, journal* changes)
    : sqs_(region, id, record_place(changes, "sqs/" + region + "/" + id)),
      sns_(region, id, shared, record_place(changes, "sns/" + region + "/" + id)) {}

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
    sns_.advance(now);
    serve_polls(now);
    while (const auto name = polls_.take_due_queue(now)) serve_polls_at(*name, now);
    while (const auto id = polls_.first_ended(now)) finish(*id, {});
    serve_polls(now);
}

std::optional<time_point> account::next_event() const {
    std::optional<time_point> first;
    for (const auto& one : {polls_.next_event(), sqs_.next_event(), sns_.next_event()}) {
        if (one) first = std::min(first.value_or(*one), *one);
    }
    return first;
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

place_status account::status(page_selection& queues, page_selection& topics, time_point now) {
    place_status found;
    found.queues = sqs_.status(queues, now);
    for (queue_status& one : found.queues) one.waiting_polls = polls_.count_at(one.name);
    found.topics = sns_.status(topics, now);
    return found;
}

std::optional<queue_peek> account::peek(const peek_query& wanted, time_point now) {
    auto found = sqs_.peek(wanted, now);
    if (found) found->queue.waiting_polls = polls_.count_at(wanted.queue);
    return found;
}

std::vector<ended_poll> account::take_ended() { return std::exchange(ended_, {}); }

void account::forget(poll_id id) {
    if (polls_.contains(id) && polls_.at(id).faults.outlives_client) return;
    polls_.take(id);
}

void account::restore(std::string_view service, std::string_view key, const record_reader& record) {
    if (service == "sqs") sqs_.restore(key, record);
    else if (service == "sns") sns_.restore(key, record);
    else throw damaged_record("nothing is kept under this key");
}

void account::erase_records() const {
    sqs_.erase_records();
    sns_.erase_records();
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
