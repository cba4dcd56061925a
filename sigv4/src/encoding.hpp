// Percent-encoding as SigV4 wants it: everything but A-Za-z0-9-_.~, in upper-case hex.
#pragma once

#include <string>
#include <string_view>

namespace sigv4::detail {

/// Characters of `kept` stay as they are too.
void append_encoded(std::string& out, std::string_view text, std::string_view kept = {});

/// Encodes what is not encoded yet: an escape that is there stays (in upper case), a stray `%` is encoded.
std::string encoded_once(std::string_view text);

} // namespace sigv4::detail
