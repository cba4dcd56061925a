// What a signer remembers.
#pragma once

#include <sigv4/signer.hpp>

#include "digest.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sigv4 {

namespace detail {

/// AWS4 + secret -> date -> region -> service -> aws4_request.
std::shared_ptr<const hmac_key> derive_signing_key(std::string_view secret, std::string_view date,
                                                   std::string_view region, std::string_view service);

} // namespace detail

struct signer::state {
    std::string region;
    std::string service;
    signing_options options;

    std::mutex mutex;
    std::string date;
    std::string secret;
    std::shared_ptr<const detail::hmac_key> key; ///< for `date` and `secret`

    ~state();
    std::shared_ptr<const detail::hmac_key> key_for(std::string_view wanted_date, const std::string& wanted_secret);
};

} // namespace sigv4
