#pragma once

#include <string>
#include <string_view>

namespace sluice::protocol {

/// Lower-case hex. Throws std::runtime_error where OpenSSL has no SHA-256.
std::string sha256_hex(std::string_view bytes);

} // namespace sluice::protocol
