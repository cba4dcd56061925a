#include "support/recorded_traffic.hpp"

#include "support/scripted_transport.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace unit_tests {
namespace {

using sluice::http_reply;
using sluice::http_request;
using sluice::result;

/// Without the order of the query's parameters and without the slash of an empty path.
std::string comparable(const std::string& url) {
    const auto question = url.find('?');
    std::string out = url.substr(0, question);
    if (out.ends_with('/')) out.pop_back();
    if (question == std::string::npos) return out;
    for (const auto& [name, value] : parse_form(std::string_view(url).substr(question + 1)))
        out += " " + name + "=" + value;
    return out;
}

std::string url_of(const http_request& request) {
    return (request.origin.tls ? "https://" : "http://") + request.origin.host_header() + request.target;
}

std::string header_of(const std::vector<sluice::http_header>& headers, std::string_view name) {
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    for (const auto& one : headers) {
        if (std::ranges::equal(one.name, name, same)) return one.value;
    }
    return {};
}

bool is_signed(const std::vector<sluice::http_header>& headers) {
    return header_of(headers, "authorization").starts_with("AWS4-HMAC-SHA256 ");
}

/// The parts of a request that do not depend on the SDK. Its own headers are left aside; so are the values of RoleArn,
/// RoleSessionName, WebIdentityToken and X-Amz-Security-Token, as several recordings were taken over from other cases.
std::string difference(const std::string& method, const std::string& url,
                       const std::vector<sluice::http_header>& headers, const std::string& body,
                       const http_request& sent) {
    if (sent.method != method) return sent.method + " instead of " + method;
    if (comparable(url_of(sent)) != comparable(url)) return url_of(sent) + " instead of " + url;
    for (const std::string name :
         {"x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds", "x-amz-sso_bearer_token"}) {
        if (header_of(sent.headers, name) != header_of(headers, name))
            return name + " is " + header_of(sent.headers, name);
    }
    if (is_signed(headers) != is_signed(sent.headers)) return is_signed(headers) ? "it is not signed" : "it is signed";
    const auto wanted = parse_form(body);
    auto got = parse_form(sent.body);
    for (const auto& [name, value] : wanted) {
        const bool any = name == "RoleSessionName" || name == "RoleArn" || name == "WebIdentityToken";
        if (any ? got[name].empty() : got[name] != value) return name + " is " + got[name];
    }
    return got.size() == wanted.size() ? "" : "the body has more: " + sent.body;
}

std::string text_of(const nlohmann::json& data) { return data.at("Utf8").get<std::string>(); }

std::vector<sluice::http_header> read_headers(const nlohmann::json& headers) {
    std::vector<sluice::http_header> out;
    for (const auto& [name, values] : headers.items()) {
        for (const auto& value : values) out.emplace_back(name, value.get<std::string>());
    }
    return out;
}

} // namespace

recorded_traffic::recorded_traffic(const nlohmann::json& file) {
    std::map<int, std::size_t> by_connection;
    for (const auto& event : file.at("events")) {
        const int connection = event.at("connection_id").get<int>();
        const auto& action = event.at("action");
        if (action.contains("Request")) {
            const auto& request = action.at("Request").at("request");
            by_connection[connection] = exchanges_.size();
            exchange& made = exchanges_.emplace_back();
            made.method = request.at("method").get<std::string>();
            made.url = request.at("uri").get<std::string>();
            made.headers = read_headers(request.at("headers"));
            continue;
        }
        exchange& current = exchanges_.at(by_connection.at(connection));
        if (action.contains("Response")) {
            const auto& response = action.at("Response").at("response").at("Ok");
            current.reply.status = response.at("status").get<int>();
            current.reply.headers = read_headers(response.at("headers"));
        } else if (action.contains("Data")) {
            const bool sent = action.at("Data").at("direction") == "Request";
            (sent ? current.body : current.reply.body) += text_of(action.at("Data").at("data"));
        }
    }
}

boost::asio::awaitable<result<http_reply>> recorded_traffic::send(http_request request) {
    // What was recorded once as failing may be tried again: it fails again.
    const bool again = next_ == exchanges_.size() && next_ > 0 && exchanges_.back().reply.status >= 500;
    if (next_ >= exchanges_.size() && !again) {
        problem_ = "an unexpected request: " + request.method + " " + url_of(request);
        co_return result<http_reply>(sluice::error_info(sluice::errc::bad_reply, problem_));
    }
    const exchange& current = exchanges_[again ? next_ - 1 : next_++];
    const std::string wrong = difference(current.method, current.url, current.headers, current.body, request);
    if (!wrong.empty() && problem_.empty()) problem_ = "request " + std::to_string(next_) + ": " + wrong;
    co_return current.reply;
}

std::string recorded_traffic::problem() const {
    if (!problem_.empty() || next_ == exchanges_.size()) return problem_;
    return std::to_string(exchanges_.size() - next_) + " of the recorded requests were not made";
}

} // namespace unit_tests
