// Fault rules as the JSON of the admin path.
#pragma once

#include <sluice/local/fault_rule.hpp>

#include <nlohmann/json_fwd.hpp>

namespace sluice::local {

/// Throws std::invalid_argument for unknown members, wrong types and unknown faults; `check_rule` does the rest.
fault_rule parse_fault_rule(const nlohmann::json& from);
nlohmann::json write_fault_rule(const listed_fault& listed);

} // namespace sluice::local
