#include "local/broker_core.hpp"

#include "local/fault.hpp"
#include "local/json_wire.hpp"
#include "local/query_wire.hpp"

#include <utility>

namespace sluice::local {
namespace {

std::string_view header_of(const http_call& call, std::string_view name) {
    for (const sigv4::header& one : call.headers) {
        if (equal_ignoring_case(one.name, name)) return one.value;
    }
    return {};
}

std::string_view content_type_of(bool json) { return json ? "application/x-amz-json-1.0" : "text/xml"; }

http_answer success(exchange& call) {
    http_answer answer;
    answer.request_id = make_uuid();
    answer.content_type = content_type_of(call.json);
    answer.body = call.reply->finish(answer.request_id);
    return answer;
}

http_answer refusal(const fault& why, bool json, std::string_view service) {
    http_answer answer;
    answer.status = why.status;
    answer.request_id = make_uuid();
    answer.content_type = content_type_of(json);
    answer.body = json ? json_error_body(why) : query_error_body(why, service, answer.request_id);
    if (json) answer.query_error = why.code + (why.status >= 500 ? ";Receiver" : ";Sender");
    return answer;
}

/// The one call that needs no signature: envelopes carry its URL for whoever reads them.
bool is_open_to_all(const http_call& call, const std::map<std::string, std::string>& form) {
    const auto action = form.find("Action");
    return call.method == "GET" && header_of(call, "Authorization").empty() && action != form.end() &&
           action->second == "Unsubscribe";
}

} // namespace

broker_core::broker_core(const broker_options& options)
    : access_(options.keys, options.region, options.verify_signatures), account_id_(options.account_id),
      sqs_(options.region, options.account_id), sns_(options.region, options.account_id, sqs_, options.log) {}

std::variant<accepted_call, http_answer> broker_core::accept(const http_call& call, time_point now,
                                                             time_point shown) const {
    const std::string_view target = header_of(call, "X-Amz-Target");
    const bool json = !target.empty();
    std::string service = "sqs"; // until it is known better: errors carry its XML namespace
    try {
        std::map<std::string, std::string> form;
        if (!json) form = parse_form(call.body.empty() ? call.query : call.body);
        const bool open = !json && is_open_to_all(call, form);
        if (open) {
            service = "sns";
        } else {
            sigv4::request_view request;
            request.method = call.method;
            request.path = call.path;
            request.query = call.query;
            request.headers = call.headers;
            request.payload = call.body;
            const std::string signed_service = access_.check(request, shown);
            if (!signed_service.empty()) service = signed_service;
        }
        accepted_call accepted;
        accepted.call = json ? make_json_exchange(target, call.body) : make_query_exchange(std::move(form), service);
        if (!open) access_.check_service(service, accepted.call.service);
        accepted.context.now = now;
        accepted.context.host = header_of(call, "Host");
        accepted.context.path = call.path;
        accepted.context.sender = account_id_;
        return accepted;
    } catch (const fault& why) {
        return refusal(why, json, service);
    }
}

call_outcome broker_core::carry_out(accepted_call accepted, time_point now) {
    advance(now); // who waits already comes before this call
    accepted.context.now = now;
    call_outcome outcome;
    try {
        auto waits = dispatch(accepted);
        if (waits) {
            const auto deadline = now + std::chrono::seconds(waits->wait_seconds);
            outcome.poll = polls_.add({std::move(accepted.call), std::move(*waits), deadline});
        } else {
            outcome.answer = success(accepted.call);
        }
    } catch (const fault& why) {
        outcome.answer = refusal(why, accepted.call.json, accepted.call.service);
    }
    for (const std::string& name : sqs_.take_touched()) serve_polls_of(name, now);
    return outcome;
}

std::optional<receive_request> broker_core::dispatch(const accepted_call& accepted) {
    const exchange& call = accepted.call;
    if (call.action.empty()) {
        throw make_fault("MissingAction", "MissingAction", "The request must contain the parameter Action.");
    }
    if (call.service == "sqs") return sqs_.handle(call.action, *call.parameters, *call.reply, accepted.context);
    if (call.service == "sns") sns_.handle(call.action, *call.parameters, *call.reply, accepted.context);
    else if (call.action == "GetCallerIdentity") identify_caller(*call.reply);
    else throw invalid_action(call.action);
    return std::nullopt;
}

void broker_core::identify_caller(output& reply) const {
    reply.text("Arn", "arn:aws:iam::" + account_id_ + ":root");
    reply.text("UserId", account_id_);
    reply.text("Account", account_id_);
}

void broker_core::advance(time_point now) {
    // A poll that ended before a message showed must not get it, however far the clock was moved in one go.
    while (const auto next = next_event()) {
        if (*next > now) return;
        settle_what_is_due(*next);
    }
}

void broker_core::settle_what_is_due(time_point now) {
    while (const auto name = polls_.take_due_queue(now)) serve_polls_of(*name, now);
    while (const auto id = polls_.first_ended(now)) finish(*id, {});
}

void broker_core::serve_polls_of(const std::string& queue_name, time_point now) {
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

void broker_core::finish(poll_id id, std::vector<received> messages) {
    auto poll = polls_.take(id);
    if (!poll) return;
    sqs_service::write_received(*poll->call.reply, poll->request, std::move(messages));
    finished_.push_back({id, success(poll->call)});
}

void broker_core::refuse(poll_id id, const fault& why) {
    const auto poll = polls_.take(id);
    if (poll) finished_.push_back({id, refusal(why, poll->call.json, poll->call.service)});
}

std::vector<finished_poll> broker_core::take_finished() { return std::exchange(finished_, {}); }

} // namespace sluice::local
