// The JSON form of chains and of what they consist of, wherever in a document. All throw `error` that names the place.
#pragma once

#include "topology/json_members.hpp"

#include <sluice/chain.hpp>

#include <nlohmann/json.hpp>

#include <vector>

namespace sluice::topology {

/// A name, or an object.
chain_topic read_topic(const nlohmann::json& from, const json_place& place);
/// A name, or an object.
chain_queue read_queue(const nlohmann::json& from, const json_place& place);
std::vector<chain_queue> read_queues(const nlohmann::json& from, const json_place& place);
chain read_chain_definition(const nlohmann::json& from, const json_place& place);

} // namespace sluice::topology
