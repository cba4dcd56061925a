// The answer to an operation that sluice has no type for.
#pragma once

#include <map>
#include <string>

namespace sluice {

/// Parameters of the AWS Query protocol as they go out: `PhoneNumber`, `Attributes.entry.1.key`. Values as plain text.
using query_parameters = std::map<std::string, std::string>;

struct raw_reply {
    raw_reply() = default;

    int status = 0;         ///< of HTTP: 200 to 299
    std::string request_id; ///< the service's id of the request
    std::string body;       ///< the XML document
};

} // namespace sluice
