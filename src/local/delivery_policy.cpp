#include "local/delivery_policy.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

namespace sluice::local {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr int most_retries = 100;
constexpr int longest_delay = 3'600;
constexpr auto longest_retrying = std::chrono::seconds(3'600);
constexpr std::size_t deepest_policy = 4;

constexpr std::array<std::pair<std::string_view, backoff_function>, 4> functions{{
    {"linear", backoff_function::linear},
    {"arithmetic", backoff_function::arithmetic},
    {"geometric", backoff_function::geometric},
    {"exponential", backoff_function::exponential},
}};

json parse_document(std::string_view text) {
    json document = json_depth(text) > deepest_policy ? json(json::value_t::discarded)
                                                      : json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) throw bad_delivery_policy{"failed to parse JSON."};
    return document;
}

/// An object with no other members than these; null when it is not there or null.
const json* find_object(const json& in, const char* name, std::initializer_list<std::string_view> members) {
    const auto found = in.find(name);
    if (found == in.end() || found->is_null()) return nullptr;
    if (!found->is_object()) throw bad_delivery_policy{std::string(name) + " must be a JSON object"};
    for (const auto& [member, value] : found->items()) {
        if (std::ranges::find(members, member) == members.end()) {
            throw bad_delivery_policy{"Unexpected JSON member: " + member};
        }
    }
    return &*found;
}

void check_members(const json& object, std::initializer_list<std::string_view> members) {
    for (const auto& [member, value] : object.items()) {
        if (std::ranges::find(members, member) == members.end()) {
            throw bad_delivery_policy{"Unexpected JSON member: " + member};
        }
    }
}

/// `otherwise` when the member is not there or null.
int integer_of(const json& in, const char* name, int lowest, int highest, int otherwise) {
    const auto found = in.find(name);
    if (found == in.end() || found->is_null()) return otherwise;
    const bool in_range = found->is_number_integer() && *found >= lowest && *found <= highest;
    if (!in_range) {
        throw bad_delivery_policy{std::string(name) + " must be an integer from " + std::to_string(lowest) + " to " +
                                  std::to_string(highest) + ", not " + found->dump()};
    }
    return found->get<int>();
}

std::optional<retry_policy> read_retries(const json& in, const char* name) {
    const json* const from = find_object(in, name,
                                         {"minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries",
                                          "numMinDelayRetries", "numMaxDelayRetries", "backoffFunction"});
    if (from == nullptr) return std::nullopt;
    const retry_policy standard;
    retry_policy read;
    read.min_delay = integer_of(*from, "minDelayTarget", 1, longest_delay, standard.min_delay);
    read.max_delay = integer_of(*from, "maxDelayTarget", 1, longest_delay, standard.max_delay);
    read.retries = integer_of(*from, "numRetries", 0, most_retries, standard.retries);
    read.no_delay_retries = integer_of(*from, "numNoDelayRetries", 0, most_retries, 0);
    read.min_delay_retries = integer_of(*from, "numMinDelayRetries", 0, most_retries, 0);
    read.max_delay_retries = integer_of(*from, "numMaxDelayRetries", 0, most_retries, 0);
    if (read.min_delay > read.max_delay) {
        throw bad_delivery_policy{"minDelayTarget (" + std::to_string(read.min_delay) +
                                  ") must not be greater than maxDelayTarget (" + std::to_string(read.max_delay) + ")"};
    }
    const int of_phases = read.no_delay_retries + read.min_delay_retries + read.max_delay_retries;
    if (of_phases > read.retries) {
        throw bad_delivery_policy{"numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries are " +
                                  std::to_string(of_phases) + " together, more than numRetries (" +
                                  std::to_string(read.retries) + ")"};
    }
    const auto function = from->find("backoffFunction");
    if (function == from->end() || function->is_null()) return read;
    const auto known = std::ranges::find_if(
        functions, [&](const auto& one) { return function->is_string() && *function == std::string(one.first); });
    if (known == functions.end()) {
        throw bad_delivery_policy{"backoffFunction must be linear, arithmetic, geometric or exponential, not " +
                                  function->dump()};
    }
    read.function = known->second;
    return read;
}

std::optional<int> read_throttle(const json& in, const char* name) {
    const json* const from = find_object(in, name, {"maxReceivesPerSecond"});
    if (from == nullptr) return std::nullopt;
    constexpr int any = 1'000'000'000;
    const int rate = integer_of(*from, "maxReceivesPerSecond", 1, any, 0);
    return rate == 0 ? std::nullopt : std::optional(rate);
}

std::optional<std::string> read_content_type(const json& in, const char* name, bool raw) {
    constexpr std::array<std::string_view, 2> of_envelopes{"application/json", "text/plain"};
    constexpr std::array<std::string_view, 12> of_raw_messages{
        "application/atom+xml",
        "application/json",
        "application/octet-stream",
        "application/soap+xml",
        "application/xhtml+xml",
        "application/xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
        "application/x-www-form-urlencoded",
    };
    const json* const from = find_object(in, name, {"headerContentType"});
    if (from == nullptr) return std::nullopt;
    const auto found = from->find("headerContentType");
    if (found == from->end() || found->is_null()) return std::nullopt;
    const std::string given = found->is_string() ? found->get<std::string>() : std::string();
    const std::string_view type = std::string_view(given).substr(0, given.find(';'));
    const std::string_view rest = std::string_view(given).substr(type.size());
    const bool with_charset =
        rest.empty() || equal_ignoring_case(rest, ";charset=utf-8") || equal_ignoring_case(rest, "; charset=utf-8");
    const bool known = raw ? std::ranges::find(of_raw_messages, type) != of_raw_messages.end()
                           : std::ranges::find(of_envelopes, type) != of_envelopes.end();
    if (!known || !with_charset) {
        throw bad_delivery_policy{"headerContentType " + found->dump() + " is not supported" +
                                  (raw ? "" : ": without raw delivery it is application/json or text/plain")};
    }
    return given;
}

std::string_view name_of(backoff_function function) {
    return std::ranges::find(functions, function, &std::pair<std::string_view, backoff_function>::second)->first;
}

/// In the order of the service.
void append_retries(std::string& out, const retry_policy& policy) {
    out += R"({"minDelayTarget":)" + std::to_string(policy.min_delay);
    out += R"(,"maxDelayTarget":)" + std::to_string(policy.max_delay);
    out += R"(,"numRetries":)" + std::to_string(policy.retries);
    out += R"(,"numMaxDelayRetries":)" + std::to_string(policy.max_delay_retries);
    out += R"(,"numNoDelayRetries":)" + std::to_string(policy.no_delay_retries);
    out += R"(,"numMinDelayRetries":)" + std::to_string(policy.min_delay_retries);
    out += R"(,"backoffFunction":")" + std::string(name_of(policy.function)) + "\"}";
}

std::string throttle_json(int rate) { return R"({"maxReceivesPerSecond":)" + std::to_string(rate) + "}"; }

std::string request_json(const std::string& content_type) {
    std::string out = R"({"headerContentType":)";
    append_json_string(out, content_type);
    return out + "}";
}

/// How far step `at` of 0 to `last` is on the way from the shortest delay to the longest, 0 to 1.
double progress(backoff_function function, int at, int last) {
    const double x = at;
    const double end = last;
    // The steps between the delays are equal; grow by the same amount; double.
    if (function == backoff_function::arithmetic) return x * (x + 1) / (end * (end + 1));
    if (function == backoff_function::exponential) return (std::exp2(x) - 1) / (std::exp2(end) - 1);
    return x / end;
}

} // namespace

delivery_policy_part parse_topic_delivery_policy(std::string_view text) {
    delivery_policy_part part;
    if (text.empty()) return part;
    const json document = parse_document(text);
    check_members(document, {"http"});
    const json* const http = find_object(document, "http",
                                         {"defaultHealthyRetryPolicy", "disableSubscriptionOverrides",
                                          "defaultThrottlePolicy", "defaultRequestPolicy", "defaultSicklyRetryPolicy"});
    if (http == nullptr) return part;
    part.retries = read_retries(*http, "defaultHealthyRetryPolicy");
    read_retries(*http, "defaultSicklyRetryPolicy");
    part.max_receives_per_second = read_throttle(*http, "defaultThrottlePolicy");
    part.content_type = read_content_type(*http, "defaultRequestPolicy", false);
    const auto disable = http->find("disableSubscriptionOverrides");
    if (disable != http->end() && !disable->is_null()) {
        if (!disable->is_boolean()) {
            throw bad_delivery_policy{"disableSubscriptionOverrides must be true or false, not " + disable->dump()};
        }
        part.disable_subscription_overrides = disable->get<bool>();
    }
    return part;
}

delivery_policy_part parse_subscription_delivery_policy(std::string_view text, bool raw) {
    delivery_policy_part part;
    if (text.empty()) return part;
    const json document = parse_document(text);
    check_members(document,
                  {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"});
    part.retries = read_retries(document, "healthyRetryPolicy");
    read_retries(document, "sicklyRetryPolicy");
    part.max_receives_per_second = read_throttle(document, "throttlePolicy");
    part.content_type = read_content_type(document, "requestPolicy", raw);
    return part;
}

delivery_policy effective_policy(const delivery_policy_part& topic, const delivery_policy_part& subscription) {
    delivery_policy all;
    const auto take = [&all](const delivery_policy_part& from) {
        if (from.retries) all.retries = *from.retries;
        if (from.max_receives_per_second) all.max_receives_per_second = from.max_receives_per_second;
        if (from.content_type) all.content_type = *from.content_type;
    };
    take(topic);
    if (!topic.disable_subscription_overrides) take(subscription);
    return all;
}

std::string topic_policy_json(const delivery_policy_part& topic) {
    const delivery_policy all = effective_policy(topic, {});
    std::string out = R"({"http":{"defaultHealthyRetryPolicy":)";
    append_retries(out, all.retries);
    out += R"(,"disableSubscriptionOverrides":)";
    out += topic.disable_subscription_overrides ? "true" : "false";
    if (all.max_receives_per_second)
        out += R"(,"defaultThrottlePolicy":)" + throttle_json(*all.max_receives_per_second);
    return out + R"(,"defaultRequestPolicy":)" + request_json(all.content_type) + "}}";
}

std::string subscription_policy_json(const delivery_policy& policy) {
    std::string out = R"({"healthyRetryPolicy":)";
    append_retries(out, policy.retries);
    out += R"(,"sicklyRetryPolicy":null,"throttlePolicy":)";
    out += policy.max_receives_per_second ? throttle_json(*policy.max_receives_per_second) : "null";
    return out + R"(,"requestPolicy":)" + request_json(policy.content_type) + R"(,"guaranteed":false})";
}

milliseconds delay_before(const retry_policy& policy, int retry) {
    const milliseconds shortest = std::chrono::seconds(policy.min_delay);
    const milliseconds longest = std::chrono::seconds(policy.max_delay);
    int at = retry - 1;
    if (at < policy.no_delay_retries) return milliseconds(0);
    at -= policy.no_delay_retries;
    if (at < policy.min_delay_retries) return shortest;
    at -= policy.min_delay_retries;
    const int in_backoff =
        policy.retries - policy.no_delay_retries - policy.min_delay_retries - policy.max_delay_retries;
    if (at >= in_backoff) return longest;
    const int last = in_backoff - 1;
    if (last == 0) return shortest;
    const auto low = static_cast<double>(shortest.count());
    const auto high = static_cast<double>(longest.count());
    const double delay = policy.function == backoff_function::geometric
                             ? low * std::pow(high / low, static_cast<double>(at) / last)
                             : low + (high - low) * progress(policy.function, at, last);
    return milliseconds(std::llround(delay));
}

std::optional<time_point> retry_schedule::next(time_point now) {
    if (retries_ >= policy_.retries) return std::nullopt;
    const time_point when = now + delay_before(policy_, retries_ + 1);
    if (when - begun_ > longest_retrying) return std::nullopt;
    ++retries_;
    return when;
}

} // namespace sluice::local
