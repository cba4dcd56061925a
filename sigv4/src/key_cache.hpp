// Signing keys, remembered: deriving one costs more than ten signatures.
#pragma once

#include "digest.hpp"
#include "wiped.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sigv4::detail {

/// AWS4 + secret -> date -> region -> service -> aws4_request.
std::shared_ptr<const hmac_key> derive_signing_key(std::string_view secret, std::string_view date,
                                                   std::string_view region, std::string_view service);

/// The key of the day of one region and service, for who signs. Usable from
/// several threads; who holds a key may go on with it when the cache has moved
/// on.
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

/// The latest keys of whoever signs, for who checks. Usable from several threads
/// as well.
class key_shelf {
  public:
    static constexpr std::size_t most_keys = 64;

    [[nodiscard]] std::shared_ptr<const hmac_key> key_for(std::string_view secret, std::string_view date,
                                                          std::string_view region, std::string_view service);

  private:
    struct remembered {
        remembered(std::string_view of_secret, std::string_view of_date, std::string_view of_region,
                   std::string_view of_service)
            : secret(of_secret), date(of_date), region(of_region), service(of_service),
              key(derive_signing_key(of_secret, of_date, of_region, of_service)) {}

        wiped_text secret;
        std::string date;
        std::string region;
        std::string service;
        std::shared_ptr<const hmac_key> key;
    };

    std::mutex mutex_;
    std::vector<std::unique_ptr<const remembered>> keys_;
    std::size_t next_ = 0; ///< the one to be replaced, once there are enough
};

} // namespace sigv4::detail
