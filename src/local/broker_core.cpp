#include "local/broker_core.hpp"

#include "local/fault.hpp"
#include "local/json_wire.hpp"
#include "local/query_wire.hpp"

#include <algorithm>
#include <utility>

namespace sluice::local {
namespace {

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
    return call.method == "GET" && call.header("Authorization").empty() && action != form.end() &&
           action->second == "Unsubscribe";
}

/// What the way to the client makes of an answer.
void spoil(http_answer& answer, const reply_faults& faults) {
    answer.fate = faults.fate;
    answer.ending = faults.ending;
    if (!faults.garbage_body) return;
    answer.status = 200;
    answer.query_error.clear();
    answer.body = "\x01\x02<garbage>{\xFF";
}

/// The name of the queue or topic that a request is about, however it is given.
std::string resource_of(const accepted_call& accepted) {
    for (const char* member : {"QueueUrl", "TopicArn", "TargetArn", "QueueName", "Name"}) {
        if (const auto value = accepted.call.parameters->text(member)) {
            return value->substr(value->find_last_of("/:") + 1); // npos + 1 is 0
        }
    }
    return accepted.context.path.substr(accepted.context.path.rfind('/') + 1);
}

/// Ids of delayed answers are apart from those of polls.
constexpr poll_id first_delayed = poll_id(1) << 63U;

} // namespace

broker_core::broker_core(const broker_options& options)
    : access_(options.keys, options.region, options.verify_signatures), region_(options.region),
      account_id_(options.account_id), log_(options.log),
      account_(std::make_unique<account>(region_, account_id_, log_, 0)), last_delayed_(first_delayed) {}

std::variant<accepted_call, http_answer> broker_core::accept(const http_call& call, time_point now,
                                                             time_point shown) const {
    const std::string_view target = call.header("X-Amz-Target");
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
        accepted.context.host = call.header("Host");
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
    fault_plan::request_faults met;
    if (!faults_.empty()) {
        const std::string resource = resource_of(accepted);
        met = faults_.for_request({accepted.call.service, accepted.call.action, resource});
        if (met.expire_visibility) expire_visibility(resource, now);
    }
    call_outcome outcome;
    if (met.restart) {
        outcome.restart = met.restart;
        met.dropped = connection_end::closed;
    }
    if (met.dropped) {
        met.reply.fate = reply_fate::dropped;
        met.reply.ending = *met.dropped;
        outcome.answer.emplace();
    } else if (met.refusal) {
        outcome.answer = refusal(*met.refusal, accepted.call.json, accepted.call.service);
    } else {
        if (met.concerns_entries()) {
            accepted.call.reply->before_entry = [&met](std::size_t index) {
                if (const auto why = met.for_entry(index)) throw *why;
            };
        }
        outcome = apply(std::move(accepted), met);
        account_->serve_polls(now);
        collect_ended(now);
    }
    if (!outcome.answer) return outcome;
    if (met.reply.delay > met.reply.delay.zero() && !outcome.restart) {
        outcome.poll = ++last_delayed_;
        hand_over(outcome.poll, std::move(*std::exchange(outcome.answer, std::nullopt)), met.reply, now);
    } else {
        spoil(*outcome.answer, met.reply);
    }
    return outcome;
}

call_outcome broker_core::apply(accepted_call accepted, const fault_plan::request_faults& faults) {
    exchange& call = accepted.call;
    const bool json = call.json;
    const std::string service = call.service;
    call_outcome outcome;
    try {
        if (call.action.empty()) {
            throw make_fault("MissingAction", "MissingAction", "The request must contain the parameter Action.");
        }
        if (service == "sts" && call.action == "GetCallerIdentity") identify_caller(*call.reply);
        else if (service == "sts") throw invalid_action(call.action);
        else if (const auto waits = account_->handle(call, accepted.context, faults.reply)) outcome.poll = *waits;
        if (outcome.poll == 0) outcome.answer = success(call);
    } catch (const fault& why) {
        outcome.answer = refusal(why, json, service);
    }
    return outcome;
}

void broker_core::identify_caller(output& reply) const {
    reply.text("Arn", "arn:aws:iam::" + account_id_ + ":root");
    reply.text("UserId", account_id_);
    reply.text("Account", account_id_);
}

std::string broker_core::arn(std::string_view service, std::string_view name) const {
    return "arn:aws:" + std::string(service) + ":" + region_ + ":" + account_id_ + ":" + std::string(name);
}

void broker_core::advance(time_point now) {
    // A poll that ended before a message showed must not get it, however far the clock was moved in one go.
    while (const auto next = next_event()) {
        if (*next > now) return;
        settle_what_is_due(*next);
    }
}

std::optional<time_point> broker_core::next_event() const {
    const auto poll = account_->next_event();
    const auto answer = delayed_.next_event();
    if (poll && answer) return std::min(*poll, *answer);
    return poll ? poll : answer;
}

void broker_core::settle_what_is_due(time_point now) {
    account_->settle(now);
    collect_ended(now);
    delayed_.take_due(now, finished_);
}

void broker_core::collect_ended(time_point now) {
    for (ended_poll& one : account_->take_ended()) {
        exchange& call = one.poll.call;
        hand_over(one.id, one.failure ? refusal(*one.failure, call.json, call.service) : success(call), one.poll.faults,
                  now);
    }
}

void broker_core::hand_over(poll_id id, http_answer answer, const reply_faults& faults, time_point now) {
    spoil(answer, faults);
    if (faults.delay > faults.delay.zero()) delayed_.add(now + faults.delay, {id, std::move(answer)});
    else finished_.push_back({id, std::move(answer)});
}

std::vector<finished_poll> broker_core::take_finished() { return std::exchange(finished_, {}); }

void broker_core::forget(poll_id id) {
    account_->forget(id);
    delayed_.forget(id);
}

void broker_core::restart(restart_memory memory) {
    account_->forget_polls();
    delayed_.clear();
    finished_.clear();
    // Ids go on: who waited before must not be taken for who waits after.
    if (memory == restart_memory::lost) {
        account_ = std::make_unique<account>(region_, account_id_, log_, account_->last_poll());
    }
}

bool broker_core::expire_visibility(std::string_view queue_name, time_point now) {
    const bool known = account_->expire_visibility(queue_name, now);
    collect_ended(now);
    return known;
}

} // namespace sluice::local
