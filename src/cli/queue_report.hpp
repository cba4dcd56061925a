// What `stats` tells of a queue and of a topic, read from their attributes. No I/O.
#pragma once

#include "cli/table.hpp"

#include <sluice/error.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

using attribute_map = std::map<std::string, std::string>;

/// Numbers that the service did not tell, or not as numbers, are empty.
struct queue_report {
    queue_report() = default;
    queue_report(std::string queue_url, const attribute_map& attributes);

    std::string url;
    std::string name;
    std::string arn;
    bool fifo = false;
    std::optional<std::int64_t> available; ///< can be received now; all counts are approximate
    std::optional<std::int64_t> in_flight; ///< received and not settled yet
    std::optional<std::int64_t> delayed;
    std::optional<std::int64_t> oldest_seconds; ///< AWS tells it in CloudWatch only, some local servers as an attribute
    std::optional<std::int64_t> retention_seconds;
    std::optional<std::int64_t> visibility_seconds;
    std::string dead_letter_arn; ///< empty: it has no dead-letter queue
    std::optional<std::int64_t> max_receive_count;
    std::optional<std::int64_t> dead_letters; ///< in its dead-letter queue: available and in flight. Set by who asks
};

struct topic_report {
    topic_report() = default;
    topic_report(std::string topic_arn, const attribute_map& attributes);

    struct subscription {
        subscription() = default;
        std::string protocol;
        std::string endpoint;
        bool confirmed = false;
    };

    std::string arn;
    std::string name;
    bool fifo = false;
    std::optional<std::int64_t> confirmed;
    std::optional<std::int64_t> pending;
    std::vector<subscription> subscriptions;
};

/// Kind, name and all members; what is not known is null.
nlohmann::json report_json(const queue_report& queue);
nlohmann::json report_json(const topic_report& topic);

table queue_table(const std::vector<queue_report>& queues);
table topic_table(const std::vector<topic_report>& topics);
table subscription_table(const std::vector<topic_report>& topics);

/// `90` -> `90s`, `345600` -> `4d`: the two largest units that are not zero.
std::string duration_text(std::int64_t seconds);

/// Decimal digits only; empty for anything else.
std::optional<std::int64_t> number_in(const std::string& text) noexcept;

} // namespace sluice::cli
