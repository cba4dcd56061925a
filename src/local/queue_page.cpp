// One queue: its settings, and a look at its messages.
#include "local/html_page.hpp"
#include "local/page_text.hpp"
#include "local/status_pages.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

using pugi::xml_node;

void add_fact(xml_node list, std::string_view value, std::string_view name) {
    auto item = add(list, "li");
    add(item, "b", value);
    add(item, "span", name);
}

void add_rate(xml_node list, const rate& of, std::string_view name) {
    add_fact(list, rate_text(of.ten_seconds) + " · " + rate_text(of.minute), name);
}

void add_map(xml_node main, const char* title, const std::map<std::string, std::string>& values) {
    if (values.empty()) return;
    add(main, "h2", title);
    auto rows = add(add(add(main, "div", {}, "scroll"), "table"), "tbody");
    for (const auto& [name, value] : values) {
        auto row = add(rows, "tr");
        add(row, "td", name);
        add(add(row, "td", {}, "wide"), "code", value);
    }
}

std::string age(time_point from, time_point now) {
    return duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(now - from));
}

void add_detail(xml_node line, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    add_text(line, " · " + std::string(name) + " ");
    add(line, "code", value);
}

void add_attributes(xml_node article, const peeked_message& one) {
    if (one.attributes.empty()) return;
    auto rows = add(add(article, "table"), "tbody");
    for (std::size_t i = 0; i < one.attributes.size(); ++i) {
        const attribute& each = one.attributes[i];
        auto row = add(rows, "tr");
        add(row, "td", each.name);
        add(row, "td", each.type, "dim");
        auto value = add(row, "td", {}, "wide");
        add(value, "code", each.is_binary() ? encode_base64(each.value) : each.value);
        if (one.attribute_bytes[i] > each.value.size()) {
            add(value, "span", " the beginning of " + bytes_text(one.attribute_bytes[i]), "dim");
        }
    }
}

void add_message(xml_node main, const peeked_message& one, const std::string& here, time_point now) {
    auto article = add(main, "article");
    auto line = add(article, "p");
    add(line, "b", "#" + std::to_string(one.number));
    add(line, "span", one.state, one.state == "visible" ? "badge good" : "badge warn");
    if (one.visible_at) add(line, "span", "visible in " + age(now, *one.visible_at) + " · ", "dim");
    add_text(line, "sent " + age(one.sent, now) + " ago · received " + counted(one.receive_count, "time"));
    if (one.first_received) add_text(line, ", first " + age(*one.first_received, now) + " ago");
    add_text(line, " · " + bytes_text(one.body_bytes));
    auto ids = add(article, "p", "id ", "dim");
    add(ids, "code", one.message_id);
    add_detail(ids, "group", one.group);
    add_detail(ids, "deduplication id", one.deduplication_id);
    add_detail(ids, "sequence number", one.sequence_number);
    add_detail(ids, "trace", one.trace_header);
    add_detail(ids, "sender", one.sender);
    add_detail(ids, "dead letter of", one.source_arn);
    add(article, "pre", one.body);
    if (one.body.size() < one.body_bytes) {
        auto more = add(article, "p", "The first " + bytes_text(one.body.size()) + " of it. ", "dim");
        add_link(more, here + "?message=" + std::to_string(one.number), "The whole message");
    }
    add_attributes(article, one);
}

void add_queue_links(xml_node main, std::string_view text, const std::vector<std::string>& arns) {
    if (arns.empty()) return;
    auto line = add(main, "p", text, "dim");
    for (const std::string& arn : arns) {
        add_text(line, " ");
        const std::string where = path_of_queue(arn);
        if (where.empty()) add_text(line, arn);
        else add_link(line, where, arn.substr(arn.rfind(':') + 1));
    }
}

void add_messages(xml_node main, const queue_peek& peek, const peek_query& query, const std::string& here) {
    add(main, "h2", query.only ? "Message" : "Messages, the oldest first");
    add(main, "p", "Looking is no receive: counts, visibility and order stay as they are.", "dim");
    if (peek.messages.empty()) {
        const bool some = query.after > 0 || query.only;
        add(add(main, "div", {}, "scroll"), "p",
            query.only ? "It is not in the queue any more."
            : some     ? "No more."
                       : "There are none.",
            "none");
    }
    for (const peeked_message& one : peek.messages) add_message(main, one, here, peek.now);
    auto bar = add(main, "nav");
    if (query.after > 0 || query.only) add_link(bar, here, "← from the first");
    if (peek.next > 0) {
        const std::string size = "&size=" + std::to_string(query.size);
        add_link(bar, here + "?after=" + std::to_string(peek.next) + size, "more →");
    }
    add_link(bar, "/_sluice/", "all topics and queues");
}

} // namespace

std::string queue_page(const queue_peek& peek, const peek_query& query) {
    const queue_status& queue = peek.queue;
    const std::string here = path_of_queue(queue.arn);
    html_page page(queue.name + " · sluice");
    auto main = page.main();
    add_link(add(main, "nav"), "/_sluice/", "← all topics and queues");
    auto title = add(main, "h1", queue.name);
    if (queue.fifo) add(title, "span", "FIFO", "badge");
    add(add(main, "div", {}, "dim"), "code", queue.arn);
    auto facts = add(main, "ul", {}, "facts");
    add_fact(facts, std::to_string(queue.counts.visible), "visible");
    add_fact(facts, std::to_string(queue.counts.in_flight), "in flight");
    add_fact(facts, std::to_string(queue.counts.delayed), "delayed");
    add_fact(facts, queue.oldest_age ? duration_text(*queue.oldest_age) : "–", "age of the oldest");
    add_fact(facts, std::to_string(queue.waiting_polls), "long polls waiting");
    add_rate(facts, queue.sent, "sent/s: 10 s · minute");
    add_rate(facts, queue.received, "received/s");
    add_rate(facts, queue.deleted, "deleted/s");
    auto ever = add(main, "p", {}, "dim");
    add_text(ever, "Since it was made: " + std::to_string(queue.counts.entered) + " sent, " +
                       std::to_string(queue.counts.deleted) + " deleted, " + std::to_string(queue.counts.expired) +
                       " expired, " + std::to_string(queue.counts.purged) + " purged, " +
                       std::to_string(queue.counts.moved) + " moved to other queues.");
    if (!queue.dead_letter_arn.empty()) {
        add_queue_links(main, "Dead letters, after " + counted(queue.max_receive_count, "receive") + ", go to",
                        {queue.dead_letter_arn});
    }
    add_queue_links(main, "Takes the dead letters of", peek.sources);
    add_messages(main, peek, query, here);
    add_map(main, "Attributes", queue.attributes);
    add_map(main, "Tags", queue.tags);
    return page.finish();
}

} // namespace sluice::local
