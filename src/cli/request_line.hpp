// A request of the embedded broker as one line of `sluice local --log-requests`. No I/O.
#pragma once

#include "cli/styles.hpp"

#include <sluice/local/request_record.hpp>

#include <string>

namespace sluice::cli {

/// Time, client, service.operation, resource, status, error code, request id, bytes of the request, bytes of the reply
/// and milliseconds, each without blanks and `-` where there is none; then the message of the error. No line feed.
std::string request_line(const local::request_record& request, const styles& look);

} // namespace sluice::cli
