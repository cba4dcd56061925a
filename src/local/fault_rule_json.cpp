#include "local/fault_rule_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::local {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<fault_kind, std::string_view>, 14> kinds{{
    {fault_kind::throttle, "throttle"},
    {fault_kind::throttle_entry, "throttle_entry"},
    {fault_kind::fail, "fail"},
    {fault_kind::fail_entry, "fail_entry"},
    {fault_kind::drop_request, "drop_request"},
    {fault_kind::drop_reply, "drop_reply"},
    {fault_kind::cut_reply, "cut_reply"},
    {fault_kind::garbage_reply, "garbage_reply"},
    {fault_kind::garbage_body, "garbage_body"},
    {fault_kind::delay_reply, "delay_reply"},
    {fault_kind::refuse_connection, "refuse_connection"},
    {fault_kind::expire_visibility, "expire_visibility"},
    {fault_kind::restart, "restart"},
    {fault_kind::outlive_client, "outlive_client"},
}};

[[noreturn]] void wrong(std::string_view member, const json& value, const std::string& rule) {
    throw std::invalid_argument("\"" + std::string(member) +
                                "\": " + value.dump(-1, ' ', true, json::error_handler_t::replace) + " " + rule);
}

std::string text_of(std::string_view member, const json& value) {
    if (!value.is_string()) wrong(member, value, "must be a string");
    return value.get<std::string>();
}

std::uint64_t count_of(std::string_view member, const json& value,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
        wrong(member, value, "must be an integer from 0 to " + std::to_string(most));
    }
    return value.get<std::uint64_t>();
}

fault_kind kind_of(const json& value) {
    const std::string name = text_of("fault", value);
    const auto found = std::ranges::find(kinds, name, &std::pair<fault_kind, std::string_view>::second);
    if (found != kinds.end()) return found->first;
    std::string all;
    for (const auto& [kind, known] : kinds) all += (all.empty() ? "" : ", ") + std::string(known);
    wrong("fault", value, "is none of: " + all);
}

template<class T>
T one_of(std::string_view member, const json& value, std::pair<const char*, T> first,
         std::pair<const char*, T> second) {
    const std::string text = text_of(member, value);
    if (text == first.first) return first.second;
    if (text == second.first) return second.second;
    wrong(member, value, std::string("must be \"") + first.first + "\" or \"" + second.first + "\"");
}

} // namespace

fault_rule parse_fault_rule(const json& from) {
    if (!from.is_object()) throw std::invalid_argument("a fault rule is a JSON object");
    if (!from.contains("fault")) throw std::invalid_argument("the member \"fault\" is missing: what shall happen");
    constexpr std::uint64_t one_day_ms = 24ULL * 3600 * 1000;
    fault_rule rule;
    for (const auto& [name, value] : from.items()) {
        if (name == "fault") rule.kind = kind_of(value);
        else if (name == "operation") rule.operation = text_of(name, value);
        else if (name == "at") rule.at = text_of(name, value);
        else if (name == "nth") rule.nth = count_of(name, value);
        else if (name == "times") rule.times = count_of(name, value);
        else if (name == "seed") rule.seed = count_of(name, value);
        else if (name == "entry") rule.entry = static_cast<std::size_t>(count_of(name, value, 10));
        else if (name == "status") rule.status = static_cast<int>(count_of(name, value, 599));
        else if (name == "code") rule.code = text_of(name, value);
        else if (name == "message") rule.message = text_of(name, value);
        else if (name == "delay_ms") rule.delay = std::chrono::milliseconds(count_of(name, value, one_day_ms));
        else if (name == "ending")
            rule.ending = one_of<connection_end>(name, value, {"closed", connection_end::closed},
                                                 {"reset", connection_end::reset});
        else if (name == "memory")
            rule.memory =
                one_of<restart_memory>(name, value, {"lost", restart_memory::lost}, {"kept", restart_memory::kept});
        else if (name == "probability" && value.is_number()) rule.probability = value.get<double>();
        else if (name == "probability") wrong(name, value, "must be a number");
        else throw std::invalid_argument("a fault rule has no member \"" + name + "\"");
    }
    return rule;
}

json write_fault_rule(const listed_fault& listed) {
    const fault_rule& rule = listed.rule;
    const auto name = std::ranges::find(kinds, rule.kind, &std::pair<fault_kind, std::string_view>::first)->second;
    json out{{"id", listed.id},
             {"fault", name},
             {"operation", rule.operation},
             {"seen", listed.seen},
             {"applied", listed.applied}};
    if (!rule.at.empty()) out["at"] = rule.at;
    if (rule.nth != 0) out["nth"] = rule.nth;
    if (rule.times != 0) out["times"] = rule.times;
    if (rule.probability < 1) {
        out["probability"] = rule.probability;
        out["seed"] = rule.seed;
    }
    switch (rule.kind) {
    case fault_kind::throttle_entry: out["entry"] = rule.entry; break;
    case fault_kind::fail_entry: out["entry"] = rule.entry; [[fallthrough]];
    case fault_kind::fail:
        out["status"] = rule.status;
        if (!rule.code.empty()) out["code"] = rule.code;
        if (!rule.message.empty()) out["message"] = rule.message;
        break;
    case fault_kind::drop_request:
    case fault_kind::drop_reply:
    case fault_kind::cut_reply:
    case fault_kind::refuse_connection:
        out["ending"] = rule.ending == connection_end::reset ? "reset" : "closed";
        break;
    case fault_kind::delay_reply: out["delay_ms"] = rule.delay.count(); break;
    case fault_kind::restart: out["memory"] = rule.memory == restart_memory::lost ? "lost" : "kept"; break;
    default: break;
    }
    return out;
}

} // namespace sluice::local
