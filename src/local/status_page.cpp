// The overview: what the broker has, and how it is doing.
#include "local/html_page.hpp"
#include "local/page_text.hpp"
#include "local/status_pages.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace sluice::local {
namespace {

using pugi::xml_node;

struct column {
    const char* title;
    const char* css_class = "";
    const char* hint = "";
};

/// The body of a table; its head says what the columns are.
xml_node add_table(xml_node parent, std::initializer_list<column> columns) {
    auto table = add(add(parent, "div", {}, "scroll"), "table");
    auto head = add(add(table, "thead"), "tr");
    for (const column& one : columns) {
        auto cell = add(head, "th", one.title, one.css_class);
        if (*one.hint != '\0') set(cell, "title", one.hint);
    }
    return add(table, "tbody");
}

void add_fact(xml_node list, std::string_view value, std::string_view name, const char* css_class = "") {
    auto item = add(list, "li");
    add(item, "b", value, css_class);
    add(item, "span", name);
}

std::string both(const rate& of) { return rate_text(of.ten_seconds) + " · " + rate_text(of.minute); }

std::string last_part(std::string_view arn) { return std::string(arn.substr(arn.rfind(':') + 1)); }

/// By its name, with a link where the broker may have it.
void add_queue(xml_node parent, const std::string& arn) {
    const std::string where = path_of_queue(arn);
    if (where.empty()) add_text(parent, arn);
    else set(add_link(parent, where, last_part(arn)), "title", arn);
}

void add_facts(xml_node main, const broker_status& status) {
    auto facts = add(main, "ul", {}, "facts");
    add_fact(facts, duration_text(status.uptime), "up");
    add_fact(facts, std::to_string(status.requests), "requests");
    add_fact(facts, both(status.request_rate), "requests/s: 10 s · minute");
    add_fact(facts, std::to_string(status.failures), "failed", status.failures > 0 ? "bad" : "");
    add_fact(facts, std::to_string(status.connections), "connections");
    add_fact(facts, std::to_string(status.waiting_polls), "long polls waiting");
    if (status.fault_rules > 0) add_fact(facts, std::to_string(status.fault_rules), "fault rules in force", "warn");
    if (status.ahead.count() > 0) add_fact(facts, duration_text(status.ahead), "ahead of the true time", "warn");
    if (status.skewed.count() != 0) {
        add_fact(facts, (status.skewed.count() < 0 ? "-" : "+") + duration_text(std::chrono::abs(status.skewed)),
                 "wrong, as clients see it", "warn");
    }
}

void add_subscription(xml_node list, const subscription_status& one) {
    auto item = add(list, "li", one.protocol == "sqs" ? "→ " : one.protocol + " → ");
    add_queue(item, one.endpoint);
    if (one.raw) add(item, "span", "raw", "badge");
    if (one.pending) add(item, "span", "not confirmed", "badge warn");
    if (!one.filter_policy.empty()) {
        add_text(item, one.filter_scope == "MessageBody" ? " if the body matches " : " if ");
        add(item, "code", beginning_of(one.filter_policy, 300));
    }
    if (!one.dead_letter_arn.empty()) {
        add_text(item, ", undelivered to ");
        add_queue(item, one.dead_letter_arn);
    }
}

void add_topics(xml_node main, const std::vector<topic_status>& topics) {
    add(main, "h3", "Topics");
    auto rows =
        add_table(main, {{"topic"}, {"delivers to"}, {"published/s", "n", "over the last 10 seconds · minute"}});
    for (const topic_status& one : topics) {
        auto row = add(rows, "tr");
        auto name = add(row, "td", one.name, "name");
        set(name, "title", one.arn);
        if (one.fifo) add(name, "span", "FIFO", "badge");
        auto list = add(add(row, "td", {}, "wide"), "ul", {}, "plain");
        if (one.subscriptions.empty()) add(list, "li", "nobody", "dim");
        for (const subscription_status& each : one.subscriptions) add_subscription(list, each);
        if (one.subscription_count > one.subscriptions.size()) {
            add(list, "li", "and " + std::to_string(one.subscription_count - one.subscriptions.size()) + " more",
                "dim");
        }
        add(row, "td", both(one.published), "n");
    }
}

void add_queues(xml_node main, const std::vector<queue_status>& queues) {
    add(main, "h3", "Queues");
    auto rows = add_table(main, {{"queue"},
                                 {"visible", "n"},
                                 {"in flight", "n", "received, neither deleted nor visible again"},
                                 {"delayed", "n"},
                                 {"oldest", "n", "age of the oldest message"},
                                 {"sent/s", "n", "over the last 10 seconds · minute"},
                                 {"received/s", "n", "over the last 10 seconds · minute"},
                                 {"deleted/s", "n", "over the last 10 seconds · minute"},
                                 {"dead letters to"}});
    for (const queue_status& one : queues) {
        auto row = add(rows, "tr");
        auto name = add(row, "td", {}, "name");
        add_queue(name, one.arn);
        if (one.fifo) add(name, "span", "FIFO", "badge");
        if (one.waiting_polls > 0) add(name, "span", counted(one.waiting_polls, "poll") + " waiting", "badge good");
        for (const std::uint64_t count : {one.counts.visible, one.counts.in_flight, one.counts.delayed}) {
            add(row, "td", std::to_string(count), count == 0 ? "n dim" : "n");
        }
        add(row, "td", one.oldest_age ? duration_text(*one.oldest_age) : "–", one.oldest_age ? "n" : "n dim");
        for (const rate* each : {&one.sent, &one.received, &one.deleted}) {
            add(row, "td", both(*each), each->minute == 0 ? "n dim" : "n");
        }
        auto dead = add(row, "td", {}, "wide");
        if (one.dead_letter_arn.empty()) {
            add(dead, "span", "–", "dim");
        } else {
            add_queue(dead, one.dead_letter_arn);
            add(dead, "span", " after " + counted(one.max_receive_count, "receive"), "dim");
        }
    }
}

void add_troubles(xml_node main, const std::vector<trouble>& troubles) {
    add(main, "h2", "Last errors");
    if (troubles.empty()) {
        add(add(main, "div", {}, "scroll"), "p", "None.", "none");
        return;
    }
    auto rows = add_table(main, {{"time"}, {"what"}, {"status", "n"}, {"code"}, {"message"}, {"client, request id"}});
    for (const trouble& one : troubles) {
        auto row = add(rows, "tr");
        add(row, "td", iso_timestamp(one.time), "dim time");
        add(row, "td", one.operation + (one.resource.empty() ? "" : " " + one.resource), "wide");
        add(row, "td", one.status == 0 ? "–" : std::to_string(one.status), one.status >= 500 ? "n bad" : "n");
        add(row, "td", one.code, "wide");
        add(row, "td", one.message, "wide");
        add(row, "td", one.client + " " + one.request_id, "wide dim");
    }
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
            out += c;
        } else {
            out += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return out;
}

std::string address(const status_query& query, std::size_t page, long refresh) {
    return "/_sluice/?find=" + encoded(query.find) + "&page=" + std::to_string(page) +
           "&size=" + std::to_string(query.size) + "&refresh=" + std::to_string(refresh);
}

void add_navigation(xml_node main, const broker_status& status, const status_query& query, long refresh) {
    const std::size_t most = std::max(status.queue_count, status.topic_count);
    const std::size_t pages = std::max<std::size_t>(1, (most + query.size - 1) / query.size);
    auto bar = add(main, "nav");
    if (query.page > 1) add_link(bar, address(query, query.page - 1, refresh), "← back");
    if (pages > 1) add_text(bar, "page " + std::to_string(query.page) + " of " + std::to_string(pages) + " ");
    if (query.page < pages) add_link(bar, address(query, query.page + 1, refresh), "more →");
    if (refresh > 0) {
        add(bar, "span", "asks again every " + std::to_string(refresh) + " s: ", "dim");
        add_link(bar, address(query, query.page, 0), "stop");
    } else {
        add_link(bar, address(query, query.page, 0), "again");
        add_link(bar, address(query, query.page, 5), "every 5 s");
    }
    add_link(bar, "/_sluice/status.json", "as JSON");
}

void add_search(xml_node main, const status_query& query) {
    auto form = add(main, "form");
    set(form, "action", "/_sluice/");
    auto field = add(form, "input");
    set(field, "name", "find");
    set(field, "value", query.find);
    set(field, "placeholder", "part of a name");
    set(field, "autocomplete", "off"); // else some browsers ask their maker about the form
    set(field, "aria-label", "part of the name of a queue or topic");
    add_text(form, " ");
    add(form, "button", "Find");
}

} // namespace

std::string path_of_queue(std::string_view arn) {
    constexpr std::string_view prefix = "arn:aws:sqs:";
    if (!arn.starts_with(prefix) || std::ranges::count(arn, ':') != 5) return {};
    std::string path = "/_sluice/queue/";
    for (const char c : arn.substr(prefix.size())) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.';
        if (!plain && c != ':') return {};
        path += c == ':' ? '/' : c;
    }
    return path;
}

std::string status_page(const broker_status& status, const status_query& query, long refresh) {
    html_page page("sluice: " + status.endpoint);
    if (refresh > 0) page.refresh(refresh);
    auto main = page.main();
    add(main, "h1", "sluice, the embedded broker");
    auto line = add(main, "div", {}, "dim");
    add(line, "code", status.endpoint);
    add_text(line, " " + counted(status.topic_count, "topic") + ", " + counted(status.queue_count, "queue") +
                       (query.find.empty() ? "" : " with \"" + query.find + "\" in the name") + "; " +
                       iso_timestamp(status.now));
    add_facts(main, status);
    add_search(main, query);
    if (status.places.empty()) {
        add(add(main, "div", {}, "scroll"), "p",
            query.find.empty() ? "There are no topics and queues yet." : "Nothing has such a name.", "none");
    }
    for (const place_status& one : status.places) {
        add(main, "h2", one.region + " · account " + one.account);
        if (!one.topics.empty()) add_topics(main, one.topics);
        if (!one.queues.empty()) add_queues(main, one.queues);
    }
    add_troubles(main, status.troubles);
    add_navigation(main, status, query, refresh);
    return page.finish();
}

std::string message_page(std::string_view title, std::string_view text) {
    html_page page(title);
    add(page.main(), "h1", title);
    add(page.main(), "p", text);
    add_link(add(page.main(), "nav"), "/_sluice/", "all topics and queues");
    return page.finish();
}

} // namespace sluice::local
