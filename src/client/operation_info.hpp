// What the call path must know about an operation.
#pragma once

#include <sluice/wire_protocol.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::calls {

enum class service_id { sqs, sns, sts };

struct service_info {
    std::string_view signing_name;
    std::string_view version;       ///< of the Query API
    std::string_view target_prefix; ///< of X-Amz-Target; empty: no JSON protocol
};

constexpr service_info info_of(service_id id) noexcept {
    switch (id) {
    case service_id::sqs: return {"sqs", "2012-11-05", "AmazonSQS"};
    case service_id::sns: return {"sns", "2010-03-31", ""};
    case service_id::sts: return {"sts", "2011-06-15", ""};
    }
    return {};
}

struct operation_info {
    std::string_view name;
    service_id service = service_id::sqs;
    std::size_t max_reply_bytes = std::size_t(1) << 20;
    bool is_signed = true; ///< false: what it carries is proof enough, and no keys are asked for
};

} // namespace sluice::calls
