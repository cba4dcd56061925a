// The key that what SNS sends is signed with, and the certificate that goes with it.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

/// What a topic's attribute SignatureVersion chooses.
enum class signature_version { sha1 = 1, sha256 = 2 };

/// Any thread may use it. An RSA key takes a while to make, up to a second: it is made when it is first needed.
class sns_signer {
  public:
    /// PEM files of a certificate and its RSA key; both empty: they are made. Throws std::invalid_argument for what
    /// cannot be read or does not belong together.
    sns_signer(const std::string& certificate_file, const std::string& key_file);
    sns_signer(const sns_signer&) = delete;
    sns_signer& operator=(const sns_signer&) = delete;
    ~sns_signer();

    /// How long it took, if the key has been made by this call.
    std::optional<std::chrono::milliseconds> make_if_needed();
    /// Base64. Empty when this OpenSSL does not sign with that digest.
    [[nodiscard]] std::string sign(signature_version version, std::string_view text);
    /// Where the certificate is: `/SimpleNotificationService-<32 hex digits>.pem`.
    [[nodiscard]] std::string path();
    /// The certificate in PEM if that is its path. Makes nothing.
    [[nodiscard]] std::optional<std::string> certificate_at(std::string_view path) const;

  private:
    struct identity;
    std::shared_ptr<const identity> get();

    mutable std::mutex mutex_;
    std::shared_ptr<const identity> identity_;
};

} // namespace sluice::local
