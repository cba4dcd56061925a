// Error replies of the services, and what their codes mean for us.
#pragma once

#include <sluice/error.hpp>

#include <string_view>

namespace sluice::protocol {

/// The facts of an HTTP reply that an error is read from.
struct error_reply_source {
    int status = 0;
    std::string_view content_type;
    std::string_view body;
    std::string_view request_id_header;  ///< x-amzn-RequestId
    std::string_view query_error_header; ///< x-amzn-query-error: `Code;Sender`
    std::string_view error_type_header;  ///< x-amzn-errortype
};

/// Never fails: an empty body or a proxy's HTML page gives an error by HTTP status.
error_info parse_error_reply(const error_reply_source& reply);

/// What a service's code means. Query codes and JSON type names are both known, as is the HTTP status when the code is
/// not.
errc classify(std::string_view service_code, int http_status) noexcept;

/// True for codes that ask to slow down; the code wins over the status and over the sender-fault flag.
bool is_throttling(std::string_view service_code, int http_status) noexcept;

/// True for failures that may pass by themselves: 500, 502, 503, 504 and their codes.
bool is_transient(std::string_view service_code, int http_status) noexcept;

} // namespace sluice::protocol
