#include "protocol/error_reply.hpp"

#include "protocol/reply_document.hpp"

#include <algorithm>
#include <array>

namespace sluice::protocol {
namespace {

template<std::size_t Size>
bool one_of(std::string_view code, const std::array<std::string_view, Size>& codes) noexcept {
    return std::ranges::find(codes, code) != codes.end();
}

// The SDKs' list, and the three that it misses: KMS throttling of SQS and SNS, and SNS's own code.
constexpr std::array<std::string_view, 18> throttling_codes{
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "Throttled",
    "KMSThrottling",
    "KmsThrottled",
    "KMS.ThrottlingException",
};

constexpr std::array<std::string_view, 7> transient_codes{
    "RequestTimeout",     "RequestTimeoutException",     "InternalError",         "InternalFailure",
    "ServiceUnavailable", "ServiceUnavailableException", "IDPCommunicationError",
};

constexpr std::array<std::string_view, 22> access_codes{
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "KMS.AccessDeniedException",
    "KMSAccessDenied",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "NotAuthorized",
};

constexpr std::array<std::string_view, 6> not_found_codes{
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "ResourceNotFound",
};

constexpr std::array<std::string_view, 3> too_long_codes{
    "AWS.SimpleQueueService.BatchRequestTooLong",
    "BatchRequestTooLong",
    "MessageTooLong",
};

/// `com.amazonaws.sqs#QueueDoesNotExist:http://…` -> `QueueDoesNotExist`
std::string_view shape_name(std::string_view type) noexcept {
    if (const auto hash = type.rfind('#'); hash != std::string_view::npos) type.remove_prefix(hash + 1);
    if (const auto colon = type.find(':'); colon != std::string_view::npos) type = type.substr(0, colon);
    return type;
}

void read_xml(const error_reply_source& reply, error_info& info) {
    pugi::xml_document document;
    if (!parse_xml(document, reply.body)) return;
    const pugi::xml_node root = document.document_element();
    pugi::xml_node node = child_named(root, "Error");
    if (node.empty()) node = child_named(child_named(root, "Errors"), "Error");
    if (node.empty() && is_named(root, "Error")) node = root;
    const xml_cursor error(node);
    info.service_code = error.text("Code");
    info.message = error.text("Message");
    if (info.message.empty()) info.message = error.text("message");
    info.sender_fault = error.text("Type") == "Sender";
    const std::string id = xml_cursor(root).text("RequestId");
    if (!id.empty()) info.request_id = id;
}

void read_json(const error_reply_source& reply, error_info& info) {
    const auto document = nlohmann::json::parse(reply.body, nullptr, false);
    const json_cursor error(&document);
    std::string type = error.text("__type");
    if (type.empty()) type = error.text("code");
    info.service_code = shape_name(type);
    info.message = error.text("message");
    if (info.message.empty()) info.message = error.text("Message");
}

/// The headers of the JSON protocol, which also come without a body.
void read_headers(const error_reply_source& reply, error_info& info) {
    if (!reply.error_type_header.empty()) info.service_code = shape_name(reply.error_type_header);
    if (reply.query_error_header.empty()) return;
    // A server that speaks for a Query service gives the Query code beside the type: it is the one users know.
    const auto semicolon = reply.query_error_header.find(';');
    info.service_code = shape_name(reply.query_error_header.substr(0, semicolon));
    if (semicolon != std::string_view::npos) {
        info.sender_fault = reply.query_error_header.substr(semicolon + 1) == "Sender";
    }
}

} // namespace

bool is_throttling(std::string_view service_code, int http_status) noexcept {
    return one_of(service_code, throttling_codes) || http_status == 429;
}

bool is_transient(std::string_view service_code, int http_status) noexcept {
    return one_of(service_code, transient_codes) || http_status == 500 || http_status == 502 || http_status == 503 ||
           http_status == 504;
}

errc classify(std::string_view service_code, int http_status) noexcept {
    if (is_throttling(service_code, http_status)) return errc::throttled;
    if (one_of(service_code, access_codes)) return errc::access_denied;
    if (one_of(service_code, not_found_codes)) return errc::not_found;
    if (one_of(service_code, too_long_codes)) return errc::message_too_long;
    if (is_transient(service_code, http_status) || http_status >= 500) return errc::service_unavailable;
    if (service_code.empty() && (http_status == 401 || http_status == 403)) return errc::access_denied;
    return errc::service_error;
}

error_info parse_error_reply(const error_reply_source& reply) {
    error_info info;
    info.http_status = reply.status;
    info.request_id = reply.request_id_header;
    const auto first = reply.body.find_first_not_of(" \t\r\n");
    const char start = first == std::string_view::npos ? '\0' : reply.body[first];
    if (start == '{') read_json(reply, info);
    if (start == '<') read_xml(reply, info);
    if (start == '{' || info.service_code.empty()) read_headers(reply, info);
    if (info.service_code.empty() && info.message.empty()) {
        info.message = "HTTP status " + std::to_string(reply.status);
        if (!reply.content_type.empty()) info.message += " with " + std::string(reply.content_type);
        info.message += ", no error code: is this really the service's endpoint?";
    }
    info.code = classify(info.service_code, reply.status);
    // Whoever failed in the middle, or lost the answer of whom it asked, may have done it. 503 and 4xx say no before.
    info.may_have_been_applied =
        info.code == errc::service_unavailable && (reply.status == 500 || reply.status == 502 || reply.status == 504);
    return info;
}

} // namespace sluice::protocol
