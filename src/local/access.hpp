// Who may call: SigV4 signatures checked against known keys. Pure.
// Source: AWS IAM user guide, "Troubleshoot Signature Version 4 signing"; recorded error texts.
#pragma once

#include "local/fault.hpp"
#include "local/key_ring.hpp"
#include "local/text.hpp"

#include <sigv4/authorization.hpp>
#include <sigv4/canonical_request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// What a signature says, once it is checked.
struct signed_claim {
    std::string service; ///< of the credential scope; empty when the request is unsigned, where that is allowed
    std::string region;
    identity caller;
};

class access_control {
  public:
    /// The first region, and the identity given, are those of requests that are taken without a known key.
    access_control(const key_ring& keys, std::vector<std::string> regions, identity anonymous, bool verify)
        : keys_(keys), regions_(std::move(regions)), anonymous_(std::move(anonymous)), verify_(verify) {}

    /// Signatures are checked with the clock that clients see, `shown`; the ends of session keys with `now`. Throws
    /// `fault`.
    [[nodiscard]] signed_claim check(const sigv4::request_view& request, time_point now, time_point shown) const;

    /// Throws `fault` when a request signed for one service calls another.
    void check_service(std::string_view signed_service, std::string_view called_service) const;

  private:
    /// For a broker that asks for no signature: what can be told from it all the same.
    [[nodiscard]] signed_claim believe(const sigv4::authorization* claimed) const;
    [[nodiscard]] bool serves(const std::string& region) const;

    const key_ring& keys_;
    std::vector<std::string> regions_;
    identity anonymous_;
    bool verify_;
    sigv4::signature_checker checker_;
};

} // namespace sluice::local
