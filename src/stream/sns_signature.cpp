#include "stream/sns_signature.hpp"

#include "client/partitions.hpp"
#include "protocol/arn.hpp"
#include "protocol/base64.hpp"
#include "protocol/strict_json.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace sluice::sns {
namespace {

using nlohmann::json;

error_info bad(std::string why) { return {errc::bad_signature, std::move(why)}; }

/// The largest message with every byte escaped, and what comes with it.
constexpr protocol::json_bounds message_bounds{std::size_t(8) << 20, 8};

/// Reads the members of the envelope. The first that is not as it must be is kept.
class envelope_reader {
  public:
    explicit envelope_reader(const json& document) : document_(document) {}

    /// Empty where it is missing or null; `other` is how Lambda events spell it.
    std::optional<std::string> find(const char* name, const char* other = nullptr) {
        auto found = document_.find(name);
        if (found == document_.end() && other != nullptr) found = document_.find(other);
        if (found == document_.end() || found->is_null()) return std::nullopt;
        if (found->is_string()) return found->get<std::string>();
        refuse(std::string(name) + " is not a text");
        return std::nullopt;
    }
    std::string need(const char* name, const char* other = nullptr) {
        auto value = find(name, other);
        if (!value) refuse("it has no " + std::string(name));
        return std::move(value).value_or("");
    }
    void refuse(std::string why) {
        if (!broken_) broken_ = std::move(why);
    }
    [[nodiscard]] const std::optional<std::string>& broken() const noexcept { return broken_; }

    std::vector<named_attribute> attributes() {
        std::vector<named_attribute> all;
        const auto found = document_.find("MessageAttributes");
        if (found == document_.end() || found->is_null()) return all;
        if (!found->is_object()) {
            refuse("MessageAttributes is not an object");
            return all;
        }
        for (const auto& [name, one] : found->items()) {
            const auto type = one.is_object() ? one.value("Type", json()) : json();
            const auto value = one.is_object() ? one.value("Value", json()) : json();
            auto text = value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
            const bool binary = type.is_string() && type.get_ref<const std::string&>().starts_with("Binary");
            if (text && binary) text = protocol::base64_decode(*text);
            if (!type.is_string() || !text) {
                refuse("the message attribute " + name + " has no Type and Value");
                continue;
            }
            all.emplace_back(name, attribute_value::typed(type.get<std::string>(), std::move(*text)));
        }
        return all;
    }

  private:
    const json& document_;
    std::optional<std::string> broken_;
};

bool is_region(std::string_view region) {
    return region.size() >= 3 && std::ranges::all_of(region, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

/// `/SimpleNotificationService-….pem`: one file at the root, of letters that mean nothing to a URL.
bool is_certificate_path(std::string_view path) {
    constexpr std::string_view suffix = ".pem";
    if (!path.starts_with('/') || !path.ends_with(suffix)) return false;
    const std::string_view name = path.substr(1, path.size() - 1 - suffix.size());
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

struct bio_deleter {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct x509_deleter {
    void operator()(X509* x509) const noexcept { X509_free(x509); }
};
struct context_deleter {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

} // namespace

result<signed_message> parse_signed_message(std::string_view text) {
    const auto document = protocol::parse_strict_json(text, "it", message_bounds);
    if (!document) return bad("the message cannot be read: " + document.error().message);
    if (!document->is_object()) return bad("the message cannot be read: it is not a JSON object");
    envelope_reader from(*document);
    signed_message to;
    to.type = from.need("Type");
    to.message_id = from.need("MessageId");
    to.topic_arn = from.need("TopicArn");
    to.message = from.need("Message");
    to.timestamp = from.need("Timestamp");
    if (to.type == "SubscriptionConfirmation" || to.type == "UnsubscribeConfirmation") {
        to.token = from.need("Token");
        to.subscribe_url = from.need("SubscribeURL", "SubscribeUrl");
    } else if (to.type == "Notification") {
        to.subject = from.find("Subject");
        to.unsubscribe_url = from.find("UnsubscribeURL", "UnsubscribeUrl").value_or("");
        to.attributes = from.attributes();
    } else {
        from.refuse("its Type is \"" + to.type + "\"");
    }
    if (!from.broken() && protocol::is_fifo(to.topic_arn) && !from.find("Signature")) {
        return bad("the message is of the FIFO topic " + to.topic_arn + ": SNS does not sign those");
    }
    to.signature_version = from.need("SignatureVersion");
    to.signature = from.need("Signature");
    to.signing_cert_url = from.need("SigningCertURL", "SigningCertUrl");
    if (from.broken()) return bad("the message cannot be verified: " + *from.broken());
    return to;
}

std::string string_to_sign(const signed_message& from) {
    std::string text;
    const auto add = [&text](std::string_view name, const std::string& value) {
        text.append(name).append("\n").append(value).append("\n");
    };
    const bool notification = from.type == "Notification";
    add("Message", from.message);
    add("MessageId", from.message_id);
    if (notification && from.subject) add("Subject", *from.subject);
    if (!notification) add("SubscribeURL", from.subscribe_url);
    add("Timestamp", from.timestamp);
    if (!notification) add("Token", from.token);
    add("TopicArn", from.topic_arn);
    add("Type", from.type);
    return text;
}

std::vector<std::string> signing_names(const std::string& region) {
    // `sns-us-iso-east-1.c2s.ic.gov`, or `sns-signing.ap-east-1.amazonaws.com`.
    constexpr std::array<std::string_view, 4> with_dash{"cn-north-1", "cn-northwest-1", "us-iso-east-1",
                                                        "us-isob-east-1"};
    constexpr std::array<std::string_view, 11> with_signing{
        "ap-east-1",      "ap-east-2",  "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "eu-isoe-west-1",
        "eusc-de-east-1", "me-south-1", "mx-central-1",   "us-isof-east-1", "us-isof-south-1"};
    const calls::partition& in = calls::partition_of(region);
    const std::string suffix = "." + std::string(in.dns_suffix);
    if (in.id == "aws-us-gov") return {"sns-us-gov-west-1" + suffix};
    if (std::ranges::find(with_dash, region) != with_dash.end()) return {"sns-" + region + suffix};
    const std::string as_new_ones = "sns-signing." + region + suffix;
    if (std::ranges::find(with_signing, region) != with_signing.end()) return {as_new_ones};
    return {"sns" + suffix, as_new_ones};
}

result<certificate_place> find_certificate(const signed_message& from) {
    const auto topic = protocol::parse_topic_arn(from.topic_arn);
    if (!topic || !is_region(topic->region)) return bad("TopicArn is not the ARN of a topic: " + from.topic_arn);
    const std::string host = "sns." + topic->region + "." + std::string(calls::partition_of(topic->region).dns_suffix);
    const std::string start = "https://" + host;
    const std::string& url = from.signing_cert_url;
    if (!url.starts_with(start) || !is_certificate_path(std::string_view(url).substr(start.size()))) {
        return bad("SigningCertURL is " + url + ": only a .pem file of " + start + " is trusted for " + from.topic_arn);
    }
    certificate_place place;
    place.origin.host = host;
    place.origin.port = 443;
    place.target = url.substr(start.size());
    place.names = signing_names(topic->region);
    return place;
}

result<certificate_place> find_certificate_at(const http_origin& local, const signed_message& from) {
    const std::string_view url = from.signing_cert_url;
    const auto host = url.find("://");
    const auto path = host == std::string_view::npos ? host : url.find('/', host + 3);
    if (path == std::string_view::npos || !is_certificate_path(url.substr(path))) {
        return bad("SigningCertURL is " + from.signing_cert_url + ": it does not name a .pem file");
    }
    certificate_place place;
    place.origin = local;
    place.target = url.substr(path);
    return place;
}

struct certificate::handle {
    std::unique_ptr<X509, x509_deleter> x509;
};

certificate::certificate(std::unique_ptr<handle> x509) : handle_(std::move(x509)) {}
certificate::~certificate() = default;

result<std::shared_ptr<const certificate>> certificate::parse(std::string_view pem) {
    const std::unique_ptr<BIO, bio_deleter> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto made = std::make_unique<handle>();
    // A callback that has no password: an encrypted PEM must not ask at the terminal.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    if (bio) made->x509.reset(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!made->x509) return error_info(errc::bad_reply, "what the certificate's URL has is not a certificate in PEM");
    return std::shared_ptr<const certificate>(new certificate(std::move(made)));
}

result<void> certificate::check(const std::vector<std::string>& names,
                                std::chrono::system_clock::time_point now) const {
    X509* const x509 = handle_->x509.get();
    std::time_t at = std::chrono::system_clock::to_time_t(now);
    // 0 is an error: a time that cannot be read is never good.
    if (X509_cmp_time(X509_get0_notBefore(x509), &at) != -1) return bad("the certificate is not valid yet");
    if (X509_cmp_time(X509_get0_notAfter(x509), &at) != 1) return bad("the certificate has expired");
    if (names.empty()) return {};
    const bool named = std::ranges::any_of(names, [x509](const std::string& name) {
        return X509_check_host(x509, name.data(), name.size(), X509_CHECK_FLAG_NO_WILDCARDS, nullptr) == 1;
    });
    if (!named) return bad("the certificate is not for " + names.front());
    return {};
}

result<void> certificate::verify(const signed_message& from) const {
    const bool first = from.signature_version == "1";
    if (!first && from.signature_version != "2") {
        return bad("SignatureVersion is \"" + from.signature_version + "\": 1 and 2 are known");
    }
    const auto signature = protocol::base64_decode(from.signature);
    if (!signature) return bad("Signature is not base64");
    EVP_PKEY* const key = X509_get0_pubkey(handle_->x509.get());
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return bad("the certificate has no RSA key");
    const std::unique_ptr<EVP_MD_CTX, context_deleter> context(EVP_MD_CTX_new());
    const std::string text = string_to_sign(from);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(signature->data());
    // PKCS#1 v1.5 is what RSA keys verify with unless told otherwise.
    const bool ready = context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr,
                                                                  first ? EVP_sha1() : EVP_sha256(), nullptr, key) == 1;
    if (!ready) {
        return bad(std::string("this OpenSSL does not verify RSA signatures with ") + (first ? "SHA-1" : "SHA-256") +
                   (first ? ": set the topic's attribute SignatureVersion to 2" : ""));
    }
    const int verified = EVP_DigestVerify(context.get(), bytes, signature->size(),
                                          reinterpret_cast<const unsigned char*>(text.data()), text.size());
    if (verified != 1) return bad("the signature is not that of the message " + from.message_id);
    return {};
}

} // namespace sluice::sns
