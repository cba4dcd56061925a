#include "local/broker_core.hpp"

#include "local/call_facts.hpp"
#include "local/fault.hpp"
#include "local/json_wire.hpp"
#include "local/query_wire.hpp"
#include "local/refusal.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::local {
namespace {

http_answer success(exchange& call) {
    http_answer answer;
    answer.request_id = make_uuid();
    answer.content_type = content_type_of(call.json);
    answer.body = call.reply->finish(answer.request_id);
    return answer;
}

/// The service of a call that needs no signature: envelopes carry the URL of one for whoever reads them, and the others
/// are how programs without keys get some. Empty: it needs one.
std::string_view service_open_to_all(const http_call& call, const form& given) {
    const std::string_view action = given.text("Action");
    if (action.empty() || !call.header("Authorization").empty()) return {};
    if (call.method == "GET" && action == "Unsubscribe") return "sns";
    if (action == "ConfirmSubscription" && given.text("AuthenticateOnUnsubscribe") != "true") return "sns";
    if (action == "AssumeRoleWithWebIdentity" || action == "AssumeRoleWithSAML") return "sts";
    return {};
}

/// Where the certificates of signatures are fetched, by anybody.
std::optional<http_answer> certificate_answer(const http_call& call, const sns_signer& signer) {
    if (call.method != "GET") return std::nullopt;
    auto certificate = signer.certificate_at(call.path);
    if (!certificate) return std::nullopt;
    http_answer answer;
    answer.request_id = make_uuid();
    answer.content_type = "application/x-pem-file";
    answer.body = std::move(*certificate);
    return answer;
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

bool is_account_id(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_region(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// Throws std::invalid_argument. They become parts of ARNs and URLs.
broker_options checked(broker_options options) {
    const auto require = [](bool condition, const std::string& what, const char* rule) {
        if (!condition) throw std::invalid_argument("embedded broker: " + what + " " + rule);
    };
    constexpr const char* account_rule = "must be 12 digits";
    constexpr const char* region_rule = "must be made of a-z, 0-9 and -";
    require(is_account_id(options.account_id), "account id \"" + options.account_id + "\"", account_rule);
    require(is_region(options.region), "region \"" + options.region + "\"", region_rule);
    for (const std::string& one : options.more_regions) require(is_region(one), "region \"" + one + "\"", region_rule);
    for (const access_key& one : options.keys) {
        require(!one.id.empty() && !one.secret.empty(), "key \"" + one.id + "\"", "must have an id and a secret");
        require(one.account_id.empty() || is_account_id(one.account_id),
                "account id \"" + one.account_id + "\" of key \"" + one.id + "\"", account_rule);
    }
    return options;
}

/// Whose topic or subscription a link is about: region and account, from the ARN in it.
void find_owner(const form& given, signed_claim& claim) {
    for (const char* name : {"SubscriptionArn", "TopicArn"}) {
        const auto named = given.find(name);
        if (!named) continue;
        constexpr std::string_view start = "arn:aws:sns:";
        const std::string_view arn = *named;
        const auto end_of_region = arn.find(':', start.size());
        if (!arn.starts_with(start) || end_of_region == std::string_view::npos) return;
        const std::string_view region = arn.substr(start.size(), end_of_region - start.size());
        const std::string_view rest = arn.substr(end_of_region + 1);
        const std::string_view account = rest.substr(0, rest.find(':'));
        if (!is_region(region) || !is_account_id(account)) return;
        claim.region = region;
        claim.caller = key_ring::root_of(std::string(account));
        return;
    }
}

std::vector<std::string> regions_of(const broker_options& options) {
    std::vector<std::string> all{options.region};
    all.insert(all.end(), options.more_regions.begin(), options.more_regions.end());
    return all;
}

/// Before anything was done.
fault storage_is_closed(const std::string& why) {
    return make_fault("ServiceUnavailable", "ServiceUnavailable",
                      "The broker cannot store anything, so this was not carried out: " + why, 503);
}

/// It was done, and may be stored later.
fault not_stored(const std::string& why) {
    return make_fault("InternalFailure", "InternalFailure",
                      "The broker could not store what this changed, so it may or may not last: " + why, 500);
}

} // namespace

broker_core::broker_core(const broker_options& options)
    : keys_(checked(options).keys, options.account_id),
      access_(keys_, regions_of(options), key_ring::root_of(options.account_id), options.verify_signatures),
      sts_(keys_), region_(options.region), account_id_(options.account_id),
      signer_(options.signing_certificate, options.signing_key) {
    sns_shared_.log = options.log;
    sns_shared_.queues_at = [this](std::string_view arn) { return queues_at(arn); };
    if (options.sign_messages) sns_shared_.signer = &signer_;
    if (!options.storage) return;
    gate_ = std::make_unique<storage_gate>(options.storage, options.log);
    restore();
}

std::variant<accepted_call, http_answer> broker_core::accept(const http_call& call, time_point now,
                                                             time_point shown) const {
    if (auto certificate = certificate_answer(call, signer_)) return std::move(*certificate);
    const std::string_view target = call.header("X-Amz-Target");
    const bool json = !target.empty();
    std::string service = "sqs"; // until it is known better: errors carry its XML namespace
    try {
        form given;
        if (!json) given = form(call.body.empty() ? call.query : call.body);
        const std::string_view open = json ? std::string_view() : service_open_to_all(call, given);
        signed_claim claim{{}, region_, key_ring::root_of(account_id_)};
        if (!open.empty()) {
            service = open;
            if (service == "sns") find_owner(given, claim);
        } else {
            sigv4::request_view request;
            request.method = call.method;
            request.path = call.path;
            request.query = call.query;
            request.headers = call.headers;
            request.payload = call.body;
            claim = access_.check(request, now, shown);
            if (!claim.service.empty()) service = claim.service;
        }
        accepted_call accepted;
        accepted.call = json ? make_json_exchange(target, call.body) : make_query_exchange(std::move(given), service);
        if (open.empty()) access_.check_service(service, accepted.call.service);
        accepted.context.now = now;
        accepted.context.host = call.header("Host");
        accepted.context.secure = call.secure;
        accepted.context.path = call.path;
        accepted.context.sender = claim.caller.user_id;
        accepted.context.authenticated = open != "sns";
        accepted.context.account_id = claim.caller.account_id;
        accepted.context.caller_arn = claim.caller.arn;
        accepted.region = std::move(claim.region);
        accepted.caller = std::move(claim.caller);
        return accepted;
    } catch (const fault& why) {
        return refusal(why, json, service);
    }
}

call_outcome broker_core::carry_out(accepted_call accepted, time_point now) {
    advance(now); // who waits already comes before this call
    accepted.context.now = now;
    account& of = account_for(accepted);
    fault_plan::request_faults met;
    if (!faults_.empty()) {
        const std::string resource = resource_of(accepted);
        met = faults_.for_request({accepted.call.service, accepted.call.action, resource});
        if (met.expire_visibility) of.expire_visibility(resource, now);
    }
    const bool json = accepted.call.json;
    const std::string service = gate_ ? accepted.call.service : std::string();
    const bool reads = gate_ && only_reads(service, accepted.call.action);
    std::optional<std::string> closed;
    if (gate_ && !reads) closed = gate_->closed(now);
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
    } else if (closed) {
        outcome.answer = refusal(storage_is_closed(*closed), json, service);
    } else {
        if (met.concerns_entries()) {
            accepted.call.reply->before_entry = [&met](std::size_t index) {
                if (const auto why = met.for_entry(index)) throw *why;
            };
        }
        outcome = apply(of, std::move(accepted), met);
        for (auto& [place, one] : accounts_) one.serve_polls(now); // a topic may have delivered to any of them
    }
    collect_ended(now);
    if (!outcome.answer) return outcome;
    // A read may show what is not stored yet; when the storage fails, it is better than nothing.
    if (gate_ && gate_->has_news() && !outcome.restart && !closed && !(reads && gate_->fails())) {
        outcome.poll = ++last_poll_;
        outcome.soon = met.reply.delay == met.reply.delay.zero();
        held_.push_back(
            {outcome.poll, std::move(*std::exchange(outcome.answer, std::nullopt)), met.reply, json, service});
        return outcome;
    }
    if (met.reply.delay > met.reply.delay.zero() && !outcome.restart) {
        outcome.poll = ++last_poll_;
        hand_over(outcome.poll, std::move(*std::exchange(outcome.answer, std::nullopt)), met.reply, now);
    } else {
        spoil(*outcome.answer, met.reply);
    }
    return outcome;
}

call_outcome broker_core::apply(account& of, accepted_call accepted, const fault_plan::request_faults& faults) {
    exchange& call = accepted.call;
    const bool json = call.json;
    const std::string service = call.service;
    call_outcome outcome;
    try {
        if (call.action.empty()) {
            throw make_fault("MissingAction", "MissingAction", "The request must contain the parameter Action.");
        }
        if (service == "sts") {
            sts_.handle(call.action, *call.parameters, *call.reply, accepted.caller, accepted.context.now);
        } else if (of.handle(call, accepted.context, faults.reply, last_poll_ + 1)) {
            outcome.poll = ++last_poll_;
            return outcome;
        }
        outcome.answer = success(call);
    } catch (const fault& why) {
        outcome.answer = refusal(why, json, service);
    }
    return outcome;
}

account& broker_core::account_of(const std::string& region, const std::string& id) {
    journal* const changes = gate_ ? &gate_->changes() : nullptr;
    return accounts_.try_emplace({region, id}, region, id, sns_shared_, changes).first->second;
}

sqs_service* broker_core::queues_at(std::string_view queue_arn) {
    constexpr std::string_view lead = "arn:aws:sqs:";
    if (!queue_arn.starts_with(lead)) return nullptr;
    queue_arn.remove_prefix(lead.size());
    const auto region_end = queue_arn.find(':');
    const auto account_end = queue_arn.find(':', region_end + 1); // npos + 1 is 0
    if (account_end == std::string_view::npos || account_end <= region_end) return nullptr;
    const auto found = accounts_.find({std::string(queue_arn.substr(0, region_end)),
                                       std::string(queue_arn.substr(region_end + 1, account_end - region_end - 1))});
    return found == accounts_.end() ? nullptr : &found->second.queues();
}

account& broker_core::account_for(const accepted_call& accepted) {
    const bool known = accounts_.contains({accepted.region, accepted.caller.account_id});
    // A link that anybody may follow makes no account: there is nothing of it to be found anyway.
    if (!known && !accepted.context.authenticated) return account_of(region_, account_id_);
    if (accepted.call.service == "sqs") {
        const std::string owner =
            sqs_service::owner_of(accepted.call.action, *accepted.call.parameters, accepted.context);
        if (!owner.empty() && owner != accepted.caller.account_id) {
            const auto found = accounts_.find({accepted.region, owner});
            if (found != accounts_.end()) return found->second;
        }
    }
    return account_of(accepted.region, accepted.caller.account_id);
}

std::map<std::string, queue_ledger> broker_core::ledger(time_point now) {
    std::map<std::string, queue_ledger> all;
    for (auto& [place, one] : accounts_) {
        const bool own = place.first == region_ && place.second == account_id_;
        for (const auto& [name, queue] : one.ledger(now)) all.emplace(own ? name : one.queue_arn(name), queue);
    }
    return all;
}

broker_status broker_core::status(const status_query& wanted, time_point now) {
    advance(now);
    broker_status all;
    all.now = now;
    all.fault_rules = faults_.list().size();
    page_selection queues(wanted);
    page_selection topics(wanted);
    for (auto& [place, one] : accounts_) {
        place_status found = one.status(queues, topics, now);
        found.region = place.first;
        found.account = place.second;
        all.waiting_polls += one.poll_count();
        if (!found.queues.empty() || !found.topics.empty()) all.places.push_back(std::move(found));
    }
    all.queue_count = queues.matches();
    all.topic_count = topics.matches();
    return all;
}

std::optional<queue_peek> broker_core::peek(const peek_query& wanted, time_point now) {
    advance(now);
    const auto place = accounts_.find({wanted.region, wanted.account});
    if (place == accounts_.end()) return std::nullopt;
    auto found = place->second.peek(wanted, now);
    if (!found) return found;
    found->region = wanted.region;
    found->account = wanted.account;
    return found;
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
    auto next = delayed_.next_event();
    for (const auto& [place, one] : accounts_) {
        const auto of_account = one.next_event();
        if (of_account) next = std::min(next.value_or(*of_account), *of_account);
    }
    return next;
}

void broker_core::settle_what_is_due(time_point now) {
    for (auto& [place, one] : accounts_) one.settle(now);
    collect_ended(now);
    delayed_.take_due(now, finished_);
}

void broker_core::collect_ended(time_point now) {
    for (auto& [place, of] : accounts_) {
        for (ended_poll& one : of.take_ended()) {
            exchange& call = one.poll.call;
            auto answer = one.failure ? refusal(*one.failure, call.json, call.service) : success(call);
            if (gate_ && gate_->has_news()) {
                held_.push_back({one.id, std::move(answer), one.poll.faults, call.json, call.service});
            } else {
                hand_over(one.id, std::move(answer), one.poll.faults, now);
            }
        }
    }
}

void broker_core::hand_over(poll_id id, http_answer answer, const reply_faults& faults, time_point now) {
    spoil(answer, faults);
    if (faults.delay > faults.delay.zero()) delayed_.add(now + faults.delay, {id, std::move(answer)});
    else finished_.push_back({id, std::move(answer)});
}

void broker_core::commit(time_point now) {
    if (!gate_) return;
    const auto why = gate_->commit(now);
    for (held_answer& one : std::exchange(held_, {})) {
        auto answer = why ? refusal(not_stored(*why), one.json, one.service) : std::move(one.answer);
        hand_over(one.id, std::move(answer), one.faults, now);
    }
}

std::vector<endpoint_post> broker_core::take_posts() {
    std::vector<endpoint_post> all;
    for (auto& [place, one] : accounts_) {
        for (endpoint_post& post : one.take_posts()) all.push_back(std::move(post));
    }
    return all;
}

void broker_core::posted(std::uint64_t id, const post_result& how, time_point now) {
    advance(now);
    for (auto& [place, one] : accounts_) {
        if (!one.posted(id, how, now)) continue;
        one.serve_polls(now); // it may be a dead letter now
        break;
    }
    collect_ended(now);
}

std::vector<finished_poll> broker_core::take_finished() { return std::exchange(finished_, {}); }

void broker_core::forget(poll_id id) {
    for (auto& [place, one] : accounts_) one.forget(id);
    delayed_.forget(id);
    std::erase_if(held_, [id](const held_answer& one) { return one.id == id; });
}

void broker_core::restart(restart_memory memory) {
    for (auto& [place, one] : accounts_) one.forget_polls();
    if (memory == restart_memory::lost) {
        for (const auto& [place, one] : accounts_) one.erase_records();
        accounts_.clear();
    }
    delayed_.clear();
    held_.clear();
    finished_.clear();
}

bool broker_core::expire_visibility(std::string_view queue_name, time_point now) {
    bool known = false;
    for (auto& [place, one] : accounts_) known |= one.expire_visibility(queue_name, now);
    collect_ended(now);
    return known;
}

} // namespace sluice::local
