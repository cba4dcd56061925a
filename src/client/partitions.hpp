// The partitions of AWS: which domain the endpoints of a region are in.
#pragma once

#include <string_view>

namespace sluice::calls {

struct partition {
    std::string_view id;
    std::string_view dns_suffix;
    std::string_view dual_stack_dns_suffix;
};

/// By the region's form, so that a region opened after this was written is found, too. What belongs nowhere counts as
/// `aws`, as in the AWS SDKs.
const partition& partition_of(std::string_view region) noexcept;

} // namespace sluice::calls
