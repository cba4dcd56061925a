#include "local/sns_signer.hpp"

#include "local/text.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sluice::local {
namespace {

constexpr std::string_view path_start = "/SimpleNotificationService-";
constexpr unsigned key_bits = 2048;
/// What verifiers expect that the certificate is for, as on AWS.
constexpr const char* signing_name = "sns.amazonaws.com";
constexpr long seconds_of_a_day = 86'400;

template<auto Free>
struct freed_by {
    template<class T>
    void operator()(T* what) const noexcept {
        Free(what);
    }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<&BIO_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<&X509_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<&EVP_MD_CTX_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<&X509_EXTENSION_free>>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

bio_ptr open(const std::string& file, const std::string& what) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && text.empty()) throw std::invalid_argument("cannot read the " + what + " " + file);
    bio_ptr memory(BIO_new(BIO_s_mem()));
    require(memory &&
                BIO_write(memory.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()),
            "read a file");
    return memory;
}

/// An encrypted PEM must not ask at the terminal.
int no_password(char*, int, int, void*) { return -1; }

x509_ptr make_certificate(EVP_PKEY* key) {
    x509_ptr made(X509_new());
    require(made != nullptr, "make a certificate");
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    // Clocks of other machines may be a little behind.
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -seconds_of_a_day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'650 * seconds_of_a_day);
    X509_set_pubkey(made.get(), key);
    X509_NAME* const name = X509_get_subject_name(made.get());
    const auto add = [name](const char* field, const char* value) {
        X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
    };
    add("O", "sluice, an embedded broker: not Amazon");
    add("CN", signing_name);
    X509_set_issuer_name(made.get(), name);
    const std::string names = std::string("DNS:") + signing_name;
    for (const auto& [nid, value] :
         {std::pair(NID_subject_alt_name, names.c_str()), std::pair(NID_basic_constraints, "critical,CA:FALSE"),
          std::pair(NID_key_usage, "critical,digitalSignature")}) {
        const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
        require(extension != nullptr && X509_add_ext(made.get(), extension.get(), -1) == 1, "extend a certificate");
    }
    require(X509_sign(made.get(), key, EVP_sha256()) != 0, "sign a certificate");
    return made;
}

} // namespace

struct sns_signer::identity {
    identity(key_ptr private_key, const x509_ptr& certificate) : key(std::move(private_key)) {
        const bio_ptr memory(BIO_new(BIO_s_mem()));
        require(memory && PEM_write_bio_X509(memory.get(), certificate.get()) == 1, "write a certificate");
        char* data = nullptr;
        const long size = BIO_get_mem_data(memory.get(), &data);
        pem.assign(data, static_cast<std::size_t>(size));
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        require(X509_digest(certificate.get(), EVP_sha256(), digest.data(), nullptr) == 1, "digest a certificate");
        path = path_start;
        constexpr std::string_view digits = "0123456789abcdef";
        constexpr std::size_t shown = 16;
        for (std::size_t i = 0; i < shown; ++i) {
            path += digits[digest[i] >> 4U];
            path += digits[digest[i] & 15U];
        }
        path += ".pem";
    }

    key_ptr key;
    std::string pem;
    std::string path;
};

sns_signer::sns_signer(const std::string& certificate_file, const std::string& key_file) {
    if (certificate_file.empty() && key_file.empty()) return;
    if (certificate_file.empty() || key_file.empty()) {
        throw std::invalid_argument("a signing certificate and its key go together: one of the files is not given");
    }
    x509_ptr certificate(
        PEM_read_bio_X509(open(certificate_file, "signing certificate").get(), nullptr, no_password, nullptr));
    if (!certificate) throw std::invalid_argument("the signing certificate " + certificate_file + " is not in PEM");
    key_ptr key(PEM_read_bio_PrivateKey(open(key_file, "signing key").get(), nullptr, no_password, nullptr));
    if (!key) throw std::invalid_argument("the signing key " + key_file + " is not in PEM, or is encrypted");
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        throw std::invalid_argument("the signing key " + key_file + " is not an RSA key: SNS signs with RSA");
    }
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        throw std::invalid_argument("the signing key " + key_file + " is not that of the certificate " +
                                    certificate_file);
    }
    identity_ = std::make_shared<const identity>(std::move(key), certificate);
}

sns_signer::~sns_signer() = default;

std::optional<std::chrono::milliseconds> sns_signer::make_if_needed() {
    const std::lock_guard lock(mutex_);
    if (identity_) return std::nullopt;
    const auto begun = std::chrono::steady_clock::now();
    key_ptr key(EVP_RSA_gen(key_bits));
    require(key != nullptr, "make an RSA key");
    const x509_ptr certificate = make_certificate(key.get());
    identity_ = std::make_shared<const identity>(std::move(key), certificate);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
}

std::shared_ptr<const sns_signer::identity> sns_signer::get() {
    make_if_needed();
    const std::lock_guard lock(mutex_);
    return identity_;
}

std::string sns_signer::sign(signature_version version, std::string_view text) {
    const auto own = get();
    const digest_ptr context(EVP_MD_CTX_new());
    const EVP_MD* const digest = version == signature_version::sha1 ? EVP_sha1() : EVP_sha256();
    std::size_t size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    // PKCS#1 v1.5 is what RSA keys sign with unless told otherwise. Some systems forbid SHA-1.
    if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, own->key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
        return {};
    }
    std::string signature(size, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    if (EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1) return {};
    signature.resize(size);
    return encode_base64(signature);
}

std::string sns_signer::path() { return get()->path; }

std::optional<std::string> sns_signer::certificate_at(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    if (!identity_ || identity_->path != path) return std::nullopt;
    return identity_->pem;
}

} // namespace sluice::local
