// Who may call: SigV4 signatures checked against known keys. Pure.
// Source: AWS IAM user guide, "Troubleshoot Signature Version 4 signing"; recorded error texts.
#pragma once

#include "local/fault.hpp"
#include "local/text.hpp"

#include <sigv4/canonical_request.hpp>
#include <sluice/local/broker.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

class access_control {
  public:
    access_control(std::vector<access_key> keys, std::string region, bool verify)
        : keys_(std::move(keys)), region_(std::move(region)), verify_(verify) {}

    /// The service of the credential scope, empty when the request is unsigned and that is allowed. Throws `fault`.
    [[nodiscard]] std::string check(const sigv4::request_view& request, time_point now) const;

    /// Throws `fault` when a request signed for one service calls another.
    void check_service(std::string_view signed_service, std::string_view called_service) const;

    [[nodiscard]] bool verifies() const noexcept { return verify_; }

  private:
    std::vector<access_key> keys_;
    std::string region_;
    bool verify_;
};

} // namespace sluice::local
