// The rules of SNS signatures. No I/O.
#pragma once

#include <sluice/error.hpp>
#include <sluice/sns/signature.hpp>
#include <sluice/transport.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sns {

/// Fails with `errc::bad_signature` for what is not a message of SNS with a signature.
result<signed_message> parse_signed_message(std::string_view json);

/// Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
std::string string_to_sign(const signed_message& from);

struct certificate_place {
    certificate_place() = default;

    http_origin origin;
    std::string target;
    /// The names that SNS signs with in that region; the first is the usual one. None: any will do.
    std::vector<std::string> names;
};

/// Where the certificate of a message may be fetched. Fails with `errc::bad_signature` for any other host than SNS's in
/// the region of the topic, and for what is not a `.pem` file at its root.
result<certificate_place> find_certificate(const signed_message& from);
/// The same for a local broker that signs in place of SNS: the file that the message names, at that origin, whatever
/// host it names. Any name in the certificate is good.
result<certificate_place> find_certificate_at(const http_origin& local, const signed_message& from);

/// The common names of the certificates that SNS signs with in a region.
/// Source: the table of the AWS SDK for Java; regions that it does not have may also use the name that new ones have.
std::vector<std::string> signing_names(const std::string& region);

/// An X.509 certificate. Immutable; any thread.
class certificate {
  public:
    /// Fails with `errc::bad_reply` for what is not a certificate in PEM.
    static result<std::shared_ptr<const certificate>> parse(std::string_view pem);

    certificate(const certificate&) = delete;
    certificate& operator=(const certificate&) = delete;
    ~certificate();

    /// Fails with `errc::bad_signature` when it is not valid then, or bears none of the names, if there are any.
    [[nodiscard]] result<void> check(const std::vector<std::string>& names,
                                     std::chrono::system_clock::time_point now) const;
    /// Fails with `errc::bad_signature` when it has not signed the message.
    [[nodiscard]] result<void> verify(const signed_message& from) const;

  private:
    struct handle;
    explicit certificate(std::unique_ptr<handle> x509);

    std::unique_ptr<handle> handle_;
};

} // namespace sluice::sns
