#include "local/status_requests.hpp"

#include "local/fault.hpp"
#include "local/form.hpp"
#include "local/html_page.hpp"
#include "local/status_pages.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>

namespace sluice::local {
namespace {

constexpr std::string_view queue_prefix = "/_sluice/queue/";
constexpr std::size_t longest_search = 256;
constexpr std::size_t most_rows = 1000;
constexpr std::size_t most_messages = 100;
/// Beyond what a message can have: all of it.
constexpr std::size_t everything = std::size_t(4) << 20;

/// Nothing that a page of a broker shows may come from elsewhere or run, whatever a message says.
void protect(http_answer& answer) {
    answer.more_headers = {
        {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                                    "base-uri 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
    };
}

http_answer make_answer(int status, std::string content_type, std::string body) {
    http_answer answer;
    answer.status = status;
    answer.content_type = std::move(content_type);
    answer.request_id = make_uuid();
    answer.body = std::move(body);
    protect(answer);
    return answer;
}

http_answer page_answer(int status, std::string page) {
    return make_answer(status, html_content_type, std::move(page));
}

http_answer json_answer(int status, const nlohmann::json& body) {
    return make_answer(status, "application/json",
                       body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

/// A browser lists HTML in its header Accept, whatever else it takes.
bool wants_json(const http_call& call) {
    const std::string_view accepted = call.header("Accept");
    return accepted.find("application/json") != std::string_view::npos &&
           accepted.find("html") == std::string_view::npos;
}

/// The parameters behind the `?`, of which only known ones are taken.
class parameters {
  public:
    parameters(std::string_view query, std::initializer_list<std::string_view> known) {
        try {
            values_ = form(query);
        } catch (const fault& why) {
            throw std::invalid_argument("the parameters: " + why.message);
        }
        for (const auto& [name, value] : values_.all()) {
            if (std::ranges::find(known, name) != known.end()) continue;
            std::string list;
            for (const std::string_view one : known) list += (list.empty() ? "" : ", ") + std::string(one);
            throw std::invalid_argument("there is no parameter \"" + printable(std::string(name)) + "\" here but " +
                                        list);
        }
    }

    [[nodiscard]] bool has(std::string_view name) const { return values_.find(name).has_value(); }
    [[nodiscard]] std::string text(const std::string& name, std::size_t longest) const {
        const std::string_view found = values_.text(name);
        if (found.size() > longest) {
            throw std::invalid_argument("\"" + name + "\" has " + std::to_string(found.size()) + " bytes: at most " +
                                        std::to_string(longest) + " are taken");
        }
        return std::string(found);
    }
    [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t preset, std::int64_t least,
                                      std::int64_t most) const {
        const auto found = values_.find(name);
        if (!found) return preset;
        const auto value = parse_integer(*found);
        if (!value || *value < least || *value > most) {
            throw std::invalid_argument("\"" + name + "\": \"" + printable(std::string(*found)) +
                                        "\" must be a number from " + std::to_string(least) + " to " +
                                        std::to_string(most));
        }
        return *value;
    }

  private:
    form values_;
};

http_answer answer_overview(const http_call& call, broker_controls& controls, bool as_json) {
    const parameters given(call.query, {"find", "page", "size", "refresh"});
    status_query query;
    query.find = given.text("find", longest_search);
    query.page = static_cast<std::size_t>(given.number("page", 1, 1, 1'000'000));
    query.size = static_cast<std::size_t>(given.number("size", as_json ? most_rows : 100, 1, most_rows));
    const auto refresh = given.number("refresh", 5, 0, 3600);
    const broker_status seen = controls.status(query);
    if (as_json) return json_answer(200, status_json(seen, query));
    return page_answer(200, status_page(seen, query, static_cast<long>(refresh)));
}

/// REGION/ACCOUNT/NAME
std::optional<std::array<std::string, 3>> place_in(std::string_view path) {
    std::array<std::string, 3> parts;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto slash = path.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        parts[i] = path.substr(0, slash);
        path.remove_prefix(slash + 1);
    }
    parts[2] = path;
    return parts;
}

http_answer answer_queue(const http_call& call, broker_controls& controls) {
    const bool as_json = wants_json(call);
    constexpr std::int64_t most = std::int64_t(1) << 62;
    const parameters given(call.query, {"after", "message", "size"});
    peek_query query;
    query.after = static_cast<std::uint64_t>(given.number("after", 0, 0, most));
    query.size = static_cast<std::size_t>(given.number("size", 20, 1, most_messages));
    if (given.has("message")) {
        query.only = static_cast<std::uint64_t>(given.number("message", 0, 1, most));
        query.body_bytes = everything;
        query.attribute_bytes = everything;
    }
    std::optional<queue_peek> seen;
    if (const auto place = place_in(call.path.substr(queue_prefix.size()))) {
        query.region = (*place)[0];
        query.account = (*place)[1];
        query.queue = (*place)[2];
        seen = controls.peek(query);
    }
    if (!seen) {
        const std::string why = "There is no queue " + printable(std::string(call.path.substr(queue_prefix.size()))) +
                                "; the path is " + std::string(queue_prefix) + "REGION/ACCOUNT/NAME.";
        if (as_json) return json_answer(404, {{"error", why}});
        return page_answer(404, message_page("No such queue", why));
    }
    if (as_json) return json_answer(200, queue_json(*seen, query));
    return page_answer(200, queue_page(*seen, query));
}

} // namespace

std::optional<http_answer> answer_status(const http_call& call, broker_controls& controls) {
    if (call.method != "GET") return std::nullopt;
    if (call.path == "/_sluice" || call.path == "/_sluice/") {
        return answer_overview(call, controls, wants_json(call));
    }
    if (call.path == "/_sluice/status.json") return answer_overview(call, controls, true);
    if (call.path.starts_with(queue_prefix)) return answer_queue(call, controls);
    return std::nullopt;
}

} // namespace sluice::local
