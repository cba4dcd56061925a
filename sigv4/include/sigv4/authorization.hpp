// The server's side: what an Authorization header says, and whether it is true.
#pragma once

#include <sigv4/canonical_request.hpp>
#include <sigv4/export.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sigv4 {

struct authorization {
    std::string access_key_id;
    std::string date; ///< `20150830`
    std::string region;
    std::string service;
    std::vector<std::string> signed_headers; ///< in the order of the header
    std::string signature;
};

/// An `authorization`, or one sentence on why there is none.
class parsed_authorization {
  public:
    explicit parsed_authorization(authorization found) : content_(std::in_place_index<0>, std::move(found)) {}
    explicit parsed_authorization(std::string why_not) : content_(std::in_place_index<1>, std::move(why_not)) {}

    explicit operator bool() const noexcept { return content_.index() == 0; }
    /// Both throw std::bad_variant_access when there is none.
    const authorization& operator*() const { return std::get<0>(content_); }
    const authorization* operator->() const { return &std::get<0>(content_); }
    /// Throws std::bad_variant_access when there is no error.
    [[nodiscard]] const std::string& error() const { return std::get<1>(content_); }

  private:
    std::variant<authorization, std::string> content_;
};

/// Takes `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` apart;
/// at most 16 KiB. The parts may come in any order, unknown ones are passed
/// over. The access key id may have slashes in it.
SIGV4_API parsed_authorization parse_authorization(std::string_view value);

/// The signature that `request` should have, made of just the headers that
/// `claimed` names, whichever those are. `timestamp` is the value of
/// x-amz-date: that it is recent, belongs to `claimed.date`, and that `host` is
/// among the signed headers is for the caller to check. `options`: as the
/// service tells its clients to sign.
SIGV4_API std::string expected_signature(const authorization& claimed, const request_view& request,
                                         std::string_view timestamp, std::string_view secret_access_key,
                                         const signing_options& options = {});

/// `expected_signature` for whoever checks many requests: the signing keys of the
/// last 64 combinations of secret, day, region and service are remembered, as
/// deriving one costs more than ten signatures. May be used by any number of
/// threads. Secrets are wiped from memory when they are forgotten and when the
/// object goes. A moved-from checker may only be assigned to or destroyed.
class SIGV4_API signature_checker {
  public:
    explicit signature_checker(signing_options options = {});
    signature_checker(signature_checker&&) noexcept;
    signature_checker& operator=(signature_checker&&) noexcept;
    ~signature_checker();

    [[nodiscard]] std::string expected_signature(const authorization& claimed, const request_view& request,
                                                 std::string_view timestamp, std::string_view secret_access_key) const;

  private:
    struct SIGV4_LOCAL state;
    std::unique_ptr<state> state_;
};

/// Takes the same time wherever the first difference is. A difference in length
/// may show.
SIGV4_API bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace sigv4
