#include "local/queue.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

std::chrono::seconds seconds_of(std::int64_t count) { return std::chrono::seconds(count); }

constexpr std::string_view not_for_this_type = "The request include parameter that is not valid for this queue type.";

} // namespace

queue::queue(std::string name, std::string arn, const std::map<std::string, std::string>& attributes, time_point now)
    : name_(std::move(name)), arn_(std::move(arn)), identity_(make_uuid().str()), settings_(name_.ends_with(".fifo")),
      created_(now), modified_(now), order_(settings_.is_fifo()) {
    settings_.apply(attributes);
}

void queue::set_attributes(const std::map<std::string, std::string>& attributes, time_point now) {
    settings_.apply(attributes);
    modified_ = now;
    record_queue();
    if (!is_fifo()) return;
    // Of a FIFO queue the new delay holds for what waits already.
    const auto delayed = hidden_;
    for (const auto& [until, which] : delayed) {
        stored& message = messages_.at(which);
        if (message.state == message_state::delayed) {
            hide(which, message, message_state::delayed, message.sent + settings_.delay());
            record_delivery(which, message);
        }
    }
}

std::map<std::string, std::string> queue::attributes(time_point now) {
    advance(now);
    auto all = settings_.texts();
    all["QueueArn"] = arn_;
    all["CreatedTimestamp"] = std::to_string(milliseconds_of(created_) / 1000);
    all["LastModifiedTimestamp"] = std::to_string(milliseconds_of(modified_) / 1000);
    all["ApproximateNumberOfMessages"] = std::to_string(order_.count(message_state::visible));
    all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(order_.count(message_state::in_flight));
    all["ApproximateNumberOfMessagesDelayed"] = std::to_string(order_.count(message_state::delayed));
    return all;
}

void queue::check(const outgoing& message) const {
    if (is_fifo()) {
        if (!message.group) throw missing_parameter("MessageGroupId");
        if (!message.deduplication_id && !settings_.deduplicates_by_content()) throw no_deduplication_id();
        if (message.delay_seconds.value_or(0) != 0) {
            throw invalid_value(std::to_string(*message.delay_seconds), "DelaySeconds", not_for_this_type);
        }
    } else if (message.deduplication_id) {
        throw invalid_value(*message.deduplication_id, "MessageDeduplicationId", not_for_this_type);
    }
    check_outgoing(message, settings_.max_message_bytes());
}

std::string queue::deduplication_key(const outgoing& message) const {
    const std::string id = message.deduplication_id.value_or(content_deduplication_id(message.body));
    return settings_.deduplicates_by_group() ? *message.group + " " + id : id; // neither has a blank in it
}

sent_message queue::send(outgoing&& message, const std::string& sender, time_point now) {
    check(message);
    advance(now);
    sent_message receipt;
    receipt.md5_of_body = md5_of(message.body);
    receipt.md5_of_attributes = md5_of_attributes(message.attributes);
    if (message.trace_header) {
        receipt.md5_of_system_attributes = md5_of_attributes({{"AWSTraceHeader", "String", *message.trace_header}});
    }
    std::string key;
    if (is_fifo()) {
        key = deduplication_key(message);
        if (const auto first = recent_.find(key, now)) {
            receipt.message_id = first->message_id;
            receipt.sequence_number = first->sequence_number;
            return receipt;
        }
        receipt.sequence_number = sequence_number(last_number_ + 1);
        if (!message.deduplication_id) message.deduplication_id = content_deduplication_id(message.body);
    }
    receipt.message_id = make_uuid();
    if (is_fifo()) recent_.remember(key, receipt, now);

    stored kept;
    kept.message_id = receipt.message_id;
    kept.sender = sender;
    kept.md5_of_body = receipt.md5_of_body;
    kept.sequence_number = receipt.sequence_number;
    kept.sent = now;
    const bool own_delay = message.delay_seconds && !is_fifo();
    const auto delay = own_delay ? seconds_of(*message.delay_seconds) : settings_.delay();
    kept.content = std::move(message);
    keep(std::move(kept), delay, now);
    return receipt;
}

void queue::keep(stored&& message, std::chrono::seconds delay, time_point now) {
    const number which = ++last_number_;
    message.group = order_.group_of(message.content.group);
    message.state = delay > delay.zero() ? message_state::delayed : message_state::visible;
    stored& added = messages_.emplace_hint(messages_.end(), which, std::move(message))->second;
    order_.add(which, added.group, added.state);
    if (added.state == message_state::delayed) {
        added.hidden_until = now + delay;
        hidden_.emplace(added.hidden_until, which);
    }
    ++totals_.entered;
    sent_.add(now);
    if (!place_) return;
    record_message(which, added);
    if (added.state != message_state::visible || added.receive_count > 0) record_delivery(which, added);
    record_counters();
}

void queue::advance(time_point now) {
    while (!hidden_.empty() && hidden_.begin()->first <= now) {
        const number which = hidden_.begin()->second;
        show(which, messages_.at(which));
    }
    const auto oldest_allowed = now - settings_.retention();
    const auto expired = totals_.expired;
    while (!messages_.empty() && messages_.begin()->second.sent <= oldest_allowed) {
        erase(messages_.begin()->first);
        ++totals_.expired;
    }
    while (!taken_over_.empty() && taken_over_.begin()->first <= oldest_allowed) {
        erase(taken_over_.begin()->second);
        ++totals_.expired;
    }
    if (totals_.expired != expired) record_counters();
}

void queue::hide(number which, stored& message, message_state state, time_point until) {
    if (message.state != message_state::visible) hidden_.erase({message.hidden_until, which});
    order_.change(which, message.group, message.state, state);
    message.state = state;
    message.hidden_until = until;
    hidden_.emplace(until, which);
}

void queue::show(number which, stored& message) {
    hidden_.erase({message.hidden_until, which});
    order_.change(which, message.group, message.state, message_state::visible);
    message.state = message_state::visible;
}

void queue::erase(number which) {
    const auto found = messages_.find(which);
    stored& message = found->second;
    if (message.state != message_state::visible) hidden_.erase({message.hidden_until, which});
    if (!taken_over_.empty()) taken_over_.erase({message.sent, which});
    order_.remove(which, message.group, message.state);
    erase_records_of(which, message);
    messages_.erase(found);
}

std::vector<received> queue::receive(const receive_options& how, time_point now) {
    advance(now);
    std::vector<received> out;
    const auto until = now + (how.visibility_seconds ? seconds_of(*how.visibility_seconds) : settings_.visibility());
    if (!how.attempt_id.empty()) {
        if (auto again = repeat(how.attempt_id, until, now)) return std::move(*again);
    }
    const auto room = [this] {
        const std::size_t in_flight = order_.count(message_state::in_flight);
        return in_flight < limits::in_flight_messages ? limits::in_flight_messages - in_flight : 0;
    };
    if (room() == 0) {
        // As on AWS: a long poll and a FIFO queue wait for room, a short poll says so.
        if (how.long_poll || is_fifo()) return out;
        throw make_fault("OverLimit", "OverLimit", "Too many messages in flight.", 403);
    }
    attempt got{now, {}};
    const auto moved = totals_.moved;
    for (;;) {
        const auto run = order_.next(std::min(how.max - out.size(), room()));
        if (run.empty()) break;
        for (const number which : run) {
            if (hand_out_one(which, how, until, now, out)) got.messages.emplace_back(which, last_nonce_);
        }
    }
    if (!out.empty() || totals_.moved != moved) record_counters();
    if (!how.attempt_id.empty() && !out.empty()) {
        record_attempt(how.attempt_id, got);
        attempts_[how.attempt_id] = std::move(got);
    }
    return out;
}

bool queue::hand_out_one(number which, const receive_options& how, time_point until, time_point now,
                         std::vector<received>& out) {
    stored& message = messages_.at(which);
    const auto& redrive = settings_.redrive();
    if (redrive && how.to_dead_letters && message.receive_count >= redrive->max_receive_count) {
        moved_message leaving = copy_for_moving(message);
        leaving.source_arn = arn_;
        if (how.to_dead_letters(std::move(leaving))) {
            erase(which);
            ++totals_.moved;
            return false;
        }
    }
    ++message.receive_count;
    message.nonce = ++last_nonce_;
    message.last_received = now;
    if (!message.first_received) message.first_received = now;
    hide(which, message, message_state::in_flight, until);
    received_.add(now);
    record_delivery(which, message);
    out.push_back(copy_of(which, message));
    return true;
}

received queue::copy_of(number which, const stored& message) const {
    received copy;
    copy.message_id = message.message_id.view();
    copy.receipt_handle = make_handle(which, message.nonce);
    copy.body = message.content.body;
    copy.md5_of_body = message.md5_of_body.view();
    copy.attributes = message.content.attributes;
    auto& system = copy.system_attributes;
    system = {
        {"SenderId", message.sender},
        {"SentTimestamp", std::to_string(milliseconds_of(message.sent))},
        {"ApproximateReceiveCount", std::to_string(message.receive_count)},
        {"ApproximateFirstReceiveTimestamp", std::to_string(milliseconds_of(*message.first_received))},
    };
    const auto add = [&system](const char* name, std::string_view value) {
        if (!value.empty()) system[name] = value;
    };
    const auto add_optional = [&add](const char* name, const std::optional<std::string>& value) {
        if (value) add(name, *value);
    };
    add_optional("AWSTraceHeader", message.content.trace_header);
    add_optional("MessageGroupId", message.content.group);
    add_optional("MessageDeduplicationId", message.content.deduplication_id);
    add("SequenceNumber", message.sequence_number);
    add("DeadLetterQueueSourceArn", message.source_arn);
    return copy;
}

std::optional<std::vector<received>> queue::repeat(const std::string& attempt_id, time_point until, time_point now) {
    const auto oldest = now - seconds_of(limits::deduplication_seconds);
    std::erase_if(attempts_, [this, oldest](const auto& one) {
        const bool old = one.second.when <= oldest;
        if (old) place_.erase("attempt/" + one.first);
        return old;
    });
    const auto found = attempts_.find(attempt_id);
    if (found == attempts_.end()) return std::nullopt;
    std::vector<received> again;
    for (const auto& [which, nonce] : found->second.messages) {
        const auto message = messages_.find(which);
        const bool untouched = message != messages_.end() && message->second.nonce == nonce &&
                               message->second.state == message_state::in_flight;
        if (!untouched) {
            place_.erase("attempt/" + attempt_id);
            attempts_.erase(found);
            return std::nullopt;
        }
        again.push_back(copy_of(which, message->second));
    }
    for (const auto& [which, nonce] : found->second.messages) {
        stored& message = messages_.at(which);
        hide(which, message, message_state::in_flight, until);
        record_delivery(which, message);
    }
    return again;
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
    const auto arrival = parse_integer(rest.substr(0, space));
    const auto nonce = space == std::string_view::npos ? std::nullopt : parse_integer(rest.substr(space + 1));
    if (!arrival || !nonce || *arrival < 1 || *nonce < 1) throw receipt_handle_is_invalid(receipt_handle);
    which = static_cast<number>(*arrival);
    const auto found = messages_.find(which);
    if (found == messages_.end()) return {nullptr, false};
    return {&found->second, found->second.nonce == static_cast<std::uint64_t>(*nonce)};
}

void queue::remove(std::string_view receipt_handle, time_point now) {
    advance(now);
    number which = 0;
    const auto [message, latest] = find(receipt_handle, which);
    if (message == nullptr) return;
    if (is_fifo() && (!latest || message->state != message_state::in_flight)) {
        throw invalid_value(receipt_handle, "ReceiptHandle", "The receipt handle has expired.");
    }
    if (!latest) return;
    erase(which);
    ++totals_.deleted;
    deleted_.add(now);
    record_counters();
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
    if (message->state != message_state::in_flight || !latest) {
        throw prefixed_fault("MessageNotInflight", "The message referred to is not in flight.");
    }
    const auto until = now + seconds_of(seconds);
    if (until > message->last_received + seconds_of(limits::visibility_seconds)) {
        throw invalid_value(std::to_string(seconds), "VisibilityTimeout",
                            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }
    // A receive that is tried again must not find it untouched.
    for (auto& [id, one] : attempts_) {
        for (auto& [touched, nonce] : one.messages) {
            if (touched != which) continue;
            nonce = 0;
            record_attempt(id, one);
        }
    }
    if (seconds == 0) show(which, *message);
    else hide(which, *message, message_state::in_flight, until);
    record_delivery(which, *message);
}

void queue::purge(time_point now) {
    advance(now);
    if (purged_at_ && now - *purged_at_ < std::chrono::seconds(60)) {
        throw make_fault("AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress",
                         "Only one PurgeQueue operation on " + name_ + " is allowed every 60 seconds.", 403);
    }
    purged_at_ = now;
    totals_.purged += messages_.size();
    for (const auto& [which, message] : messages_) erase_records_of(which, message);
    record_queue();
    record_counters();
    messages_.clear();
    order_.clear();
    hidden_.clear();
    taken_over_.clear();
}

moved_message queue::copy_for_moving(const stored& message) {
    moved_message out;
    out.message_id = message.message_id;
    out.sender = message.sender;
    out.content = message.content;
    out.md5_of_body = message.md5_of_body;
    out.sequence_number = message.sequence_number;
    out.source_arn = message.source_arn;
    out.sent = message.sent;
    out.first_received = message.first_received;
    out.receive_count = message.receive_count;
    return out;
}

void queue::take_over(moved_message message, time_point now) {
    advance(now);
    stored kept;
    kept.message_id = message.message_id;
    kept.sender = std::move(message.sender);
    kept.content = std::move(message.content);
    kept.md5_of_body = message.md5_of_body;
    kept.source_arn = std::move(message.source_arn);
    kept.first_received = message.first_received;
    kept.receive_count = message.receive_count;
    // A standard queue's dead letters keep their age; a FIFO queue's start anew.
    kept.sent = is_fifo() ? now : message.sent;
    if (is_fifo()) kept.sequence_number = sequence_number(last_number_ + 1);
    if (kept.sent < now) taken_over_.emplace(kept.sent, last_number_ + 1);
    keep(std::move(kept), std::chrono::seconds(0), now);
}

std::optional<moved_message> queue::give_up_next(time_point now) {
    advance(now);
    const auto run = order_.next(1);
    if (run.empty()) return std::nullopt;
    auto out = copy_for_moving(messages_.at(run.front()));
    erase(run.front());
    ++totals_.moved;
    record_counters();
    return out;
}

std::optional<std::string> queue::next_source_arn(time_point now) {
    advance(now);
    const auto run = order_.next(1);
    if (run.empty()) return std::nullopt;
    return messages_.at(run.front()).source_arn;
}

std::size_t queue::visible_count(time_point now) {
    advance(now);
    return order_.count(message_state::visible);
}

std::optional<time_point> queue::next_visible() const {
    if (hidden_.empty()) return std::nullopt;
    return hidden_.begin()->first;
}

queue_ledger queue::ledger(time_point now) {
    advance(now);
    queue_ledger seen = totals_;
    seen.visible = order_.count(message_state::visible);
    seen.in_flight = order_.count(message_state::in_flight);
    seen.delayed = order_.count(message_state::delayed);
    return seen;
}

} // namespace sluice::local
