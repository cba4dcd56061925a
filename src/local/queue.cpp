#include "local/queue.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

std::chrono::seconds seconds_of(std::int64_t count) { return std::chrono::seconds(count); }

} // namespace

queue::queue(std::string name, std::string arn, const std::map<std::string, std::string>& attributes, time_point now)
    : name_(std::move(name)), arn_(std::move(arn)), identity_(make_uuid()), created_(now), modified_(now) {
    settings_.apply(attributes);
}

void queue::set_attributes(const std::map<std::string, std::string>& attributes, time_point now) {
    settings_.apply(attributes);
    modified_ = now;
}

std::map<std::string, std::string> queue::attributes(time_point now) {
    advance(now);
    auto all = settings_.texts();
    all["QueueArn"] = arn_;
    all["CreatedTimestamp"] = std::to_string(milliseconds_of(created_) / 1000);
    all["LastModifiedTimestamp"] = std::to_string(milliseconds_of(modified_) / 1000);
    all["ApproximateNumberOfMessages"] = std::to_string(visible_.size());
    all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(in_flight_);
    all["ApproximateNumberOfMessagesDelayed"] = std::to_string(hidden_.size() - in_flight_);
    return all;
}

sent_message queue::send(outgoing message, const std::string& sender, time_point now) {
    check_outgoing(message, settings_.max_message_bytes());
    sent_message receipt;
    receipt.message_id = make_uuid();
    receipt.md5_of_body = md5_of(message.body);
    receipt.md5_of_attributes = md5_of_attributes(message.attributes);
    if (message.trace_header) {
        receipt.md5_of_system_attributes = md5_of_attributes({{"AWSTraceHeader", "String", *message.trace_header}});
    }
    stored kept;
    kept.message_id = receipt.message_id;
    kept.sender = sender;
    kept.md5_of_body = receipt.md5_of_body;
    kept.sent = now;
    const auto delay = message.delay_seconds ? seconds_of(*message.delay_seconds) : settings_.delay();
    kept.content = std::move(message);
    const number which = ++last_number_;
    stored& added = messages_.emplace(which, std::move(kept)).first->second;
    if (delay > delay.zero()) hide(which, added, now + delay);
    else visible_.insert(which);
    ++totals_.entered;
    return receipt;
}

void queue::advance(time_point now) {
    while (!hidden_.empty() && hidden_.begin()->first <= now) {
        const number which = hidden_.begin()->second;
        show(which, messages_.at(which));
    }
    const auto oldest_allowed = now - settings_.retention();
    while (!messages_.empty() && messages_.begin()->second.sent <= oldest_allowed) {
        erase(messages_.begin()->first);
        ++totals_.expired;
    }
}

void queue::hide(number which, stored& message, time_point until) {
    visible_.erase(which);
    message.hidden_until = until;
    hidden_.emplace(until, which);
}

void queue::show(number which, stored& message) {
    hidden_.erase({message.hidden_until, which});
    if (message.in_flight) --in_flight_;
    message.in_flight = false;
    visible_.insert(which);
}

void queue::erase(number which) {
    const auto found = messages_.find(which);
    hidden_.erase({found->second.hidden_until, which});
    visible_.erase(which);
    if (found->second.in_flight) --in_flight_;
    messages_.erase(found);
}

std::vector<received> queue::receive(std::size_t max, std::optional<std::int64_t> visibility_seconds, bool long_poll,
                                     time_point now) {
    advance(now);
    std::vector<received> out;
    if (in_flight_ >= limits::in_flight_messages) {
        // As on AWS: a long poll waits for room, a short one says so.
        if (long_poll) return out;
        throw make_fault("OverLimit", "OverLimit", "Too many messages in flight.", 403);
    }
    const auto until = now + (visibility_seconds ? seconds_of(*visibility_seconds) : settings_.visibility());
    while (out.size() < max && !visible_.empty() && in_flight_ < limits::in_flight_messages) {
        const number which = *visible_.begin();
        stored& message = messages_.at(which);
        out.push_back(hand_out(which, message, now));
        hide(which, message, until);
        message.in_flight = true;
        ++in_flight_;
    }
    return out;
}

received queue::hand_out(number which, stored& message, time_point now) {
    ++message.receive_count;
    message.nonce = ++last_nonce_;
    message.last_received = now;
    if (!message.first_received) message.first_received = now;
    received copy;
    copy.message_id = message.message_id;
    copy.receipt_handle = make_handle(which, message.nonce);
    copy.body = message.content.body;
    copy.md5_of_body = message.md5_of_body;
    copy.attributes = message.content.attributes;
    copy.system_attributes = {
        {"SenderId", message.sender},
        {"SentTimestamp", std::to_string(milliseconds_of(message.sent))},
        {"ApproximateReceiveCount", std::to_string(message.receive_count)},
        {"ApproximateFirstReceiveTimestamp", std::to_string(milliseconds_of(*message.first_received))},
    };
    if (message.content.trace_header) copy.system_attributes["AWSTraceHeader"] = *message.content.trace_header;
    if (message.content.group) copy.system_attributes["MessageGroupId"] = *message.content.group;
    return copy;
}

std::string queue::make_handle(number which, std::uint64_t nonce) const {
    // Opaque to clients, and bound to this life of the queue, to the message and to the receive.
    return encode_base64(identity_ + " " + std::to_string(which) + " " + std::to_string(nonce));
}

std::pair<queue::stored*, bool> queue::find(std::string_view receipt_handle, number& which) {
    const auto decoded = decode_base64(receipt_handle);
    if (!decoded || !decoded->starts_with(identity_ + " ")) throw receipt_handle_is_invalid(receipt_handle);
    const std::string_view rest = std::string_view(*decoded).substr(identity_.size() + 1);
    const auto space = rest.find(' ');
    const auto message_number = parse_integer(rest.substr(0, space));
    const auto nonce = space == std::string_view::npos ? std::nullopt : parse_integer(rest.substr(space + 1));
    if (!message_number || !nonce || *message_number < 1 || *nonce < 1) throw receipt_handle_is_invalid(receipt_handle);
    which = static_cast<number>(*message_number);
    const auto found = messages_.find(which);
    if (found == messages_.end()) return {nullptr, false};
    return {&found->second, found->second.nonce == static_cast<std::uint64_t>(*nonce)};
}

void queue::remove(std::string_view receipt_handle, time_point now) {
    advance(now);
    number which = 0;
    const auto [message, latest] = find(receipt_handle, which);
    if (message == nullptr || !latest) return;
    erase(which);
    ++totals_.deleted;
}

void queue::change_visibility(std::string_view receipt_handle, std::int64_t seconds, time_point now) {
    advance(now);
    if (seconds < 0 || seconds > limits::visibility_seconds) {
        throw invalid_value(std::to_string(seconds), "VisibilityTimeout",
                            "VisibilityTimeout must be an integer between 0 and 43200");
    }
    number which = 0;
    const auto [message, latest] = find(receipt_handle, which);
    if (message == nullptr) {
        throw invalid_value(receipt_handle, "ReceiptHandle",
                            "Message does not exist or is not available for visibility timeout change.");
    }
    if (!message->in_flight || !latest) {
        throw prefixed_fault("MessageNotInflight", "The message referred to is not in flight.");
    }
    const auto until = now + seconds_of(seconds);
    if (until > message->last_received + seconds_of(limits::visibility_seconds)) {
        throw invalid_value(std::to_string(seconds), "VisibilityTimeout",
                            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }
    hidden_.erase({message->hidden_until, which});
    hide(which, *message, until);
    if (seconds == 0) show(which, *message);
}

void queue::purge(time_point now) {
    advance(now);
    if (purged_at_ && now - *purged_at_ < std::chrono::seconds(60)) {
        throw make_fault("AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress",
                         "Only one PurgeQueue operation on " + name_ + " is allowed every 60 seconds.", 403);
    }
    purged_at_ = now;
    totals_.purged += messages_.size();
    messages_.clear();
    visible_.clear();
    hidden_.clear();
    in_flight_ = 0;
}

std::optional<time_point> queue::next_visible() const {
    if (hidden_.empty()) return std::nullopt;
    return hidden_.begin()->first;
}

queue_ledger queue::ledger(time_point now) {
    advance(now);
    queue_ledger seen = totals_;
    seen.visible = visible_.size();
    seen.in_flight = in_flight_;
    seen.delayed = hidden_.size() - in_flight_;
    return seen;
}

} // namespace sluice::local
