// Messages as SNS posts them: what is read is signed over in one way only, the certificate is looked for at no host but
// SNS's, and nothing verifies with a certificate whose key is not known to anybody. What is not a message may be a
// certificate.
#include "stream/sns_signature.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

/// Self-signed; the key was thrown away.
constexpr std::string_view pem = R"(-----BEGIN CERTIFICATE-----
MIIDGzCCAgOgAwIBAgIUS10m8nkFEUGgwQ2pXJUZGcTsYk8wDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTI2MjM0NTMx
WhgPMjEyNjExMDIyMzQ1MzFaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnpJU7l2hTPEsJU8mZLb3
Y8zJvi8zfj9PwWsBhoJZAdztr8FlzNiT872Qdlf64WjDM8R+ocwVdz9xiBj+CpvT
aIFREArBGGCCZirJJIllhsxsnU+JANVYKsNTts6wuWxyxcZR3z5NG4l+xZY6Ibp1
lMEgOyz3x23FcRVRCryUg6IMAA8AGybODh/7oXvFWYNH3iCbbZH2l2w/Gz0iBWzg
kDaagZsXWl3m+2r4w/mdbZc9eeWR8FmumthEMC+e9Ac97uNkrMk1RsJ9gN+e0mSU
xwpwj4wkUNI5tGdm1DrT1tD8jXx7OdsD2ssf28O+Eh+5B5fqdCj3fXYq3gOYMO/M
cQIDAQABo1MwUTAdBgNVHQ4EFgQUS/dfv8bWzF5zgo0XoAzCahQsXVkwHwYDVR0j
BBgwFoAUS/dfv8bWzF5zgo0XoAzCahQsXVkwDwYDVR0TAQH/BAUwAwEB/zANBgkq
hkiG9w0BAQsFAAOCAQEAPEsXlD1nae6/PENNqdiKmp+zLRT6rMVqYabrPSsCaZR0
qbbran4ZzhIVivRj6gG69ZG7tqQxnoBWZkdfeAQuIINA8be7p47Cw1XEf9F2ZG7W
Y/qLFOjCOrIC7KaMx70opdPOR/pqFi/QQ6S91keBYoXTfUU9zjhSd0ys0yQyh5pV
uPClci96vWeC09lKOd2r5bKIlgjV63QSsOLiVe1NZ1vjz7j0nXMBPR7nXdoK8yBw
A41jb26pM13nEr9AeTS8FvTqFJbOQqHV4E2Z6vh/joMEzxnvc+OLhg1KOTt6NoOo
XrdZxDDxPyA0/FxblUWpn4Vif6BBnRDWUa7qC7FOxg==
-----END CERTIFICATE-----
)";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::sns;
    static const auto stranger = certificate::parse(pem).value();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = parse_signed_message(text);
    if (!read) {
        if (read.error().code != sluice::errc::bad_signature || read.error().message.empty()) std::abort();
        const auto other = certificate::parse(text);
        if (other && (*other)->verify(signed_message()).has_value()) std::abort();
        return 0;
    }
    if (string_to_sign(*read) != string_to_sign(parse_signed_message(text).value())) std::abort();
    const auto place = find_certificate(*read);
    if (place && (!place->origin.host.starts_with("sns.") || place->origin.host.find('/') != std::string::npos ||
                  !place->origin.tls || !place->target.ends_with(".pem") || place->names.empty())) {
        std::abort();
    }
    if (stranger->verify(*read)) std::abort();
    return 0;
}
