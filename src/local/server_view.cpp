// The server for those who look on: the log of requests, and what the status page shows.
#include "local/server.hpp"

#include <utility>

namespace sluice::local {

broker::server::observed broker::server::begin(const http_call& call) {
    observed request;
    request.began = std::chrono::steady_clock::now();
    request.record.time = std::chrono::system_clock::now();
    request.record.client = call.client;
    request.record.request_bytes = call.body.size();
    return request;
}

void broker::server::name(request_record& record, call_facts facts) {
    record.service = std::move(facts.service);
    record.operation = std::move(facts.operation);
    record.resource = std::move(facts.resource);
    record.region = std::move(facts.region);
    record.account = std::move(facts.account);
}

void broker::server::conclude(observed& request, const http_answer* answer) {
    if (!request.wanted()) return;
    request_record& record = request.record;
    record.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - request.began);
    if (answer == nullptr) return;
    if (answer->fate == reply_fate::whole) record.status = answer->status;
    record.code = answer->error_code;
    record.message = answer->error_message;
    record.request_id = answer->request_id;
    record.reply_bytes = answer->body.size();
}

void broker::server::note(observed request, aftermath& after) {
    if (!request.wanted()) return;
    activity_.note(request.record, clock_.now());
    if (options_.on_request) after.requests.push_back(std::move(request.record));
}

void broker::server::refused(std::string_view client, const http_answer& answer) {
    http_call unread;
    unread.client = client;
    if (!observes(unread)) return;
    observed request = begin(unread);
    conclude(request, &answer);
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        if (!stopped_) note(std::move(request), after);
    }
    settle(std::move(after));
}

broker_status broker::server::status(const status_query& wanted) {
    aftermath after;
    broker_status seen;
    {
        const std::lock_guard lock(mutex_);
        seen = core_.status(wanted, clock_.now());
        seen.endpoint = endpoint_;
        seen.uptime = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
        seen.ahead = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.ahead());
        seen.skewed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.skewed());
        seen.connections = connections_.size();
        activity_.report(seen);
        collect(after);
    }
    settle(std::move(after));
    return seen;
}

std::optional<queue_peek> broker::server::peek(const peek_query& wanted) {
    aftermath after;
    std::optional<queue_peek> seen;
    {
        const std::lock_guard lock(mutex_);
        seen = core_.peek(wanted, clock_.now());
        collect(after);
    }
    settle(std::move(after));
    return seen;
}

} // namespace sluice::local
