#include "key_cache.hpp"

#include <utility>

namespace sigv4::detail {

std::shared_ptr<const hmac_key> derive_signing_key(std::string_view secret, std::string_view date,
                                                   std::string_view region, std::string_view service) {
    const wiped_text start("AWS4", secret);
    wiped<digest> key;
    hmac_key(start.view()).sign(date, *key);
    hmac_key(bytes_of(*key)).sign(region, *key);
    hmac_key(bytes_of(*key)).sign(service, *key);
    hmac_key(bytes_of(*key)).sign("aws4_request", *key);
    return std::make_shared<const hmac_key>(bytes_of(*key));
}

std::shared_ptr<const hmac_key> key_cache::key_for(std::string_view date, std::string_view secret) {
    const std::lock_guard lock(mutex_);
    if (key_ == nullptr || date_ != date || secret_.view() != secret) {
        // Whatever can throw comes first: key, date and secret change together or
        // not at all.
        auto key = derive_signing_key(secret, date, region_, service_);
        wiped_text new_secret(secret);
        std::string new_date(date);
        key_ = std::move(key);
        secret_.swap(new_secret);
        date_.swap(new_date);
    }
    return key_;
}

std::shared_ptr<const hmac_key> key_shelf::key_for(std::string_view secret, std::string_view date,
                                                   std::string_view region, std::string_view service) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& one : keys_) {
            if (one->date == date && one->service == service && one->region == region && one->secret.view() == secret) {
                return one->key;
            }
        }
    }
    auto made = std::make_unique<const remembered>(secret, date, region, service);
    auto key = made->key;
    const std::lock_guard lock(mutex_);
    if (keys_.size() < most_keys) keys_.push_back(std::move(made));
    else keys_[next_] = std::move(made);
    next_ = (next_ + 1) % most_keys;
    return key;
}

} // namespace sigv4::detail
