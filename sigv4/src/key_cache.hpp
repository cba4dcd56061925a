// The signing key of the day.
#pragma once

#include "digest.hpp"
#include "wiped.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sigv4::detail {

/// AWS4 + secret -> date -> region -> service -> aws4_request.
std::shared_ptr<const hmac_key> derive_signing_key(std::string_view secret, std::string_view date,
                                                   std::string_view region, std::string_view service);

/// Remembers the last key, for one region and service: deriving costs more than
/// ten signatures. Usable from several threads; who holds a key may go on with
/// it when the cache has moved on.
class key_cache {
  public:
    key_cache(std::string region, std::string service) : region_(std::move(region)), service_(std::move(service)) {}

    [[nodiscard]] std::shared_ptr<const hmac_key> key_for(std::string_view date, std::string_view secret);

    [[nodiscard]] const std::string& region() const noexcept { return region_; }
    [[nodiscard]] const std::string& service() const noexcept { return service_; }

  private:
    const std::string region_;
    const std::string service_;
    std::mutex mutex_;
    std::string date_;
    wiped_text secret_;
    std::shared_ptr<const hmac_key> key_; ///< for `date_` and `secret_`
};

} // namespace sigv4::detail
