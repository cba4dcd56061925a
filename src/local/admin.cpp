#include "local/admin.hpp"

#include "local/fault_rule_json.hpp"
#include "local/status_requests.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace sluice::local {
namespace {

using nlohmann::json;

constexpr std::string_view root = "/_sluice";
/// A rule has a dozen members, one level deep.
constexpr std::size_t deepest_request = 4;

http_answer make_answer(int status, const json& body) {
    http_answer answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.request_id = make_uuid();
    if (status >= 400) answer.error_message = body.value("error", "");
    answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    return answer;
}

http_answer refused(int status, const std::string& why) { return make_answer(status, {{"error", why}}); }

json parse_body(const http_call& call) {
    if (json_depth(call.body) > deepest_request) throw std::invalid_argument("the JSON nests too deeply");
    json parsed = json::parse(call.body, nullptr, false);
    if (!parsed.is_object()) throw std::invalid_argument("the body must be a JSON object");
    return parsed;
}

/// The one member that the body has.
const json& only_member(const json& body, const char* name) {
    if (body.size() != 1 || !body.contains(name)) {
        throw std::invalid_argument(std::string("the body must have the member \"") + name + "\" and no other");
    }
    return body.at(name);
}

std::chrono::milliseconds seconds_of(const json& body, const char* name) {
    const json& value = only_member(body, name);
    // The broker's own limit, 100 years, is far below what would overflow here.
    if (!value.is_number() || std::abs(value.get<double>()) > 1e10) {
        throw std::invalid_argument(std::string("\"") + name + "\" must be a number of seconds, not " + value.dump());
    }
    return std::chrono::milliseconds(std::llround(value.get<double>() * 1000));
}

http_answer answer_faults(const http_call& call, broker_controls& controls) {
    if (call.method == "POST")
        return make_answer(201, {{"id", controls.add_fault(parse_fault_rule(parse_body(call)))}});
    if (call.method == "DELETE") {
        controls.clear_faults();
        return make_answer(200, json::object());
    }
    json list = json::array();
    for (const listed_fault& one : controls.faults()) list.push_back(write_fault_rule(one));
    return make_answer(200, {{"faults", list}});
}

http_answer answer_restart(const http_call& call, broker_controls& controls) {
    const json body = parse_body(call);
    const json& memory = only_member(body, "memory");
    if (memory == "lost") controls.restart(restart_memory::lost);
    else if (memory == "kept") controls.restart(restart_memory::kept);
    else throw std::invalid_argument("\"memory\" must be \"lost\" or \"kept\", not " + memory.dump());
    return make_answer(200, json::object());
}

http_answer answer_expire(const http_call& call, broker_controls& controls) {
    const json body = parse_body(call);
    const json& queue = only_member(body, "queue");
    if (!queue.is_string()) throw std::invalid_argument("\"queue\" must be the name of a queue");
    if (controls.expire_visibility(queue.get<std::string>())) return make_answer(200, json::object());
    return refused(404, "there is no queue " + queue.dump());
}

http_answer answer_ledger(broker_controls& controls) {
    json queues = json::object();
    for (const auto& [name, one] : controls.ledger()) {
        queues[name] = {{"entered", one.entered},     {"deleted", one.deleted}, {"expired", one.expired},
                        {"purged", one.purged},       {"moved", one.moved},     {"visible", one.visible},
                        {"in_flight", one.in_flight}, {"delayed", one.delayed}};
    }
    return make_answer(200, {{"queues", queues}});
}

/// `/faults/3` -> 3
std::optional<fault_id> id_in(std::string_view path) {
    constexpr std::string_view prefix = "/faults/";
    if (!path.starts_with(prefix)) return std::nullopt;
    const auto id = parse_integer(path.substr(prefix.size()));
    if (!id || *id < 1) return std::nullopt;
    return static_cast<fault_id>(*id);
}

http_answer dispatch(const http_call& call, broker_controls& controls) {
    const std::string_view path = call.path.substr(std::min(root.size(), call.path.size()));
    const std::string_view method = call.method;
    if (path == "/faults" && (method == "GET" || method == "POST" || method == "DELETE")) {
        return answer_faults(call, controls);
    }
    if (const auto id = id_in(path); id && method == "DELETE") {
        if (controls.remove_fault(*id)) return make_answer(200, json::object());
        return refused(404, "there is no fault rule " + std::to_string(*id));
    }
    if (path == "/advance" && method == "POST") {
        controls.advance(seconds_of(parse_body(call), "seconds"));
        return make_answer(200, json::object());
    }
    if (path == "/skew" && method == "POST") {
        controls.skew_clock(seconds_of(parse_body(call), "seconds"));
        return make_answer(200, json::object());
    }
    if (path == "/restart" && method == "POST") return answer_restart(call, controls);
    if (path == "/expire-visibility" && method == "POST") return answer_expire(call, controls);
    if (path == "/ledger" && method == "GET") return answer_ledger(controls);
    if (auto page = answer_status(call, controls)) return std::move(*page);
    return refused(404, "the admin path knows: GET, POST, DELETE /_sluice/faults; DELETE /_sluice/faults/ID; POST "
                        "/_sluice/advance, /_sluice/skew, /_sluice/restart, /_sluice/expire-visibility; GET "
                        "/_sluice/ledger, /_sluice/, /_sluice/status.json, "
                        "/_sluice/queue/REGION/ACCOUNT/NAME");
}

} // namespace

bool is_admin_path(std::string_view target) noexcept {
    return target.starts_with(root) && (target.size() == root.size() || target[root.size()] == '/');
}

bool names_this_machine(std::string_view host) noexcept {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return host.substr(0, end) == "[::1" && end != std::string_view::npos &&
               (end + 1 == host.size() || host[end + 1] == ':');
    }
    host = host.substr(0, host.find(':'));
    constexpr std::string_view name = "localhost";
    if (host.size() >= name.size() && equal_ignoring_case(host.substr(host.size() - name.size()), name)) {
        return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
    }
    // Only digits and dots: 127.example.com is somebody else's.
    return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
           std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

http_answer answer_admin(const http_call& call, broker_controls& controls, bool loopback_only) {
    if (loopback_only && !names_this_machine(call.header("Host"))) {
        return refused(403,
                       "the admin path is for this machine: the header Host must be localhost or 127.0.0.1, not \"" +
                           printable(std::string(call.header("Host"))) + "\"");
    }
    if (!call.header("Origin").empty()) return refused(403, "the admin path is not for pages in browsers");
    try {
        return dispatch(call, controls);
    } catch (const std::invalid_argument& why) {
        return refused(400, why.what());
    }
}

} // namespace sluice::local
