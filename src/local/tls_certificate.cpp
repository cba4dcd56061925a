#include "local/tls_certificate.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace sluice::local {
namespace {

using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr auto year = std::chrono::hours(24 * 365);

void require_made(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(std::string("no certificate can be made: ") + what);
}

/// `DNS:localhost`, `IP:127.0.0.1`
std::string alternative_name(const std::string& name) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    if (!no_address) return "IP:" + name;
    const bool fits = !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_' || c == '*';
    });
    if (!fits) {
        throw std::invalid_argument("embedded broker: \"" + name +
                                    "\" is no host name or IP address for a certificate");
    }
    return "DNS:" + name;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> made(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
    require_made(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1, value.c_str());
}

/// Clients that keep a certificate by issuer and serial number must not take this one for an earlier one.
void set_random_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    require_made(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "no random numbers");
    bytes[0] &= 0x7F; // positive
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), &BN_free);
    require_made(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
                 "its serial number");
}

template<class Write>
std::string written_pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    require_made(memory && write(memory.get()) == 1, "its PEM");
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace

std::vector<std::string> names_of_broker(const std::string& address, const std::vector<std::string>& regions) {
    std::vector<std::string> names{"localhost",     "*.localhost",   "127.0.0.1",     "::1",
                                   "sqs.localhost", "sns.localhost", "sts.localhost", "host.docker.internal"};
    // Many clients take no wildcard directly under a top-level domain: those names are spelled out.
    for (const std::string& region : regions) names.push_back("*." + region + ".localhost");
    boost::system::error_code no_address;
    const auto at = boost::asio::ip::make_address(address, no_address);
    const bool known = std::ranges::find(names, address) != names.end();
    if (!no_address && !at.is_unspecified() && !known) names.push_back(address);
    return names;
}

server_identity make_identity(const std::vector<std::string>& names, std::chrono::system_clock::time_point now) {
    std::string alternatives;
    for (const std::string& name : names) alternatives += (alternatives.empty() ? "" : ",") + alternative_name(name);
    const key_ptr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const x509_ptr made(X509_new(), &X509_free);
    require_made(key && made, "no key");
    X509_set_version(made.get(), X509_VERSION_3);
    set_random_serial(made.get());
    const auto seconds = [](auto time) { return std::chrono::system_clock::to_time_t(time); };
    ASN1_TIME_set(X509_getm_notBefore(made.get()), seconds(now - std::chrono::hours(1)));
    ASN1_TIME_set(X509_getm_notAfter(made.get()), seconds(now + year));
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(made.get());
    for (const auto& [part, value] : {std::pair("O", "sluice embedded broker"), std::pair("CN", "localhost")}) {
        X509_NAME_add_entry_by_txt(subject, part, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value), -1, -1,
                                   0);
    }
    X509_set_issuer_name(made.get(), subject);
    // No CA: some clients take no CA's certificate from a server, and nobody can make others with this one.
    add_extension(made.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(made.get(), NID_ext_key_usage, "serverAuth");
    add_extension(made.get(), NID_subject_key_identifier, "hash");
    add_extension(made.get(), NID_subject_alt_name, alternatives);
    require_made(X509_sign(made.get(), key.get(), EVP_sha256()) > 0, "it cannot be signed");
    server_identity identity;
    identity.certificate_chain = written_pem([&made](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
    identity.private_key = written_pem(
        [&key](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return identity;
}

} // namespace sluice::local
