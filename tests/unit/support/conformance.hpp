// Test data made by others, where it is there.
#pragma once

#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <optional>
#include <string>

namespace unit_tests {

/// A JSON file of the conformance folder. Where the folder is absent the test is marked as skipped; return then.
inline std::optional<nlohmann::json> conformance_json(const std::string& file) {
    const auto folder = test_support::conformance_dir();
    if (!folder) {
        test_support::skip("no conformance data: " + file);
        return std::nullopt;
    }
    return nlohmann::json::parse(test_support::read_file(*folder / file));
}

} // namespace unit_tests
