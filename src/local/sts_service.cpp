#include "local/sts_service.hpp"

#include "local/fault.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::local {
namespace {

constexpr std::string_view of_role_ids = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fault validation_error(std::string message) {
    return make_fault("ValidationError", "ValidationError", std::move(message));
}

/// `1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: …`
fault constraint_error(const std::string& value, std::string_view member, std::string_view constraint) {
    return validation_error("1 validation error detected: Value '" + value + "' at '" + std::string(member) +
                            "' failed to satisfy constraint: " + std::string(constraint));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct role {
    std::string account_id;
    std::string name; ///< without its path
};

/// `arn:aws:iam::123456789012:role/path/name`. Throws `fault` with the text of AWS.
role parse_role(const std::string& arn) {
    std::vector<std::string_view> parts;
    std::string_view rest = arn;
    while (parts.size() < 5) {
        const auto colon = rest.find(':');
        if (colon == std::string_view::npos) throw validation_error(printable(arn) + " is invalid");
        parts.push_back(rest.substr(0, colon));
        rest.remove_prefix(colon + 1);
    }
    const bool account_good = parts[4].size() == 12 && std::ranges::all_of(parts[4], is_digit);
    const bool good = parts[0] == "arn" && parts[1].starts_with("aws") && parts[2] == "iam" && parts[3].empty() &&
                      account_good && rest.starts_with("role/") && !rest.ends_with('/');
    if (!good) throw validation_error(printable(arn) + " is invalid");
    return {std::string(parts[4]), std::string(rest.substr(rest.rfind('/') + 1))};
}

void check_session_name(const std::string& name) {
    const auto allowed = [](char c) {
        return is_word(c) || std::string_view("+=,.@-").find(c) != std::string_view::npos;
    };
    if (!std::ranges::all_of(name, allowed)) {
        throw constraint_error(printable(name), "roleSessionName",
                               "Member must satisfy regular expression pattern: [\\w+=,.@-]*");
    }
    if (name.size() < 2) {
        throw constraint_error(name, "roleSessionName", "Member must have length greater than or equal to 2");
    }
    if (name.size() > 64) {
        throw constraint_error(name, "roleSessionName", "Member must have length less than or equal to 64");
    }
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

void check_tags(const input& parameters) {
    std::vector<std::string> keys;
    for (const auto& one : parameters.list("Tags", "Tags.member")) {
        std::string key = lower(one->text("Key").value_or(""));
        if (std::ranges::find(keys, key) != keys.end()) {
            throw invalid_parameter_value("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        }
        keys.push_back(std::move(key));
    }
    for (const std::string& one : parameters.text_list("TransitiveTagKeys", "TransitiveTagKeys.member")) {
        if (std::ranges::find(keys, lower(one)) == keys.end()) {
            throw invalid_parameter_value("The specified transitive tag key must be included in the requested tags.");
        }
    }
}

std::int64_t read_duration(const input& parameters) {
    const std::int64_t seconds = parameters.integer("DurationSeconds").value_or(limits::role_seconds_default);
    const std::string value = std::to_string(seconds);
    if (seconds < limits::role_seconds_min) {
        throw constraint_error(value, "durationSeconds", "Member must have value greater than or equal to 900");
    }
    if (seconds > limits::role_seconds_max) {
        throw constraint_error(value, "durationSeconds", "Member must have value less than or equal to 43200");
    }
    return seconds;
}

} // namespace

void sts_service::handle(std::string_view action, const input& parameters, output& reply, const identity& caller,
                         time_point now) const {
    if (action == "AssumeRole") return assume_role(parameters, reply, now);
    if (action != "GetCallerIdentity") throw invalid_action(action);
    reply.text("Arn", caller.arn);
    reply.text("UserId", caller.user_id);
    reply.text("Account", caller.account_id);
}

void sts_service::assume_role(const input& parameters, output& reply, time_point now) const {
    const role wanted = parse_role(parameters.required("RoleArn"));
    const std::string session = parameters.required("RoleSessionName");
    check_session_name(session);
    check_tags(parameters);
    // STS tells whole seconds.
    const auto expires =
        std::chrono::floor<std::chrono::seconds>(now) + std::chrono::seconds(read_duration(parameters));
    identity user;
    user.account_id = wanted.account_id;
    user.arn = "arn:aws:sts::" + wanted.account_id + ":assumed-role/" + wanted.name + "/" + session;
    user.user_id = "AROA" + random_text(17, of_role_ids) + ":" + session;
    const known_key made = keys_.issue(user, expires);
    reply.begin_structure("Credentials");
    reply.text("AccessKeyId", made.key.id);
    reply.text("SecretAccessKey", made.key.secret);
    reply.text("SessionToken", made.key.session_token);
    std::string expiration = iso_timestamp(expires);
    expiration.replace(expiration.find('.'), std::string::npos, "Z");
    reply.text("Expiration", expiration);
    reply.end_structure("Credentials");
    reply.begin_structure("AssumedRoleUser");
    reply.text("AssumedRoleId", user.user_id);
    reply.text("Arn", user.arn);
    reply.end_structure("AssumedRoleUser");
}

} // namespace sluice::local
