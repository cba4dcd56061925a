// What a chain may be. No I/O.
#pragma once

#include "topology/chain_state.hpp"

#include <sluice/chain.hpp>
#include <sluice/error.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::topology {

/// Types that do not fit together: errors for `ensure`, findings for `check`.
struct broken_rule {
    broken_rule() = default;
    chain_fault fault = chain_fault::type_mismatch;
    std::string resource;
    std::string text;
};

/// Fails with `errc::invalid_argument` for what cannot be, but for what `broken_type_rules` says.
result<wanted_chain> resolve(const chain& definition);

std::vector<broken_rule> broken_type_rules(const wanted_chain& wanted);

/// Both. The first broken rule is the error.
result<wanted_chain> resolve_fitting(const chain& definition);

/// Queues by themselves: the chain that comes of them has a topic without a name, which nothing touches.
result<wanted_chain> resolve_without_topic(const std::vector<chain_queue>& queues);

/// The attributes that CreateQueue and CreateTopic take besides the stated ones.
attribute_map with_type(attribute_map attributes, const std::string& name, const char* fifo_attribute);

} // namespace sluice::topology
