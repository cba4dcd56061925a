// The verifier with certificates that a transport of ours hands out: one fetch, and what is refused.
#include "stream/signing_identity.hpp"
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/signature.hpp>

#include <doctest/doctest.h>

#include <map>

namespace signature_verifier_test {

using namespace unit_tests;
using sluice::errc;
using sluice::sns::signature_options;
using sluice::sns::signature_verifier;
using sluice::sns::signed_message;

namespace {

constexpr const char* orders = "arn:aws:sns:us-west-2:123456789012:orders";
constexpr const char* host = "https://sns.us-west-2.amazonaws.com";

std::chrono::system_clock::time_point today() { return std::chrono::sys_days(std::chrono::year(2026) / 11 / 22); }

/// Hands out files by their URL.
class certificate_host final : public sluice::transport {
  public:
    std::map<std::string, sluice::http_reply> files;
    std::vector<std::string> asked;
    std::optional<sluice::error_info> failure;

    boost::asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override {
        CHECK(request.method == "GET");
        // An origin of AWS has the scheme's own port, so that the header leaves it out.
        const std::string url =
            (request.origin.tls ? "https://" : "http://") + request.origin.host_header() + request.target;
        asked.push_back(url);
        if (failure) co_return sluice::result<sluice::http_reply>(*failure);
        const auto found = files.find(url);
        sluice::http_reply missing;
        missing.status = 404;
        if (found == files.end()) co_return sluice::result<sluice::http_reply>(missing);
        co_return sluice::result<sluice::http_reply>(found->second);
    }
    void put(const std::string& url, const std::string& pem) {
        files[url].status = 200;
        files[url].body = pem;
    }
};

const signing_identity& sns_identity() {
    static const signing_identity identity("sns.amazonaws.com", today());
    return identity;
}

signed_message content(const std::string& file = "/SimpleNotificationService-1.pem") {
    signed_message made;
    made.type = "Notification";
    made.message_id = "1";
    made.topic_arn = orders;
    made.message = "hello";
    made.timestamp = "2026-11-22T10:00:00.000Z";
    made.signature_version = "2";
    made.signing_cert_url = host + file;
    return made;
}

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<certificate_host> files = std::make_shared<certificate_host>();
    std::chrono::system_clock::time_point now = today();
    std::optional<signature_verifier> verifier;

    explicit fixture(std::vector<std::string> topics = {}) {
        files->put(host + std::string("/SimpleNotificationService-1.pem"), sns_identity().certificate_pem());
        signature_options options;
        options.topics = std::move(topics);
        options.clock = [this] { return now; };
        options.transport = files;
        const auto script = std::make_shared<scripted_transport>(context.get_executor());
        verifier.emplace(scripted_session(context.get_executor(), script), std::move(options));
    }
    sluice::result<signed_message> verify(std::string text) {
        return run(context, sluice::as_result(verifier->verify(std::move(text))));
    }
    void refuses(std::string text, errc code, const std::string& why) {
        const auto refused = verify(std::move(text));
        REQUIRE_FALSE(refused.has_value());
        INFO(refused.error().message);
        CHECK(refused.error().code == code);
        CHECK(refused.error().message.find(why) != std::string::npos);
    }
};

std::string swapped(std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
}

} // namespace

TEST_CASE("signature verifier: a good message comes out, and the certificate is fetched once") {
    fixture test;
    for (int i = 0; i < 3; ++i) {
        const auto verified = test.verify(sns_identity().sign(content()));
        REQUIRE(verified.has_value());
        CHECK(verified->message == "hello");
    }
    CHECK(test.files->asked ==
          std::vector<std::string>{"https://sns.us-west-2.amazonaws.com/SimpleNotificationService-1.pem"});
}

TEST_CASE("signature verifier: many at once share one fetch") {
    fixture test;
    int good = 0;
    const auto one = [&]() -> boost::asio::awaitable<void> {
        const std::string text = sns_identity().sign(content());
        const auto verified = co_await test.verifier->verify(text);
        good += verified.message == "hello" ? 1 : 0;
    };
    for (int i = 0; i < 20; ++i) boost::asio::co_spawn(test.context, one(), [](std::exception_ptr) {});
    settle(test.context);
    CHECK(good == 20);
    CHECK(test.files->asked.size() == 1);
}

TEST_CASE("signature verifier: swapped body, forged host, foreign topic, wrong version") {
    fixture test;
    const std::string good = sns_identity().sign(content());
    test.refuses(swapped(good, "hello", "hallo"), errc::bad_signature, "not that of the message");
    test.refuses(swapped(good, "\"2\"", "\"1\""), errc::bad_signature, "not that of the message");
    test.refuses("garbage", errc::bad_signature, "cannot be read");
    // Signed well, but the certificate is from elsewhere: it is not even fetched.
    const std::size_t fetched = test.files->asked.size();
    const signing_identity forger("sns.amazonaws.com", today());
    signed_message forged = content();
    forged.signing_cert_url = "https://sns.us-west-2.amazonaws.com.evil.example/a.pem";
    test.files->put(forged.signing_cert_url, forger.certificate_pem());
    test.refuses(forger.sign(forged), errc::bad_signature, "only a .pem file of");
    CHECK(test.files->asked.size() == fetched);
    // Everybody may have a topic that SNS signs for.
    fixture ours({orders});
    CHECK(ours.verify(good).has_value());
    signed_message other = content();
    other.topic_arn = "arn:aws:sns:us-west-2:999999999999:orders";
    ours.refuses(sns_identity().sign(other), errc::bad_signature, "not expected");
    CHECK_THROWS_AS(fixture({"no topic"}), sluice::error);
}

TEST_CASE("signature verifier: expired, early and wrong certificates") {
    fixture test;
    const std::string good = sns_identity().sign(content());
    test.now = today() + std::chrono::hours(25);
    test.refuses(good, errc::bad_signature, "expired");
    test.now = today() - std::chrono::hours(25);
    test.refuses(good, errc::bad_signature, "not valid yet");
    test.now = today();
    CHECK(test.verify(good).has_value());
    // Remembered, and still checked each time.
    test.now = today() + std::chrono::hours(25);
    test.refuses(good, errc::bad_signature, "expired");
    test.now = today();
    const signing_identity wrong("my-test-service.amazonaws.com", today());
    const signed_message of_another = content("/SimpleNotificationService-2.pem");
    test.files->put(of_another.signing_cert_url, wrong.certificate_pem());
    test.refuses(wrong.sign(of_another), errc::bad_signature, "not for sns.amazonaws.com");
}

TEST_CASE("signature verifier: a local broker's certificates come from it alone, over HTTP if it says so") {
    fixture test;
    const auto local = [&](const std::string& origin) {
        signature_options options;
        options.clock = [&test] { return test.now; };
        options.transport = test.files;
        options.certificate_origin = origin;
        const auto script = std::make_shared<scripted_transport>(test.context.get_executor());
        test.verifier.emplace(scripted_session(test.context.get_executor(), script), std::move(options));
    };
    local("http://127.0.0.1:4566");
    test.files->put("http://127.0.0.1:4566/local.pem", sns_identity().certificate_pem());
    signed_message from = content();
    from.signing_cert_url = "http://localhost:4566/local.pem"; // as whoever published called the broker
    CHECK(test.verify(sns_identity().sign(from)).has_value());
    CHECK(test.files->asked == std::vector<std::string>{"http://127.0.0.1:4566/local.pem"});
    // Signed by AWS: the file is not there.
    test.refuses(sns_identity().sign(content()), errc::bad_reply, "HTTP status 404");
    from.signing_cert_url = "http://localhost:4566/local.crt";
    test.refuses(sns_identity().sign(from), errc::bad_signature, "does not name a .pem file");
    for (const char* wrong : {"127.0.0.1:4566", "http://127.0.0.1:4566/path", "http://", "ftp://h"}) {
        CAPTURE(wrong);
        try {
            local(wrong);
            FAIL("taken");
        } catch (const sluice::error& refused) {
            CHECK(refused.code() == errc::configuration);
        }
    }
}

TEST_CASE("signature verifier: a fetch that fails is no verdict about the message, and is tried again") {
    fixture test;
    const std::string good = sns_identity().sign(content());
    test.files->failure = sluice::error_info(errc::connection, "refused");
    test.refuses(good, errc::connection, "could not be fetched: refused");
    test.files->failure.reset();
    CHECK(test.verify(good).has_value());
    test.refuses(sns_identity().sign(content("/none.pem")), errc::bad_reply, "HTTP status 404");
    const signed_message page = content("/page.pem");
    test.files->put(page.signing_cert_url, "<html>");
    test.refuses(sns_identity().sign(page), errc::bad_reply, "not a certificate");
}

} // namespace signature_verifier_test
