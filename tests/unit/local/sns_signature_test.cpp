// What SNS sends is signed: checked with OpenSSL and the certificate that the broker serves, by the string of the
// developer guide.
#include "support/core_client.hpp"

#include <local/sns_signer.hpp>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

namespace sns_signature_test {

using local_tests::core_client;
using local_tests::form;
using nlohmann::json;
using sluice::local::sns_signer;

namespace {

/// With the public key of `pem`.
bool verifies(const std::string& pem, const EVP_MD* digest, const std::string& text, const std::string& signature) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                           &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free);
    REQUIRE(certificate);
    CHECK(X509_check_host(certificate.get(), "sns.amazonaws.com", 0, 0, nullptr) == 1);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, X509_get0_pubkey(certificate.get())) == 1);
    const auto bytes = sluice::local::decode_base64(signature);
    REQUIRE(bytes);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

std::string signed_text(const json& envelope) {
    std::string text;
    for (const char* name :
         {"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}) {
        if (envelope.contains(name)) {
            text += std::string(name) + "\n";
            text += envelope.at(name).get<std::string>() + "\n";
        }
    }
    return text;
}

struct signed_world {
    core_client client{nullptr, true};
    std::string topic = client.create_topic("t");

    json envelope(const form& more = {}, const std::string& message = "text \"q\" \xC3\xA4\r\n") {
        client.subscribe(topic, "q", {});
        form parameters{{"TopicArn", topic}, {"Message", message}};
        parameters.insert(parameters.end(), more.begin(), more.end());
        REQUIRE(client.sns("Publish", parameters).status == 200);
        return json::parse(client.receive("http://localhost:1/000000000000/q").at(0));
    }
    std::string certificate(const json& of) {
        const auto url = of.at("SigningCertURL").get<std::string>();
        const std::string start = "http://localhost:1";
        REQUIRE(url.starts_with(start + "/SimpleNotificationService-"));
        REQUIRE(url.ends_with(".pem"));
        const auto served = client.raw("GET", url.substr(start.size()), {{"Host", "localhost:1"}}, "");
        REQUIRE(served.status == 200);
        return served.body;
    }
};

class file {
  public:
    explicit file(const std::string& content) {
        static int counter = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("sluice-signer-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
        std::ofstream(path_) << content;
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file() { std::filesystem::remove(path_); }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

std::string key_pem(EVP_PKEY* key) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string refusal(const std::string& certificate, const std::string& key) {
    try {
        const sns_signer made(certificate, key);
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
    return "taken";
}

} // namespace

TEST_CASE("signatures: version 1 is SHA-1, and what a topic has unless it is told otherwise") {
    signed_world world;
    const json envelope = world.envelope({{"Subject", "Hello"}});
    CHECK(envelope.at("SignatureVersion") == "1");
    const std::string pem = world.certificate(envelope);
    const std::string text = signed_text(envelope);
    const auto signature = envelope.at("Signature").get<std::string>();
    CHECK(verifies(pem, EVP_sha1(), text, signature));
    CHECK_FALSE(verifies(pem, EVP_sha256(), text, signature));
    CHECK_FALSE(verifies(pem, EVP_sha1(), text + "x", signature));
    CHECK(world.client.log.at(0).starts_with("made the key that SNS messages are signed with, in "));
}

TEST_CASE("signatures: version 2 is SHA-256, with the same certificate") {
    signed_world world;
    const auto set = [&](const std::string& value) {
        return world.client.sns(
            "SetTopicAttributes",
            {{"TopicArn", world.topic}, {"AttributeName", "SignatureVersion"}, {"AttributeValue", value}});
    };
    CHECK(set("3").message() == "Invalid parameter: SignatureVersion Reason: must be 1 or 2, not 3");
    CHECK(set("2").status == 200);
    const json envelope = world.envelope();
    CHECK(envelope.at("SignatureVersion") == "2");
    CHECK(verifies(world.certificate(envelope), EVP_sha256(), signed_text(envelope),
                   envelope.at("Signature").get<std::string>()));
}

TEST_CASE("signatures: a text of its own for a protocol has its own") {
    signed_world world;
    const json envelope = world.envelope({{"MessageStructure", "json"}}, R"({"default":"d","sqs":"for queues"})");
    CHECK(envelope.at("Message") == "for queues");
    CHECK(verifies(world.certificate(envelope), EVP_sha1(), signed_text(envelope),
                   envelope.at("Signature").get<std::string>()));
}

TEST_CASE("signatures: messages of FIFO topics have none, as on AWS") {
    core_client client(nullptr, true);
    const std::string topic =
        client
            .sns("CreateTopic",
                 {{"Name", "t.fifo"}, {"Attributes.entry.1.key", "FifoTopic"}, {"Attributes.entry.1.value", "true"}})
            .element("TopicArn");
    client.subscribe(topic, "q.fifo", {});
    REQUIRE(client
                .sns("Publish",
                     {{"TopicArn", topic}, {"Message", "m"}, {"MessageGroupId", "g"}, {"MessageDeduplicationId", "d"}})
                .status == 200);
    const json envelope = json::parse(client.receive("http://localhost:1/000000000000/q.fifo").at(0));
    CHECK_FALSE(envelope.contains("Signature"));
    CHECK_FALSE(envelope.contains("SigningCertURL"));
    CHECK(client.log.empty()); // no key was made for it
}

TEST_CASE("signatures: only the certificate's own path serves it") {
    signed_world world;
    const auto get = [&](const std::string& path) {
        return world.client.raw("GET", path, {{"Host", "localhost:1"}}, "").status;
    };
    CHECK(get("/SimpleNotificationService-00000000000000000000000000000000.pem") != 200);
    const json envelope = world.envelope();
    const auto url = envelope.at("SigningCertURL").get<std::string>();
    const std::string path = url.substr(url.rfind('/'));
    CHECK(path.size() == std::string("/SimpleNotificationService-.pem").size() + 32);
    CHECK(get(path) == 200);
    CHECK(get(path + "x") != 200);
    CHECK(world.client.raw("POST", path, {{"Host", "localhost:1"}}, "").body.find("BEGIN CERTIFICATE") ==
          std::string::npos);
}

TEST_CASE("signatures: a certificate and a key of the user's, if they belong together") {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> curve(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    sns_signer made("", "");
    CHECK(made.make_if_needed());
    CHECK_FALSE(made.make_if_needed());
    const file certificate(made.certificate_at(made.path()).value());
    const file other_key(key_pem(key.get()));
    const file curve_key(key_pem(curve.get()));
    const file nonsense("no PEM");
    CHECK(refusal(certificate.path(), "").find("go together") != std::string::npos);
    CHECK(refusal("/no/such/file", other_key.path()) == "cannot read the signing certificate /no/such/file");
    CHECK(refusal(certificate.path(), "/no/such/file") == "cannot read the signing key /no/such/file");
    CHECK(refusal(nonsense.path(), other_key.path()).find("is not in PEM") != std::string::npos);
    CHECK(refusal(certificate.path(), nonsense.path()).find("is not in PEM") != std::string::npos);
    CHECK(refusal(certificate.path(), other_key.path()).find("is not that of the certificate") != std::string::npos);
    CHECK(refusal(certificate.path(), curve_key.path()).find("is not an RSA key") != std::string::npos);
}

TEST_CASE("signatures: a broker that is told not to sign claims no signature") {
    core_client client;
    const std::string topic = client.create_topic("t");
    client.subscribe(topic, "q", {});
    REQUIRE(client.sns("Publish", {{"TopicArn", topic}, {"Message", "m"}}).status == 200);
    const json envelope = json::parse(client.receive("http://localhost:1/000000000000/q").at(0));
    for (const char* member : {"Signature", "SignatureVersion", "SigningCertURL"})
        CHECK_FALSE(envelope.contains(member));
}

} // namespace sns_signature_test
