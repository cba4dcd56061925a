#include "local/fault_plan.hpp"

#include "protocol/limits.hpp"

#include <algorithm>
#include <stdexcept>

namespace sluice::local {
namespace {

constexpr std::chrono::milliseconds longest_delay = std::chrono::hours(24);

void require(bool condition, const std::string& what, const std::string& rule) {
    if (!condition) throw std::invalid_argument("fault rule: " + what + " " + rule);
}

bool has_only(std::string_view text, std::string_view also) {
    return std::ranges::all_of(text, [also](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != std::string_view::npos;
    });
}

bool is_well_known(int status) { return status == 500 || status == 503; }

fault throttled(std::string_view service) {
    // Source: the service models of SQS and SNS; STS has no code of its own for it.
    if (service == "sqs") return make_fault("RequestThrottled", "RequestThrottled", "Request is throttled.", 403);
    if (service == "sns") return make_fault("Throttled", "ThrottledException", "Rate exceeded", 429);
    return make_fault("Throttling", "ThrottlingException", "Rate exceeded");
}

fault stated(const fault_rule& rule) {
    fault made = make_fault(rule.code, rule.code, rule.message, rule.status);
    if (made.code.empty()) {
        made.code = rule.status == 503 ? "ServiceUnavailable" : "InternalError";
        made.type = rule.status == 503 ? "ServiceUnavailableException" : "InternalFailure";
    }
    if (made.message.empty()) made.message = "A fault rule of the embedded broker wants this failure.";
    return made;
}

bool matches(const fault_rule& rule, const request_kind& request) {
    return rule.kind != fault_kind::refuse_connection &&
           (rule.operation == "*" || rule.operation == request.operation) &&
           (rule.at.empty() || rule.at == request.resource);
}

bool is_of_entries(fault_kind kind) { return kind == fault_kind::throttle_entry || kind == fault_kind::fail_entry; }

} // namespace

void check_rule(const fault_rule& rule) {
    require(rule.operation == "*" || (!rule.operation.empty() && has_only(rule.operation, "")),
            "operation \"" + rule.operation + "\"", "must be the name of an operation, or * for all");
    require(rule.probability > 0 && rule.probability <= 1, "probability " + std::to_string(rule.probability),
            "must be above 0 and at most 1");
    require(rule.entry <= limits::batch_entries, "entry " + std::to_string(rule.entry),
            "must be from 1 to 10, or 0 for each");
    require(rule.delay >= rule.delay.zero() && rule.delay <= longest_delay,
            "delay of " + std::to_string(rule.delay.count()) + " ms", "must be from 0 to one day");
    require(rule.kind != fault_kind::refuse_connection || (rule.operation == "*" && rule.at.empty()),
            "operation \"" + rule.operation + "\"",
            "cannot be named for a connection that ends before a request is read");
    if (rule.kind != fault_kind::fail && rule.kind != fault_kind::fail_entry) return;
    require(rule.status >= 400 && rule.status <= 599, "status " + std::to_string(rule.status),
            "must be from 400 to 599");
    // It goes into a header of the reply.
    require(has_only(rule.code, "._-#:"), "code \"" + rule.code + "\"",
            "must be made of letters, digits and . _ - # :");
    require(!rule.code.empty() || is_well_known(rule.status), "status " + std::to_string(rule.status),
            "needs a code: only 500 and 503 have well-known ones");
}

bool fault_plan::rule_state::counts() {
    ++listed.seen;
    const fault_rule& rule = listed.rule;
    if (rule.nth == 0) return rule.times == 0 || listed.applied < rule.times;
    return listed.seen >= rule.nth && listed.seen - rule.nth < std::max<std::uint64_t>(rule.times, 1);
}

bool fault_plan::rule_state::strikes() {
    const fault_rule& rule = listed.rule;
    if (rule.nth == 0 && rule.times != 0 && listed.applied >= rule.times) return false;
    // 53 bits, as std::uniform_real_distribution may differ from library to library.
    constexpr double one = 9007199254740992.0;
    if (rule.probability < 1 && static_cast<double>(dice() >> 11U) / one >= rule.probability) return false;
    ++listed.applied;
    return true;
}

fault_id fault_plan::add(fault_rule rule) {
    check_rule(rule);
    rule_state state;
    state.dice.seed(rule.seed);
    state.listed.id = ++last_id_;
    state.listed.rule = std::move(rule);
    rules_.push_back(std::move(state));
    return last_id_;
}

bool fault_plan::remove(fault_id id) {
    return std::erase_if(rules_, [id](const rule_state& one) { return one.listed.id == id; }) > 0;
}

std::vector<listed_fault> fault_plan::list() const {
    std::vector<listed_fault> all;
    for (const rule_state& one : rules_) all.push_back(one.listed);
    return all;
}

fault_plan::request_faults fault_plan::for_request(const request_kind& request) {
    request_faults met;
    met.service_ = request.service;
    const auto set_fate = [&met](reply_fate fate, connection_end ending) {
        if (met.reply.fate != reply_fate::whole) return;
        met.reply.fate = fate;
        met.reply.ending = ending;
    };
    for (rule_state& one : rules_) {
        const fault_rule& rule = one.listed.rule;
        if (!matches(rule, request) || !one.counts()) continue;
        if (is_of_entries(rule.kind)) {
            met.entry_rules_.push_back(&one);
            continue;
        }
        if (!one.strikes()) continue;
        switch (rule.kind) {
        case fault_kind::throttle:
            if (!met.refusal) met.refusal = throttled(request.service);
            break;
        case fault_kind::fail:
            if (!met.refusal) met.refusal = stated(rule);
            break;
        case fault_kind::drop_request:
            if (!met.dropped) met.dropped = rule.ending;
            break;
        case fault_kind::restart:
            if (!met.restart) met.restart = rule.memory;
            break;
        case fault_kind::drop_reply: set_fate(reply_fate::dropped, rule.ending); break;
        case fault_kind::cut_reply: set_fate(reply_fate::cut, rule.ending); break;
        case fault_kind::garbage_reply: set_fate(reply_fate::garbage, connection_end::closed); break;
        case fault_kind::garbage_body: met.reply.garbage_body = true; break;
        case fault_kind::delay_reply: met.reply.delay = std::max(met.reply.delay, rule.delay); break;
        case fault_kind::expire_visibility: met.expire_visibility = true; break;
        case fault_kind::outlive_client: met.reply.outlives_client = true; break;
        case fault_kind::throttle_entry:
        case fault_kind::fail_entry:
        case fault_kind::refuse_connection: break; // not of a request as a whole
        }
    }
    return met;
}

std::optional<fault> fault_plan::request_faults::for_entry(std::size_t index) {
    for (rule_state* const one : entry_rules_) {
        const fault_rule& rule = one->listed.rule;
        if (rule.entry != 0 && rule.entry != index + 1) continue;
        if (!one->strikes()) continue;
        return rule.kind == fault_kind::throttle_entry ? throttled(service_) : stated(rule);
    }
    return std::nullopt;
}

std::optional<connection_end> fault_plan::for_connection() {
    std::optional<connection_end> end;
    for (rule_state& one : rules_) {
        if (one.listed.rule.kind != fault_kind::refuse_connection || !one.counts() || !one.strikes()) continue;
        if (!end) end = one.listed.rule.ending;
    }
    return end;
}

} // namespace sluice::local
