// How requests are written.
#pragma once

namespace sluice {

/// SQS speaks both; SNS and STS speak Query. Query costs a client less: XML parses faster than JSON here.
enum class wire_protocol {
    query, ///< AWS Query: form in, XML out
    json,  ///< AWS JSON 1.0: the only one that several local servers offer for SQS
};

} // namespace sluice
