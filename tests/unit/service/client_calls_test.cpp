// The clients over a scripted transport: refusal before sending, lists page by page, operations without a type.
#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

#include <doctest/doctest.h>

namespace client_calls_test {

using namespace unit_tests;
using sluice::errc;

namespace {

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);

    void expect_topics(const std::string& name, const std::string& next) {
        std::string inner = "<Topics><member><TopicArn>" + name + "</TopicArn></member></Topics>";
        if (!next.empty()) inner += "<NextToken>" + next + "</NextToken>";
        script->expect("ListTopics").reply(200, reply_to("ListTopics", inner));
    }
};

} // namespace

TEST_CASE("clients: a broken rule is thrown and nothing is sent") {
    fixture test;
    sluice::sqs::receive_message_request request(queue_url);
    request.max_messages = 11;
    const auto got = run(test.context, sluice::as_result(test.session.sqs().receive_message(request)));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == errc::invalid_argument);
    CHECK(got.error().describe() == "ReceiveMessage: invalid argument: MaxNumberOfMessages is 11: 1 to 10 is allowed");
    CHECK(test.script->calls().empty());
}

TEST_CASE("clients: a call of every kind comes through") {
    fixture test;
    test.script->expect("TagQueue").reply(200, reply_to("TagQueue", ""));
    run(test.context, test.session.sqs().tag_queue(sluice::sqs::tag_queue_request(queue_url, {{"k", "v"}})));
    CHECK(test.script->calls().at(0).parameter("Tag.1.Key") == "k");
    test.script->expect("PurgeQueue").reply(200, ""); // without a document, as it has nothing to say
    run(test.context, test.session.sqs().purge_queue(sluice::sqs::purge_queue_request(queue_url)));
    test.script->expect("GetTopicAttributes")
        .reply(200, reply_to("GetTopicAttributes", "<Attributes><entry><key>Owner</key><value>1</value></entry>"
                                                   "</Attributes>"));
    const auto attributes = run(
        test.context, test.session.sns().get_topic_attributes(sluice::sns::get_topic_attributes_request(topic_arn)));
    CHECK(attributes.attributes.at("Owner") == "1");
    test.script->expect("GetSessionToken")
        .reply(200, reply_to("GetSessionToken", "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S"
                                                "</SecretAccessKey><SessionToken>T</SessionToken><Expiration>"
                                                "2026-01-02T03:04:05Z</Expiration></Credentials>"));
    const auto session = run(test.context, test.session.sts().get_session_token());
    CHECK(session.keys.session_token == "T");
    CHECK(session.keys.expiration.has_value());
}

TEST_CASE("clients: what counts as an answer where nothing is to be read") {
    using purge = sluice::sqs::purge_queue_request;
    const auto outcome = [](const std::string& body) {
        fixture test;
        test.script->expect("PurgeQueue").reply(200, body);
        return run(test.context, sluice::as_result(test.session.sqs().purge_queue(purge(queue_url)))).has_value();
    };
    CHECK(outcome("<PurgeQueueResponse/>"));
    CHECK(outcome("<wrapper><ResponseMetadata/></wrapper>"));
    CHECK_FALSE(outcome("<html><body>the proxy's page</body></html>"));
    CHECK_FALSE(outcome("<DeleteQueueResponse></DeleteQueueResponse>"));
    CHECK_FALSE(outcome("no document"));
}

TEST_CASE("temporary keys: without a member, or with an end that is no time, the reply is of no use") {
    const std::string keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T"
                             "</SessionToken>";
    const std::string end = "<Expiration>2026-01-02T03:04:05Z</Expiration>";
    for (const std::string& inside :
         {keys, keys + "<Expiration>tomorrow</Expiration>", "<SessionToken>T</SessionToken>" + end, std::string()}) {
        fixture test;
        test.script->expect("GetSessionToken")
            .reply(200, reply_to("GetSessionToken", "<Credentials>" + inside + "</Credentials>"));
        const auto got = run(test.context, sluice::as_result(test.session.sts().get_session_token()));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code == errc::bad_reply);
        CHECK(got.error().message.find("T<") == std::string::npos); // no secrets in texts
    }
}

TEST_CASE("pages: one at a time to the end") {
    fixture test;
    test.expect_topics("a", "token-1");
    test.expect_topics("b", "token-2");
    test.expect_topics("c", "");
    auto pages = test.session.sns().topic_pages();
    std::string seen;
    for (int i = 0; i < 3; ++i) {
        const auto page = run(test.context, pages.next());
        REQUIRE(page.has_value());
        CHECK(test.script->calls().size() == static_cast<std::size_t>(i) + 1); // asked for when wanted, not before
        seen += page->topic_arns.at(0);
    }
    CHECK(seen == "abc");
    CHECK_FALSE(run(test.context, pages.next()).has_value());
    CHECK_FALSE(run(test.context, pages.next()).has_value());
    const auto calls = test.script->calls();
    REQUIRE(calls.size() == 3);
    CHECK(calls[0].parameter("NextToken").empty());
    CHECK(calls[1].parameter("NextToken") == "token-1");
    CHECK(calls[2].parameter("NextToken") == "token-2");
}

TEST_CASE("pages: after a failure the same page again; from a token on; a list without end") {
    fixture test;
    test.expect_topics("a", "token-1");
    test.script->expect("ListTopics").reply(400, error_xml("AuthorizationError", "no"));
    test.expect_topics("b", "token-1");
    auto pages = test.session.sns().topic_pages();
    CHECK(run(test.context, pages.next()).has_value());
    const auto refused = run(test.context, sluice::as_result(pages.next()));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::access_denied);
    const auto endless = run(test.context, sluice::as_result(pages.next()));
    REQUIRE_FALSE(endless.has_value());
    CHECK(endless.error().code == errc::bad_reply);
    CHECK(test.script->calls().at(2).parameter("NextToken") == "token-1");

    fixture later;
    later.expect_topics("z", "");
    auto rest = later.session.sns().topic_pages(sluice::sns::list_topics_request("token-9"));
    CHECK(run(later.context, rest.next()).has_value());
    CHECK(later.script->calls().at(0).parameter("NextToken") == "token-9");
}

TEST_CASE("pages: a second next() meanwhile is refused, a cancelled one can be repeated, the object may go") {
    fixture test;
    test.script->expect("ListQueues").reply(200, reply_to("ListQueues", "<QueueUrl>u</QueueUrl>")).hold();
    test.script->expect("ListQueues").reply(200, reply_to("ListQueues", "<QueueUrl>u</QueueUrl>"));
    auto pages = std::make_unique<sluice::pages<sluice::sqs::queue_page>>(test.session.sqs().queue_pages());
    started<std::optional<sluice::sqs::queue_page>> first(test.context, pages->next());
    settle(test.context);
    const auto second = run(test.context, sluice::as_result(pages->next()));
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == errc::invalid_argument);
    first.cancel();
    settle(test.context);
    CHECK(first.ended());
    auto again = pages->next();
    pages.reset();
    const auto page = run(test.context, std::move(again));
    REQUIRE(page.has_value());
    CHECK(page->queue_urls.at(0) == "u");
    // SQS gives no token unless it is told how long a page is.
    CHECK(test.script->calls().back().parameter("MaxResults") == "1000");
}

TEST_CASE("call: any operation by its name, on the same path") {
    fixture test;
    test.script->expect("CheckIfPhoneNumberIsOptedOut")
        .reply(200, reply_to("CheckIfPhoneNumberIsOptedOut", "<isOptedOut>true</isOptedOut>"));
    const sluice::raw_reply reply =
        run(test.context, test.session.sns().call("CheckIfPhoneNumberIsOptedOut", {{"phoneNumber", "+49 170"}}));
    CHECK(reply.status == 200);
    CHECK(reply.request_id == "req-1");
    CHECK(reply.body.find("<isOptedOut>true</isOptedOut>") != std::string::npos);
    const auto sent = test.script->calls().at(0);
    CHECK(sent.request.body == "Action=CheckIfPhoneNumberIsOptedOut&Version=2010-03-31&phoneNumber=%2B49%20170");
    test.script->expect("GetFederationToken").reply(403, error_xml("AccessDenied", "no"));
    const auto refused = run(test.context, sluice::as_result(test.session.sts().call("GetFederationToken")));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::access_denied);
    CHECK(refused.error().operation == "GetFederationToken");
}

TEST_CASE("call: names that would break the request are refused") {
    fixture test;
    const auto failure = [&](const std::string& operation, const sluice::query_parameters& parameters) {
        const auto got = run(test.context, sluice::as_result(test.session.sns().call(operation, parameters)));
        return got ? errc::service_error : got.error().code;
    };
    CHECK(failure("", {}) == errc::invalid_argument);
    CHECK(failure("Do&This", {}) == errc::invalid_argument);
    CHECK(failure("Do", {{"a=b", "c"}}) == errc::invalid_argument);
    CHECK(failure("Do", {{"Action", "Other"}}) == errc::invalid_argument);
    CHECK(failure("Do", {{"Version", "1"}}) == errc::invalid_argument);
    CHECK(failure("Do", {{"a", "\x01"}}) == errc::invalid_argument);
    CHECK(test.script->calls().empty());
}

} // namespace client_calls_test
