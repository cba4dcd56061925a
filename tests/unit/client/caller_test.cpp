// One call over a scripted transport: what goes out, what comes back, when it is tried again.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

#include <doctest/doctest.h>

#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace caller_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using sluice::errc;
using sluice::result;

namespace {

std::string header(const sluice::http_request& request, std::string_view name) {
    for (const auto& one : request.headers) {
        if (one.name == name) return one.value;
    }
    return {};
}

/// Keys of which newer ones can be had.
class renewable_keys final : public sluice::credentials_provider {
  public:
    boost::asio::awaitable<result<sluice::credentials>> get() override {
        co_return result<sluice::credentials>(
            sluice::credentials("AKIDEXAMPLE" + std::to_string(generation), "secret"));
    }
    bool discard(const sluice::credentials& expired) override {
        discarded.push_back(expired.access_key_id);
        if (newest <= generation) return false;
        ++generation;
        return true;
    }

    int generation = 1;
    int newest = 1;
    std::vector<std::string> discarded;
};

std::string http_date(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << std::put_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
    return out.str();
}

result<sluice::http_reply> reply_with(int status, std::string body, const std::string& name, const std::string& value) {
    sluice::http_reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.headers.emplace_back(name, value);
    return reply;
}

struct fixture {
    explicit fixture(sluice::retry_mode mode = sluice::retry_mode::standard) : session(make(mode)) {}

    sluice::session make(sluice::retry_mode mode) {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "eu-west-1";
        options.credentials = keys;
        options.retry_mode = mode;
        options.transport = script;
        return sluice::session(context.get_executor(), options);
    }

    result<sluice::sts::caller_identity> ask() {
        return run(context, sluice::as_result(session.sts().get_caller_identity()));
    }

    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    std::shared_ptr<renewable_keys> keys = std::make_shared<renewable_keys>();
    sluice::session session;
    const std::string identity =
        reply_to("GetCallerIdentity", "<Arn>arn:aws:iam::1:user/me</Arn><UserId>U</UserId><Account>1</Account>");
};

} // namespace

TEST_CASE(
    "call: a Query request has its content type, is signed for its service and region, and goes to its endpoint") {
    fixture test;
    test.script->expect("GetCallerIdentity").reply(200, test.identity);
    const auto got = test.ask();
    CHECK(got->account == "1");
    CHECK(got->arn == "arn:aws:iam::1:user/me");
    const auto request = test.script->calls().at(0).request;
    CHECK(request.method == "POST");
    CHECK(request.target == "/");
    CHECK(request.origin.host == "sts.eu-west-1.amazonaws.com");
    CHECK(request.body == "Action=GetCallerIdentity&Version=2011-06-15");
    CHECK(header(request, "Content-Type") == "application/x-www-form-urlencoded; charset=utf-8");
    const std::string authorization = header(request, "Authorization");
    CHECK(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE1/"));
    CHECK(authorization.find("/eu-west-1/sts/aws4_request") != std::string::npos);
    CHECK(authorization.find("SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-amz-date") !=
          std::string::npos);
    CHECK(header(request, "X-Amz-Date").size() == 16);
    CHECK(header(request, "Host").empty()); // the transport writes it
    CHECK(request.lane == sluice::http_lane::control);
}

TEST_CASE("call: JSON for SQS names its target and asks for Query error codes; SNS stays with Query") {
    boost::asio::io_context context;
    auto script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session_options options;
    options.read_environment = false;
    options.region = "eu-west-1";
    options.credentials = sluice::static_credentials(sluice::credentials("AKID", "secret", "token"));
    options.endpoint_url = "http://localhost:4566/base";
    options.sqs_protocol = sluice::wire_protocol::json;
    options.transport = script;
    sluice::session session(context.get_executor(), options);
    script->expect("GetQueueUrl").reply(200, R"({"QueueUrl":"http://localhost/1/q"})");
    script->expect("DeleteTopic").reply(200, reply_to("DeleteTopic", ""));
    const auto url = run(context, session.sqs().get_queue_url(sluice::sqs::get_queue_url_request("q")));
    CHECK(url.queue_url == "http://localhost/1/q");
    run(context, session.sns().delete_topic(sluice::sns::delete_topic_request(topic_arn)));
    const auto json = script->calls().at(0).request;
    CHECK(header(json, "Content-Type") == "application/x-amz-json-1.0");
    CHECK(header(json, "X-Amz-Target") == "AmazonSQS.GetQueueUrl");
    CHECK(header(json, "x-amzn-query-mode") == "true");
    CHECK(header(json, "X-Amz-Security-Token") == "token");
    CHECK(json.body == R"({"QueueName":"q"})");
    CHECK(json.target == "/base");
    CHECK_FALSE(json.origin.tls);
    CHECK(header(script->calls().at(1).request, "X-Amz-Target").empty());
}

TEST_CASE("call: a passing failure is tried again, and the answer counts") {
    fixture test;
    test.script->expect("GetCallerIdentity").reply(500, "");
    test.script->expect("GetCallerIdentity").fail(errc::connection, true);
    test.script->expect("GetCallerIdentity").reply(200, test.identity);
    CHECK(test.ask().has_value());
    CHECK(test.script->calls().size() == 3);
}

TEST_CASE(
    "call: when all attempts fail, the last failure tells how many there were, and what an earlier one leaves open") {
    fixture test;
    test.script->expect("GetCallerIdentity").fail(errc::timeout, true);
    test.script->expect("GetCallerIdentity").reply(503, error_xml("ServiceUnavailable", "later", "Receiver")).times(2);
    const auto got = test.ask();
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().attempts == 3);
    CHECK(got.error().operation == "GetCallerIdentity");
    CHECK(got.error().service_code == "ServiceUnavailable");
    CHECK(got.error().code == errc::service_unavailable);
    CHECK(got.error().request_id == "req-9");
    CHECK(got.error().http_status == 503);
    CHECK(got.error().may_have_been_applied); // the first attempt may have been
}

TEST_CASE("call: a refusal is final, whatever the status of its HTTP reply") {
    fixture test;
    test.script->expect("GetCallerIdentity").reply(403, error_xml("InvalidClientTokenId", "unknown key"));
    const auto got = test.ask();
    CHECK(got.error().code == errc::access_denied);
    CHECK(got.error().attempts == 1);
    CHECK_FALSE(got.error().may_have_been_applied);
    CHECK(test.script->calls().size() == 1);
    test.script->expect("GetCallerIdentity").reply(301, "");
    CHECK(test.ask().error().http_status == 301);
}

TEST_CASE("call: unusable keys are found before anything is sent, and are not shown") {
    for (const auto& keys :
         {sluice::credentials("", "secret"), sluice::credentials("id", ""), sluice::credentials("id", "secret\n"),
          sluice::credentials("i\rd", "secret"), sluice::credentials("id", "secret", "tok\nen")}) {
        boost::asio::io_context context;
        auto script = std::make_shared<scripted_transport>(context.get_executor());
        sluice::session_options options;
        options.read_environment = false;
        options.region = "eu-west-1";
        options.credentials = sluice::static_credentials(keys);
        options.transport = script;
        sluice::session session(context.get_executor(), options);
        const auto got = run(context, sluice::as_result(session.sts().get_caller_identity()));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == errc::credentials);
        CHECK(got.error().describe().find("secret\n") == std::string::npos);
        CHECK(script->calls().empty());
    }
}

TEST_CASE("call: cancelled in the pause between attempts, it ends with what it knows") {
    fixture test;
    test.script->expect("GetCallerIdentity").reply(400, error_xml("Throttling", "slow down"));
    // A pause after throttling is up to a second long; it is cancelled long before.
    started<result<sluice::sts::caller_identity>> asked(test.context,
                                                        sluice::as_result(test.session.sts().get_caller_identity()));
    settle(test.context);
    if (!asked.ended()) asked.cancel();
    settle(test.context);
    CHECK(asked.ended());
}

TEST_CASE("call: typed operations survive the session and the client they came from") {
    boost::asio::io_context context;
    auto script = std::make_shared<scripted_transport>(context.get_executor());
    script->expect("GetCallerIdentity").reply(200, reply_to("GetCallerIdentity", "<Account>1</Account>")).hold();
    auto session = std::make_unique<sluice::session>(scripted_session(context.get_executor(), script));
    started<sluice::sts::caller_identity> asked(context, session->sts().get_caller_identity());
    settle(context);
    session.reset();
    script->release();
    settle(context);
    CHECK(asked.value().account == "1");
}

TEST_CASE("call: every attempt says which one it is, under one id for the call") {
    fixture test;
    test.script->expect("GetCallerIdentity").reply(500, "");
    test.script->expect("GetCallerIdentity").reply(200, test.identity).times(2);
    CHECK(test.ask().has_value());
    CHECK(test.ask().has_value());
    const auto calls = test.script->calls();
    REQUIRE(calls.size() == 3);
    CHECK(header(calls[0].request, "amz-sdk-request") == "attempt=1; max=3");
    CHECK(header(calls[1].request, "amz-sdk-request") == "attempt=2; max=3");
    const std::string id = header(calls[0].request, "amz-sdk-invocation-id");
    CHECK(id.size() == 36);
    CHECK(header(calls[1].request, "amz-sdk-invocation-id") == id);
    CHECK(header(calls[2].request, "amz-sdk-invocation-id") != id);
    CHECK(header(calls[0].request, "User-Agent").starts_with("sluice/"));
    CHECK(header(calls[0].request, "Authorization").find("user-agent") == std::string::npos);
    CHECK(calls[0].request.deadline == calls[1].request.deadline);
}

TEST_CASE("call: a wrong clock is found by the refusal, and the call repeated with the right date") {
    fixture test;
    const auto theirs = std::chrono::system_clock::now() + 1h;
    test.script->expect("GetCallerIdentity").answer([theirs](const seen_call&) {
        return reply_with(403, error_xml("RequestExpired", "your clock"), "Date", http_date(theirs));
    });
    test.script->expect("GetCallerIdentity").reply(200, test.identity);
    CHECK(test.ask().has_value());
    const auto calls = test.script->calls();
    REQUIRE(calls.size() == 2);
    const auto hour_of = [&calls](std::size_t i) { return header(calls[i].request, "X-Amz-Date").substr(0, 11); };
    CHECK(hour_of(0) != hour_of(1));
    // Once known, the same refusal is final.
    test.script->expect("GetCallerIdentity").answer([theirs](const seen_call&) {
        return reply_with(403, error_xml("RequestExpired", "still"), "Date", http_date(theirs));
    });
    CHECK(test.ask().error().attempts == 1);
}

TEST_CASE("call: keys that expired are renewed once, where there are newer ones") {
    fixture test;
    test.keys->newest = 2;
    test.script->expect("GetCallerIdentity").reply(403, error_xml("ExpiredToken", "too old"));
    test.script->expect("GetCallerIdentity").reply(200, test.identity);
    CHECK(test.ask().has_value());
    CHECK(test.keys->discarded == std::vector<std::string>{"AKIDEXAMPLE1"});
    CHECK(header(test.script->calls().at(1).request, "Authorization").find("AKIDEXAMPLE2/") != std::string::npos);
    test.keys->newest = 9;
    test.script->expect("GetCallerIdentity").reply(403, error_xml("ExpiredToken", "too old")).times(5);
    const auto refused = test.ask();
    CHECK(refused.error().attempts == 2);
    CHECK(test.script->calls().size() == 4);
    test.keys->newest = 0;
    CHECK(test.ask().error().attempts == 1);
}

TEST_CASE("call: a pause that the service asks for is kept, and one beyond the call's deadline ends it") {
    fixture test;
    test.script->expect("GetCallerIdentity").answer([](const seen_call&) {
        return reply_with(500, "", "x-amz-retry-after", "300");
    });
    test.script->expect("GetCallerIdentity").reply(200, test.identity);
    const auto before = std::chrono::steady_clock::now();
    CHECK(test.ask().has_value());
    CHECK(std::chrono::steady_clock::now() - before >= 300ms);
    sluice::session_options options;
    options.read_environment = false;
    options.region = "eu-west-1";
    options.credentials = test.keys;
    options.transport = test.script;
    options.operation_timeout = 200ms;
    const sluice::session hasty(test.context.get_executor(), options);
    test.script->expect("GetCallerIdentity").answer([](const seen_call&) {
        return reply_with(500, "", "x-amz-retry-after", "300");
    });
    const auto late = run(test.context, sluice::as_result(hasty.sts().get_caller_identity()));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().attempts == 1);
    CHECK(late.error().http_status == 500);
}

TEST_CASE("call: in the adaptive mode throttling holds the next calls back") {
    fixture test(sluice::retry_mode::adaptive);
    test.script->expect("GetCallerIdentity").reply(400, error_xml("Throttling", "slow down"));
    test.script->expect("GetCallerIdentity").reply(200, test.identity).times(4);
    CHECK(test.ask().has_value());
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 2; ++i) CHECK(test.ask().has_value());
    CHECK(std::chrono::steady_clock::now() - before >= 500ms); // half a call per second is the lowest rate
}

} // namespace caller_test
