// The rules of SNS signatures: messages and certificates of others (aws-sdk-java-v2), and our own.
#include "stream/signing_identity.hpp"
#include "stream/sns_signature.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <iostream>

namespace sns_signature_test {

using nlohmann::json;
using namespace sluice::sns;
using unit_tests::signing_identity;

namespace {

using std::chrono::system_clock;

constexpr const char* topic = "arn:aws:sns:us-west-2:123456789012:orders";
constexpr const char* url = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-1.pem";

/// When the recorded certificate was valid.
system_clock::time_point march_2026() { return std::chrono::sys_days(std::chrono::year(2026) / 3 / 20); }

signed_message notification() {
    signed_message made;
    made.type = "Notification";
    made.message_id = "1";
    made.topic_arn = topic;
    made.message = "hello";
    made.timestamp = "2026-03-06T19:55:38.000Z";
    made.signature_version = "2";
    made.signature = "AAAA";
    made.signing_cert_url = url;
    return made;
}

json document() {
    return {{"Type", "Notification"}, {"MessageId", "1"},        {"TopicArn", topic},   {"Message", "hello"},
            {"Timestamp", "t"},       {"SignatureVersion", "2"}, {"Signature", "AAAA"}, {"SigningCertURL", url}};
}

std::string refusal(const std::string& text) {
    const auto read = parse_signed_message(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == sluice::errc::bad_signature);
    return read.error().message;
}

std::string place_refusal(const std::string& cert_url, const std::string& of_topic = topic) {
    signed_message from = notification();
    from.signing_cert_url = cert_url;
    from.topic_arn = of_topic;
    const auto place = find_certificate(from);
    INFO(cert_url);
    REQUIRE_FALSE(place.has_value());
    CHECK(place.error().code == sluice::errc::bad_signature);
    return place.error().message;
}

std::shared_ptr<const certificate> read_certificate(const std::string& pem) {
    auto made = certificate::parse(pem);
    REQUIRE(made.has_value());
    return *made;
}

const signing_identity& rsa() {
    static const signing_identity identity("sns.amazonaws.com", march_2026());
    return identity;
}

} // namespace

TEST_CASE("SNS signature: the recorded messages verify with the recorded certificate, and not when changed") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data");
    const auto data = *folder / "sns-signature" / "aws-sdk-java-v2";
    const auto signer = read_certificate(
        test_support::read_file(data / "SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem"));
    std::size_t cases = 0;
    for (const char* name :
         {"test-notification-no-subject", "test-notification-with-subject", "test-notification-signature-v2",
          "test-subscription-confirmation", "test-unsubscribe-confirmation"}) {
        CAPTURE(name);
        const std::string text = test_support::read_file(data / (std::string(name) + ".json"));
        const auto read = parse_signed_message(text);
        REQUIRE(read.has_value());
        const auto place = find_certificate(*read);
        REQUIRE(place.has_value());
        CHECK(place->origin.host == "sns.us-west-2.amazonaws.com");
        CHECK(place->origin.tls);
        CHECK(signer->check(place->names, march_2026()).has_value());
        CHECK(signer->verify(*read).has_value());
        ++cases;
        // Every signed member, changed or taken away, breaks it.
        const json whole = json::parse(text);
        for (const char* member :
             {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Token", "SubscribeURL"}) {
            if (!whole.contains(member)) continue;
            json changed = whole;
            changed[member] = changed[member].get<std::string>() + "x";
            const auto other = parse_signed_message(changed.dump());
            REQUIRE(other.has_value());
            CHECK_FALSE(signer->verify(*other).has_value());
            ++cases;
        }
        json other_version = whole;
        other_version["SignatureVersion"] = whole["SignatureVersion"] == "1" ? "2" : "1";
        CHECK_FALSE(signer->verify(*parse_signed_message(other_version.dump())).has_value());
        ++cases;
    }
    // Time: the certificate is of 2025-11-10 to 2026-10-14.
    const std::vector<std::string> names{"sns.amazonaws.com"};
    const auto at = [&](int year, unsigned month, unsigned day) {
        const std::chrono::sys_days when(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
        const auto checked = signer->check(names, when);
        return checked ? std::string("valid") : checked.error().message;
    };
    CHECK(at(2025, 11, 9).find("not valid yet") != std::string::npos);
    CHECK(at(2025, 11, 11) == "valid");
    CHECK(at(2026, 10, 14) == "valid");
    CHECK(at(2026, 10, 15).find("expired") != std::string::npos);
    const auto checked = [&](const char* name, const std::vector<std::string>& wanted, int year) {
        const auto one = read_certificate(test_support::read_file(data / name));
        const auto outcome = one->check(wanted, std::chrono::sys_days(std::chrono::year(year) / 6 / 1));
        ++cases;
        return outcome ? std::string("valid") : outcome.error().message;
    };
    const std::vector<std::string> test_name{"my-test-service.amazonaws.com"};
    CHECK(checked("valid-cert.pem", test_name, 2026) == "valid");
    CHECK(checked("valid-cert.pem", names, 2026) == "the certificate is not for sns.amazonaws.com");
    CHECK(checked("expired-cert.pem", test_name, 2026) == "the certificate has expired");
    CHECK(checked("valid-in-future-cert.pem", test_name, 2026) == "the certificate is not valid yet");
    CHECK(checked("valid-in-future-cert.pem", test_name, 2127) == "valid");
    std::cout << "conformance: SNS signatures, " << cases << " cases of 5 messages and 4 certificates\n";
}

TEST_CASE("SNS signature: the names of certificates in each region") {
    const auto folder = test_support::conformance_dir();
    if (!folder) return test_support::skip("no conformance data");
    const auto table =
        json::parse(test_support::read_file(*folder / "sns-signature" / "signing-cert-common-names.json"));
    std::size_t cases = 0;
    for (const auto& one : table.at("cases")) {
        const std::string region = one.at("region");
        INFO(region);
        CHECK(signing_names(region).front() == one.at("expectedCommonName").get<std::string>());
        ++cases;
    }
    CHECK(cases == 22);
    std::cout << "conformance: " << cases << " names of SNS's certificates\n";
}

TEST_CASE("SNS signature: what we sign ourselves verifies, in every form") {
    const auto signer = read_certificate(rsa().certificate_pem());
    const auto verifies = [&signer](const signed_message& content) {
        const auto read = parse_signed_message(rsa().sign(content));
        REQUIRE(read.has_value());
        return signer->verify(*read).has_value();
    };
    signed_message content = notification();
    CHECK(verifies(content));
    content.signature_version = "1";
    CHECK(verifies(content));
    content.subject = "";
    CHECK(verifies(content));
    content.subject = "with \"quotes\"\nand lines";
    content.message = "umlauts ü, emoji \xF0\x9F\x98\x80, {\"json\": [1]}\n";
    CHECK(verifies(content));
    for (const char* type : {"SubscriptionConfirmation", "UnsubscribeConfirmation"}) {
        content = notification();
        content.type = type;
        content.token = "token";
        content.subscribe_url = "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription";
        CHECK(verifies(content));
    }
}

TEST_CASE("SNS signature: the string to sign, as documented") {
    signed_message content = notification();
    content.subject = "S";
    content.token = "not signed here";
    CHECK(string_to_sign(content) == "Message\nhello\nMessageId\n1\nSubject\nS\nTimestamp\n2026-03-06T19:55:38.000Z\n"
                                     "TopicArn\narn:aws:sns:us-west-2:123456789012:orders\nType\nNotification\n");
    content.type = "UnsubscribeConfirmation";
    content.token = "T";
    content.subscribe_url = "U";
    CHECK(string_to_sign(content) ==
          "Message\nhello\nMessageId\n1\nSubscribeURL\nU\nTimestamp\n2026-03-06T19:55:38.000Z"
          "\nToken\nT\nTopicArn\narn:aws:sns:us-west-2:123456789012:orders\nType\n"
          "UnsubscribeConfirmation\n");
}

TEST_CASE("SNS signature: certificates that cannot have signed it") {
    const auto read = parse_signed_message(rsa().sign(notification()));
    const signing_identity other("sns.amazonaws.com", march_2026());
    CHECK_FALSE(read_certificate(other.certificate_pem())->verify(*read).has_value());
    const signing_identity elliptic("sns.amazonaws.com", march_2026(), true);
    const auto refused = read_certificate(elliptic.certificate_pem())->verify(*read);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("no RSA key") != std::string::npos);
    signed_message broken = *read;
    broken.signature = "not base64!";
    CHECK_FALSE(read_certificate(rsa().certificate_pem())->verify(broken).has_value());
    broken = *read;
    broken.signature.clear();
    CHECK_FALSE(read_certificate(rsa().certificate_pem())->verify(broken).has_value());
    broken = *read;
    broken.signature_version = "3";
    CHECK(read_certificate(rsa().certificate_pem())->verify(broken).error().message.find("\"3\"") != std::string::npos);
    // A wildcard is not the name.
    const signing_identity wild("*.amazonaws.com", march_2026());
    CHECK_FALSE(read_certificate(wild.certificate_pem())->check({"sns.amazonaws.com"}, march_2026()).has_value());
    for (const std::string pem : {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
        const auto none = certificate::parse(pem);
        REQUIRE_FALSE(none.has_value());
        CHECK(none.error().code == sluice::errc::bad_reply);
    }
}

TEST_CASE("SNS signature: only SNS's own host has its certificates") {
    const auto place = find_certificate(notification());
    REQUIRE(place.has_value());
    CHECK(place->target == "/SimpleNotificationService-1.pem");
    for (const char* forged : {"http://sns.us-west-2.amazonaws.com/a.pem",
                               "https://sns.us-east-1.amazonaws.com/a.pem",
                               "https://sns.us-west-2.amazonaws.com.evil.example/a.pem",
                               "https://evil.example/sns.us-west-2.amazonaws.com/a.pem",
                               "https://sns.us-west-2.amazonaws.com@evil.example/a.pem",
                               "https://sns.us-west-2.amazonaws.com:443/a.pem",
                               "https://user@sns.us-west-2.amazonaws.com/a.pem",
                               "https://sns.us-west-2.amazonaws.com/a.pem?x",
                               "https://sns.us-west-2.amazonaws.com/a.pem#x.pem",
                               "https://sns.us-west-2.amazonaws.com/?Action=x&y=.pem",
                               "https://sns.us-west-2.amazonaws.com/a/../b.pem",
                               "https://sns.us-west-2.amazonaws.com/%2e.pem",
                               "https://sns.us-west-2.amazonaws.com/.pem",
                               "https://sns.us-west-2.amazonaws.com/a.crt",
                               "https://sns.us-west-2.amazonaws.com\\@evil.example/a.pem",
                               "HTTPS://sns.us-west-2.amazonaws.com/a.pem",
                               "https://SNS.us-west-2.amazonaws.com/a.pem",
                               "https://sns.us-west-2.amazonaws.com/a\r\nX: .pem",
                               "https://s3.amazonaws.com/bucket/a.pem",
                               "https://sns-us-west-2.amazonaws.com/a.pem",
                               "",
                               "file:///a.pem"}) {
        CHECK(place_refusal(forged).find("only a .pem file of https://sns.us-west-2.amazonaws.com") !=
              std::string::npos);
    }
    // The host follows the topic, which cannot name one.
    for (const char* forged : {"arn:aws:sns:evil.example/:1:x", "arn:aws:sns::1:x", "arn:aws:sqs:us-west-2:1:x", "x",
                               "arn:aws:sns:us-west-2@evil:1:x", ""}) {
        CHECK(place_refusal(url, forged).find("TopicArn") != std::string::npos);
    }
    signed_message elsewhere = notification();
    elsewhere.topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:orders";
    elsewhere.signing_cert_url = "https://sns.cn-north-1.amazonaws.com.cn/a.pem";
    CHECK(find_certificate(elsewhere)->names == std::vector<std::string>{"sns-cn-north-1.amazonaws.com.cn"});
    elsewhere.signing_cert_url = "https://sns.cn-north-1.amazonaws.com/a.pem";
    CHECK_FALSE(find_certificate(elsewhere).has_value());
}

TEST_CASE("SNS signature: a local broker has its certificates in its own place, whatever host a message names") {
    sluice::http_origin local;
    local.tls = false;
    local.host = "127.0.0.1";
    local.port = 4566;
    signed_message from = notification();
    for (const char* named : {"http://localhost:4566/SimpleNotificationService-1.pem",
                              "https://evil.example/SimpleNotificationService-1.pem"}) {
        from.signing_cert_url = named;
        const auto place = find_certificate_at(local, from);
        REQUIRE(place.has_value());
        CHECK(place->origin == local);
        CHECK(place->target == "/SimpleNotificationService-1.pem");
        CHECK(place->names.empty());
    }
    for (const char* forged : {"", "x.pem", "http://h", "http://h/a/b.pem", "http://h/a.pem?x", "http://h/a.crt",
                               "http://h/?Action=x&y=.pem", "http://h/a\r\nX: .pem", "http://h/../a.pem"}) {
        from.signing_cert_url = forged;
        const auto place = find_certificate_at(local, from);
        REQUIRE_FALSE(place.has_value());
        CHECK(place.error().code == sluice::errc::bad_signature);
    }
    // Without names any will do, but not at any time.
    CHECK(read_certificate(rsa().certificate_pem())->check({}, march_2026()).has_value());
    CHECK_FALSE(read_certificate(rsa().certificate_pem())
                    ->check({}, march_2026() + std::chrono::hours(24 * 365 * 200))
                    .has_value());
}

TEST_CASE("SNS signature: what is read, and what is refused with its reason") {
    json whole = document();
    whole["UnsubscribeURL"] = "u";
    whole["MessageAttributes"] = {{"kind", {{"Type", "String"}, {"Value", "order"}}},
                                  {"bytes", {{"Type", "Binary"}, {"Value", "AP8="}}}};
    const auto read = parse_signed_message(whole.dump());
    REQUIRE(read.has_value());
    CHECK(read->unsubscribe_url == "u");
    REQUIRE(read->attributes.size() == 2);
    CHECK(read->attributes[0].value == sluice::attribute_value::binary(std::string("\0\xFF", 2)));
    CHECK(read->attributes[1].value == sluice::attribute_value("order"));
    CHECK_FALSE(read->subject.has_value());
    // As Lambda events have it.
    json lambda = document();
    lambda.erase("SigningCertURL");
    lambda["SigningCertUrl"] = url;
    lambda["UnsubscribeUrl"] = "u";
    lambda["Subject"] = nullptr;
    const auto event = parse_signed_message(lambda.dump());
    REQUIRE(event.has_value());
    CHECK(event->signing_cert_url == url);
    CHECK_FALSE(event->subject.has_value());

    CHECK(refusal("").find("cannot be read") != std::string::npos);
    CHECK(refusal("[]").find("not a JSON object") != std::string::npos);
    CHECK(refusal(R"({"Message":"a","Message":"b"})").find("twice") != std::string::npos);
    for (const char* member :
         {"Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL"}) {
        json without = document();
        without.erase(member);
        CHECK(refusal(without.dump()).find("it has no " + std::string(member)) != std::string::npos);
        json number = document();
        number[member] = 1;
        CHECK(refusal(number.dump()).find(std::string(member) + " is not a text") != std::string::npos);
    }
    json changed = document();
    changed["Type"] = "SubscriptionConfirmation";
    CHECK(refusal(changed.dump()).find("it has no Token") != std::string::npos);
    changed["Type"] = "Other";
    CHECK(refusal(changed.dump()).find("Type is \"Other\"") != std::string::npos);
    changed = document();
    changed["MessageAttributes"] = {{"a", {{"Type", "Binary"}, {"Value", "?"}}}};
    CHECK(refusal(changed.dump()).find("the message attribute a") != std::string::npos);
    changed["MessageAttributes"] = 7;
    CHECK(refusal(changed.dump()).find("MessageAttributes") != std::string::npos);
    changed = document();
    changed["TopicArn"] = std::string(topic) + ".fifo";
    for (const char* member : {"SignatureVersion", "Signature", "SigningCertURL"}) changed.erase(member);
    CHECK(refusal(changed.dump()).find("SNS does not sign those") != std::string::npos);
}

} // namespace sns_signature_test
