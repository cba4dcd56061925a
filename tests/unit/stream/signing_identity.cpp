#include "stream/signing_identity.hpp"

#include "protocol/base64.hpp"
#include "stream/sns_signature.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace unit_tests {

struct signing_identity::key {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair{nullptr, &EVP_PKEY_free};
};

signing_identity::signing_identity(const std::string& common_name, std::chrono::system_clock::time_point now,
                                   bool elliptic)
    : key_(std::make_unique<key>()) {
    key_->pair.reset(elliptic ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
    const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), &X509_free);
    const std::time_t at = std::chrono::system_clock::to_time_t(now);
    constexpr std::time_t day = 86'400;
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    ASN1_TIME_set(X509_getm_notBefore(x509.get()), at - day);
    ASN1_TIME_set(X509_getm_notAfter(x509.get()), at + day);
    X509_set_pubkey(x509.get(), key_->pair.get());
    X509_NAME* const name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(x509.get(), name);
    if (X509_sign(x509.get(), key_->pair.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(bio.get(), x509.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    pem_.assign(text, static_cast<std::size_t>(size));
}

signing_identity::~signing_identity() = default;

std::string signing_identity::sign(sluice::sns::signed_message content) const {
    const std::string text = sluice::sns::string_to_sign(content);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const EVP_MD* const digest = content.signature_version == "1" ? EVP_sha1() : EVP_sha256();
    std::size_t size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_->pair.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
    signature.resize(size);
    nlohmann::json document = {{"Type", content.type},
                               {"MessageId", content.message_id},
                               {"TopicArn", content.topic_arn},
                               {"Message", content.message},
                               {"Timestamp", content.timestamp},
                               {"SignatureVersion", content.signature_version},
                               {"Signature", sluice::protocol::base64_encode(signature)},
                               {"SigningCertURL", content.signing_cert_url}};
    if (content.subject) document["Subject"] = *content.subject;
    if (!content.token.empty()) document["Token"] = content.token;
    if (!content.subscribe_url.empty()) document["SubscribeURL"] = content.subscribe_url;
    return document.dump();
}

} // namespace unit_tests
