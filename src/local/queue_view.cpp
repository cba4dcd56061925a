// A look at a queue and its messages that changes nothing.
#include "local/queue.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

std::string shown_state(message_state state) {
    switch (state) {
    case message_state::visible: return "visible";
    case message_state::delayed: return "delayed";
    case message_state::in_flight: break;
    }
    return "in flight";
}

} // namespace

queue_status queue::status(time_point now) {
    queue_status seen;
    seen.attributes = attributes(now);
    seen.name = name_;
    seen.arn = arn_;
    seen.fifo = is_fifo();
    seen.counts = ledger(now);
    if (!messages_.empty()) {
        auto oldest = messages_.begin()->second.sent;
        if (!taken_over_.empty()) oldest = std::min(oldest, taken_over_.begin()->first);
        seen.oldest_age = std::chrono::duration_cast<std::chrono::milliseconds>(now - oldest);
    }
    seen.sent = rate_of(sent_, now);
    seen.received = rate_of(received_, now);
    seen.deleted = rate_of(deleted_, now);
    if (const auto& redrive = settings_.redrive()) {
        seen.dead_letter_arn = redrive->target_arn;
        seen.max_receive_count = redrive->max_receive_count;
    }
    return seen;
}

queue_peek queue::peek(const peek_query& wanted, time_point now) {
    queue_peek seen;
    seen.now = now;
    advance(now);
    if (wanted.only) {
        const auto one = messages_.find(*wanted.only);
        if (one != messages_.end()) seen.messages.push_back(peeked(one->first, one->second, wanted));
        return seen;
    }
    for (auto one = messages_.upper_bound(wanted.after); one != messages_.end(); ++one) {
        if (seen.messages.size() == wanted.size) {
            if (!seen.messages.empty()) seen.next = seen.messages.back().number;
            break;
        }
        seen.messages.push_back(peeked(one->first, one->second, wanted));
    }
    return seen;
}

peeked_message queue::peeked(number which, const stored& message, const peek_query& wanted) {
    peeked_message seen;
    seen.number = which;
    seen.message_id = message.message_id;
    seen.sender = message.sender;
    seen.state = shown_state(message.state);
    if (message.state != message_state::visible) seen.visible_at = message.hidden_until;
    seen.sent = message.sent;
    seen.first_received = message.first_received;
    seen.receive_count = message.receive_count;
    seen.group = message.content.group.value_or("");
    seen.deduplication_id = message.content.deduplication_id.value_or("");
    seen.sequence_number = message.sequence_number;
    seen.trace_header = message.content.trace_header.value_or("");
    seen.source_arn = message.source_arn;
    seen.body = beginning_of(message.content.body, wanted.body_bytes);
    seen.body_bytes = message.content.body.size();
    for (const attribute& one : message.content.attributes) {
        seen.attribute_bytes.push_back(one.value.size());
        attribute copy;
        copy.name = one.name;
        copy.type = one.type;
        copy.value = one.is_binary() ? one.value.substr(0, wanted.attribute_bytes)
                                     : std::string(beginning_of(one.value, wanted.attribute_bytes));
        seen.attributes.push_back(std::move(copy));
    }
    return seen;
}

} // namespace sluice::local
