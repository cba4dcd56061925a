// The file of `sluice local --config`: what a broker shall have from the beginning. No I/O.
#pragma once

#include "topology/json_members.hpp"

#include <sluice/chain.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::cli {

/// One thing to be there, and where the file says so.
struct configured_item {
    topology::json_place place;
    std::variant<chain, chain_queue> what; ///< a topic by itself is a chain without queues
};

/// What one account has in one region.
struct configured_place {
    std::string region;  ///< empty: the broker's first one
    std::string account; ///< empty: the broker's own
    topology::json_place place;
    std::vector<configured_item> items;
};

/// Reads
///
///     {"topics": ["news", {"name": "alerts.fifo", "attributes": {}, "tags": {}}],
///      "queues": ["jobs", {"name": "mail", "attributes": {"DelaySeconds": 5}, "tags": {}, "dead_letter_queue": "lost",
///                          "max_receive_count": 3, "redrive_allow": "all", "encryption": "sqs"}],
///      "chains": [{"topic": "orders", "queues": ["billing", {"name": "audit", "filter_policy": {"a": [1]}}]}],
///      "places": [{"region": "eu-west-1", "account": "111122223333", "topics": [], "queues": [], "chains": []}]}
///
/// of which every member may be missing. Chains are those of `chain::from_json`, and so are topics and queues, but that
/// a queue by itself has no subscription. Throws `error` with `errc::invalid_argument` that names file, place, value
/// and rule.
std::vector<configured_place> parse_broker_config(std::string_view text, const std::string& file);

} // namespace sluice::cli
