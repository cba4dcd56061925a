// Subscription filter policies, on message attributes or on the body.
// Source: SNS developer guide, "Amazon SNS subscription filter policies"; texts as recorded from AWS.
#pragma once

#include "local/message.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Why SNS refuses a policy.
struct bad_filter_policy {
    std::string text;
    bool about_scope = false; ///< the text stands alone, without "FilterPolicy: "
};

enum class filter_scope { attributes, body };

class filter_policy {
  public:
    /// Takes everything.
    filter_policy() = default;
    /// Throws `bad_filter_policy`. An empty object takes everything.
    filter_policy(std::string_view text, filter_scope scope);

    /// What is not a JSON object does not match a policy on bodies, unless the policy is empty.
    [[nodiscard]] bool matches(const std::vector<attribute>& attributes, std::string_view body) const;

  private:
    nlohmann::json policy_ = nlohmann::json::object();
    filter_scope scope_ = filter_scope::attributes;
};

/// Whether a member is the relation `$or`: a list of two or more objects without the names of operators as keys.
/// Anything else is an attribute of that name, as AWS documents.
template<class Json>
bool is_or_relation(const std::string& key, const Json& value) {
    if (key != "$or" || !value.is_array() || value.size() < 2) return false;
    for (const auto& way : value) {
        if (!way.is_object() || way.empty()) return false;
        for (const char* operation :
             {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}) {
            if (way.contains(operation)) return false;
        }
    }
    return true;
}

/// The rules of what a policy may be; throws `bad_filter_policy`. Returns the policy.
nlohmann::json parse_filter_policy(std::string_view text, filter_scope scope);

} // namespace sluice::local
