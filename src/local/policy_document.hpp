// What AddPermission and RemovePermission of both services do with a policy's statements.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace sluice::local {

/// True when the label that the statement was added under is this one.
[[nodiscard]] inline bool has_label(const nlohmann::json& statement, const std::string& label) {
    const auto sid = statement.find("Sid");
    return sid != statement.end() && sid->is_string() && sid->get_ref<const std::string&>() == label;
}

} // namespace sluice::local
