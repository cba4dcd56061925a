// The MD5 sums with which SQS lets a client see that a message arrived as it was sent.
// Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
#pragma once

#include "protocol/short_text.hpp"

#include <sluice/message.hpp>

#include <span>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// False where OpenSSL offers no MD5 (FIPS): then nothing is checked.
bool md5_available() noexcept;

/// Lower-case hex. Empty where MD5 is not available.
md5_text md5_sum(std::string_view bytes);
std::string md5_hex(std::string_view bytes);

/// The sum over attributes, in any order given. Empty for no attributes and where MD5 is not available.
std::string md5_of_attributes(std::span<const named_attribute> attributes);

/// True where `stated` is empty (the server states none), MD5 is not available, or the sums are equal.
bool md5_matches(std::string_view stated, std::string_view bytes);
bool md5_matches(std::string_view stated, std::span<const named_attribute> attributes);

} // namespace sluice::protocol
