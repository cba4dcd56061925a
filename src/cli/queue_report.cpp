#include "cli/queue_report.hpp"

#include "cli/progress.hpp"
#include "protocol/arn.hpp"
#include "protocol/strict_json.hpp"
#include "topology/chain_state.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace sluice::cli {
namespace {

std::optional<std::int64_t> number_of(const attribute_map& attributes, const char* name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::nullopt : number_in(found->second);
}

/// A number in the policy, or a text with one, as both are in use.
std::optional<std::int64_t> max_receive_count_in(const std::string& redrive_policy) {
    if (redrive_policy.empty()) return std::nullopt;
    const auto policy = protocol::parse_strict_json(redrive_policy, "the redrive policy");
    if (!policy || !policy->is_object()) return std::nullopt;
    const auto found = policy->find("maxReceiveCount");
    if (found == policy->end()) return std::nullopt;
    if (found->is_number_integer()) return found->get<std::int64_t>();
    return found->is_string() ? number_in(found->get<std::string>()) : std::nullopt;
}

nlohmann::json or_null(const std::optional<std::int64_t>& number) {
    return number ? nlohmann::json(*number) : nlohmann::json();
}

std::string count_text(const std::optional<std::int64_t>& number) {
    return number ? grouped(static_cast<std::size_t>(*number)) : "?";
}

} // namespace

std::optional<std::int64_t> number_in(const std::string& text) noexcept {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || number < 0) return std::nullopt;
    return number;
}

std::string duration_text(std::int64_t seconds) {
    constexpr std::array<std::pair<std::int64_t, char>, 4> units{{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
    std::string text;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::int64_t count = seconds / units[i].first;
        if (count == 0) continue;
        text = std::to_string(count) + units[i].second;
        const std::int64_t rest = i + 1 < units.size() ? seconds % units[i].first / units[i + 1].first : 0;
        if (rest > 0) text += std::to_string(rest) + units[i + 1].second;
        return text;
    }
    return "0s";
}

queue_report::queue_report(std::string queue_url, const attribute_map& attributes)
    : url(std::move(queue_url)), name(protocol::destination_name(url)), arn(topology::value_of(attributes, "QueueArn")),
      fifo(protocol::is_fifo(name)), available(number_of(attributes, "ApproximateNumberOfMessages")),
      in_flight(number_of(attributes, "ApproximateNumberOfMessagesNotVisible")),
      delayed(number_of(attributes, "ApproximateNumberOfMessagesDelayed")),
      oldest_seconds(number_of(attributes, "ApproximateAgeOfOldestMessage")),
      retention_seconds(number_of(attributes, "MessageRetentionPeriod")),
      visibility_seconds(number_of(attributes, "VisibilityTimeout")) {
    const std::string policy = topology::value_of(attributes, "RedrivePolicy");
    dead_letter_arn = topology::dead_letter_target(policy);
    if (!dead_letter_arn.empty()) max_receive_count = max_receive_count_in(policy);
}

topic_report::topic_report(std::string topic_arn, const attribute_map& attributes)
    : arn(std::move(topic_arn)), name(protocol::destination_name(arn)), fifo(protocol::is_fifo(name)),
      confirmed(number_of(attributes, "SubscriptionsConfirmed")),
      pending(number_of(attributes, "SubscriptionsPending")) {}

nlohmann::json report_json(const queue_report& queue) {
    return nlohmann::json{
        {"kind", "queue"},
        {"name", queue.name},
        {"url", queue.url},
        {"arn", queue.arn},
        {"fifo", queue.fifo},
        {"available", or_null(queue.available)},
        {"in_flight", or_null(queue.in_flight)},
        {"delayed", or_null(queue.delayed)},
        {"oldest_seconds", or_null(queue.oldest_seconds)},
        {"retention_seconds", or_null(queue.retention_seconds)},
        {"visibility_seconds", or_null(queue.visibility_seconds)},
        {"dead_letter_arn", queue.dead_letter_arn.empty() ? nlohmann::json() : nlohmann::json(queue.dead_letter_arn)},
        {"max_receive_count", or_null(queue.max_receive_count)},
        {"dead_letters", or_null(queue.dead_letters)}};
}

nlohmann::json report_json(const topic_report& topic) {
    nlohmann::json line{{"kind", "topic"},
                        {"name", topic.name},
                        {"arn", topic.arn},
                        {"fifo", topic.fifo},
                        {"subscriptions_confirmed", or_null(topic.confirmed)},
                        {"subscriptions_pending", or_null(topic.pending)},
                        {"subscriptions", nlohmann::json::array()}};
    for (const topic_report::subscription& one : topic.subscriptions) {
        line["subscriptions"].push_back(
            {{"protocol", one.protocol}, {"endpoint", one.endpoint}, {"confirmed", one.confirmed}});
    }
    return line;
}

table queue_table(const std::vector<queue_report>& queues) {
    using side = table::align;
    bool ages = false;
    for (const queue_report& queue : queues) ages = ages || queue.oldest_seconds;
    std::vector<table::column> columns{
        table::column("queue", side::left, true),   table::column("available", side::right),
        table::column("in flight", side::right),    table::column("delayed", side::right),
        table::column("retention", side::right),    table::column("fifo"),
        table::column("dead letters", side::right), table::column("dead-letter queue", side::left, true)};
    if (ages) columns.insert(columns.begin() + 4, table::column("oldest", side::right));
    table made(std::move(columns));
    for (const queue_report& queue : queues) {
        std::vector<table::cell> row{{queue.name, style::bold},
                                     count_text(queue.available),
                                     count_text(queue.in_flight),
                                     count_text(queue.delayed)};
        if (ages) row.emplace_back(queue.oldest_seconds ? duration_text(*queue.oldest_seconds) : "?");
        row.emplace_back(queue.retention_seconds ? duration_text(*queue.retention_seconds) : "?");
        row.emplace_back(queue.fifo ? "yes" : "no");
        if (queue.dead_letter_arn.empty()) {
            row.emplace_back("-");
            row.emplace_back("-");
        } else {
            const bool some = queue.dead_letters.value_or(0) > 0;
            row.emplace_back(count_text(queue.dead_letters), some ? style::bad : style::plain);
            std::string target(protocol::destination_name(queue.dead_letter_arn));
            if (queue.max_receive_count) target += " after " + std::to_string(*queue.max_receive_count);
            row.emplace_back(std::move(target));
        }
        made.add(std::move(row));
    }
    return made;
}

table topic_table(const std::vector<topic_report>& topics) {
    using side = table::align;
    table made({table::column("topic", side::left, true), table::column("subscriptions", side::right),
                table::column("pending", side::right), table::column("fifo")});
    for (const topic_report& topic : topics) {
        const bool waits = topic.pending.value_or(0) > 0;
        made.add({{topic.name, style::bold},
                  count_text(topic.confirmed),
                  {count_text(topic.pending), waits ? style::warning : style::plain},
                  topic.fifo ? "yes" : "no"});
    }
    return made;
}

table subscription_table(const std::vector<topic_report>& topics) {
    using side = table::align;
    table made({table::column("topic", side::left, true), table::column("delivers to"),
                table::column("endpoint", side::left, true), table::column("confirmed")});
    for (const topic_report& topic : topics) {
        for (const topic_report::subscription& one : topic.subscriptions) {
            made.add({topic.name, one.protocol, one.endpoint, one.confirmed ? "yes" : "no"});
        }
    }
    return made;
}

} // namespace sluice::cli
