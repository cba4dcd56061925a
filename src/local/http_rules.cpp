#include "local/http_rules.hpp"

#include "local/admin.hpp"
#include "local/refusal.hpp"

#include <boost/beast/http/status.hpp>

#include <utility>

namespace sluice::local {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view start) noexcept {
    return equal_ignoring_case(text.substr(0, start.size()), start);
}

http_answer refuse_method(const request_head& head) {
    std::string text = "only POST and GET are answered here, not " + std::string(head.method);
    if (head.method == "OPTIONS") {
        text += ": CORS is off, pages of other origins cannot call this broker from a browser";
    }
    http_answer answer = refuse_request(405, "MethodNotAllowed", std::move(text), head.json);
    answer.more_headers.emplace_back("Allow", "GET, POST");
    return answer;
}

} // namespace

request_target split_target(std::string_view target) noexcept {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!starts_with_ignoring_case(target, scheme)) continue;
        const auto end_of_host = target.find_first_of("/?", scheme.size());
        target = end_of_host == std::string_view::npos ? std::string_view() : target.substr(end_of_host);
        break;
    }
    const auto mark = target.find('?');
    request_target parts{target.substr(0, mark), {}};
    if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
    if (parts.path.empty()) parts.path = "/"; // only the absolute form may leave it out
    return parts;
}

std::optional<http_answer> refuse_head(const request_head& head) {
    if (head.method != "POST" && head.method != "GET" && !is_admin_path(head.path)) return refuse_method(head);
    // `amz-1.0` is what some SDKs say of JSON that is not encoded.
    const std::string_view encoding = head.content_encoding;
    if (!encoding.empty() && !equal_ignoring_case(encoding, "identity") && !equal_ignoring_case(encoding, "amz-1.0")) {
        return refuse_request(415, "UnsupportedMediaType",
                              "the body has the Content-Encoding " + std::string(encoding) +
                                  ", but SNS and SQS take no compressed requests: send it without (in AWS SDKs: "
                                  "AWS_DISABLE_REQUEST_COMPRESSION=true)",
                              head.json);
    }
    if (!head.expect.empty() && !equal_ignoring_case(head.expect, "100-continue")) {
        return refuse_request(417, "ExpectationFailed",
                              "Expect can only be 100-continue, not " + std::string(head.expect), head.json);
    }
    return std::nullopt;
}

http_answer refuse_request(int status, std::string code, std::string text, bool json) {
    std::string type = code;
    return refusal(make_fault(std::move(code), std::move(type), std::move(text), status), json, "sqs");
}

http_answer refuse_as_text(int status, std::string text) {
    http_answer answer;
    answer.status = status;
    answer.content_type = "text/plain";
    answer.request_id = make_uuid();
    answer.error_message = text;
    answer.body = std::move(text) + "\n";
    return answer;
}

std::string serialise(const http_answer& answer, time_point date, reply_form form) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
    std::string out;
    out.reserve(answer.body.size() + 320);
    const auto header = [&out](std::string_view name, std::string_view value) {
        (((out += "\r\n") += name) += ": ") += value;
    };
    ((out += "HTTP/1.1 ") += std::to_string(answer.status)) += ' ';
    out.append(reason.data(), reason.size());
    header("x-amzn-RequestId", answer.request_id);
    if (!answer.query_error.empty()) header("x-amzn-query-error", answer.query_error);
    for (const auto& [name, value] : answer.more_headers) header(name, value);
    header("Date", http_date(date));
    header("Content-Type", answer.content_type);
    header("Content-Length", std::to_string(answer.body.size()));
    out += form.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    if (!form.without_body) out += answer.body;
    return out;
}

} // namespace sluice::local
