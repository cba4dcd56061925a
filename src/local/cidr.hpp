// Address ranges of filter policies: `10.0.0.0/8`, `2001:db8::/32`.
#pragma once

#include <string>

namespace sluice::local {

bool is_address(const std::string& text);
bool is_cidr(const std::string& range);
/// False when either is malformed or they are of different families.
bool cidr_contains(const std::string& range, const std::string& address);

} // namespace sluice::local
