// What a storage keeps of a queue: its own record, and below it the counters, each message, what receives made of it,
// and what a FIFO queue remembers.
#include "local/fault.hpp"
#include "local/queue.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

// Parts of keys.
constexpr std::string_view counters_key = "counters";
constexpr std::string_view message_key = "message";
constexpr std::string_view delivery_key = "delivery"; ///< below the message
constexpr std::string_view attempt_key = "attempt";
constexpr std::string_view deduplication_key_part = "deduplication";

std::string key_of(message_number which) { return std::string(message_key) + "/" + number_in_key(which); }
std::string delivery_key_of(message_number which) { return key_of(which) + "/" + std::string(delivery_key); }

std::string_view name_of(message_state state) {
    switch (state) {
    case message_state::visible: return "visible";
    case message_state::delayed: return "delayed";
    case message_state::in_flight: return "in flight";
    }
    return {};
}

message_state parse_message_state(std::string_view text) {
    for (const auto state : {message_state::visible, message_state::delayed, message_state::in_flight}) {
        if (name_of(state) == text) return state;
    }
    throw damaged_record("there is no state \"" + printable(std::string(text)) + "\"");
}

record_writer write_attribute(const attribute& one) {
    record_writer record;
    record.text("name", one.name).text("type", one.type).text("value", one.value);
    if (one.sent_as_binary) record.number("binary", 1);
    return record;
}

attribute read_attribute(const record_reader& record) {
    attribute one;
    one.name = record.text("name");
    one.type = record.text("type");
    one.value = record.text("value");
    one.sent_as_binary = !record.text_or_empty("binary").empty();
    return one;
}

} // namespace

void queue::keep_in(record_place place) {
    recent_.keep_in(place.below(deduplication_key_part));
    place_ = std::move(place);
    record_queue();
}

void queue::record_queue() const {
    if (!place_) return;
    record_writer record;
    record.text("identity", identity_).map("settings", settings_.texts()).time("created", created_);
    record.time("modified", modified_).optional_time("purged", purged_at_);
    place_.put({}, std::move(record));
}

void queue::record_counters() const {
    if (!place_) return;
    record_writer record;
    record.number("last", last_number_).number("nonce", last_nonce_).number("entered", totals_.entered);
    record.number("deleted", totals_.deleted).number("expired", totals_.expired).number("purged", totals_.purged);
    record.number("moved", totals_.moved);
    place_.put(counters_key, std::move(record));
}

void queue::record_message(number which, const stored& message) const {
    if (!place_) return;
    record_writer record;
    record.text("id", message.message_id).text("sender", message.sender).time("sent", message.sent);
    record.text("md5", message.md5_of_body).text("body", message.content.body);
    record.text_if_any("sequence", message.sequence_number).text_if_any("source", message.source_arn);
    record.optional_text("trace", message.content.trace_header).optional_text("group", message.content.group);
    record.optional_text("deduplication", message.content.deduplication_id);
    for (const attribute& one : message.content.attributes) record.nested("attribute", write_attribute(one));
    place_.put(key_of(which), std::move(record));
}

void queue::record_delivery(number which, stored& message) const {
    if (!place_) return;
    message.delivery_recorded = true;
    record_writer record;
    record.text("state", name_of(message.state)).time("until", message.hidden_until);
    record.number("receives", message.receive_count).number("nonce", message.nonce);
    record.time("last", message.last_received).optional_time("first", message.first_received);
    place_.put(delivery_key_of(which), std::move(record));
}

void queue::record_attempt(const std::string& id, const attempt& one) const {
    if (!place_) return;
    record_writer record;
    record.time("when", one.when);
    for (const auto& [which, nonce] : one.messages) {
        record_writer entry;
        entry.number("number", which).number("nonce", nonce);
        record.nested("message", entry);
    }
    place_.put(std::string(attempt_key) + "/" + id, std::move(record));
}

void queue::erase_records_of(number which, const stored& message) const {
    if (!place_) return;
    if (message.delivery_recorded) place_.erase(delivery_key_of(which));
    place_.erase(key_of(which));
}

void queue::erase_records() const {
    if (!place_) return;
    for (const auto& [which, message] : messages_) erase_records_of(which, message);
    for (const auto& [id, one] : attempts_) place_.erase(std::string(attempt_key) + "/" + id);
    recent_.erase_records();
    place_.erase(counters_key);
    place_.erase({});
}

queue queue::restored(std::string name, std::string arn, const record_reader& record, const record_place& place) {
    try {
        queue made(std::move(name), std::move(arn), record.map("settings"), record.time("created"));
        made.identity_ = record.text("identity");
        made.modified_ = record.time("modified");
        made.purged_at_ = record.optional_time("purged");
        made.place_ = place;
        made.recent_.keep_in(place.below(deduplication_key_part));
        return made;
    } catch (const fault& why) {
        throw damaged_record(why.message);
    }
}

void queue::restore_part(std::string_view key, const record_reader& record) {
    const auto [part, rest] = split_key(key);
    if (part == counters_key && rest.empty()) {
        last_number_ = record.number("last");
        last_nonce_ = record.number("nonce");
        totals_.entered = record.number("entered");
        totals_.deleted = record.number("deleted");
        totals_.expired = record.number("expired");
        totals_.purged = record.number("purged");
        totals_.moved = record.number("moved");
    } else if (part == message_key) {
        const auto [number_text, below] = split_key(rest);
        const number which = parse_number_in_key(number_text);
        if (below.empty()) restore_message(which, record);
        else if (below == delivery_key) restore_delivery(which, record);
        else throw damaged_record("nothing of a message is kept under this key");
    } else if (part == attempt_key && !rest.empty()) {
        attempt one{record.time("when"), {}};
        for (const auto bytes : record.all("message")) {
            const auto entry = record_reader::nested(bytes);
            one.messages.emplace_back(entry.number("number"), entry.number("nonce"));
        }
        attempts_.insert_or_assign(std::string(rest), std::move(one));
    } else if (part == deduplication_key_part && !rest.empty()) {
        recent_.restore(rest, record);
    } else {
        throw damaged_record("nothing of a queue is kept under this key");
    }
}

void queue::restore_message(number which, const record_reader& record) {
    stored message;
    message.message_id = as_short<uuid_text>(record.text("id"));
    message.sender = record.text("sender");
    message.sent = record.time("sent");
    message.md5_of_body = as_short<md5_text>(record.text("md5"));
    message.content.body = record.text("body");
    message.sequence_number = as_short<sequence_text>(record.text_or_empty("sequence"));
    message.source_arn = record.text_or_empty("source");
    message.content.trace_header = record.optional_text("trace");
    message.content.group = record.optional_text("group");
    message.content.deduplication_id = record.optional_text("deduplication");
    for (const auto bytes : record.all("attribute")) {
        message.content.attributes.push_back(read_attribute(record_reader::nested(bytes)));
    }
    if (is_fifo() && !message.content.group) throw damaged_record("a message of a FIFO queue without a group");
    if (which > last_number_) throw damaged_record("its number is beyond that of the queue's last message");
    // Those before it were restored before: older than one of them, it came from another queue.
    if (message.sent < latest_restored_) taken_over_.emplace(message.sent, which);
    latest_restored_ = std::max(latest_restored_, message.sent);
    message.group = order_.group_of(message.content.group);
    const stored& added = messages_.emplace(which, std::move(message)).first->second;
    order_.add(which, added.group, added.state);
}

void queue::restore_delivery(number which, const record_reader& record) {
    const auto found = messages_.find(which);
    if (found == messages_.end()) throw damaged_record("there is no such message");
    stored& message = found->second;
    message.delivery_recorded = true;
    message.receive_count = record.number("receives");
    message.nonce = record.number("nonce");
    message.first_received = record.optional_time("first");
    message.last_received = record.time("last");
    const auto state = parse_message_state(record.text("state"));
    if (state == message_state::in_flight && !message.first_received) {
        throw damaged_record("in flight, but never received");
    }
    if (message.nonce > last_nonce_) throw damaged_record("a receipt handle beyond the queue's last one");
    if (state != message_state::visible) hide(which, message, state, record.time("until"));
}

} // namespace sluice::local
