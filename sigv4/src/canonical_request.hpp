// Stage one as the signer and the verifier use it: into a string that is there
// already.
#pragma once

#include <sigv4/canonical_request.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sigv4::detail {

enum class header_choice {
    stable_only, ///< a client leaves out what may change on the way
    every_one,   ///< a server takes what the client signed, also `user-agent`,
                 ///< which some SDKs sign
};

/// Where something stands in a string.
struct text_range {
    std::size_t position = 0;
    std::size_t size = 0;
    [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(position, size); }
};

/// Appends the canonical request of `request` with `more` headers. Returns
/// where the list of signed headers stands.
text_range append_canonical_request(std::string& out, const request_view& request, std::span<const header> more,
                                    std::string_view payload_hash, const signing_options& options,
                                    header_choice choice = header_choice::stable_only);

} // namespace sigv4::detail
