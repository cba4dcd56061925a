// Percent-encoding as SigV4 wants it: everything but A-Za-z0-9-_.~, in
// upper-case hex.
#pragma once

#include <string>
#include <string_view>

namespace sigv4::detail {

/// `kept` stays as it is too; '-' keeps nothing more.
void append_encoded(std::string& out, std::string_view text, char kept = '-');

/// Encodes what is not encoded yet: an escape that is there stays (in upper
/// case), a stray `%` is encoded.
void append_encoded_once(std::string& out, std::string_view text, char kept = '-');

} // namespace sigv4::detail
