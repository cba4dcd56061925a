// Which requests about subscriptions need a signature, at a broker that asks for signatures.
#include "support/http_client.hpp"
#include "support/signed_form.hpp"

#include <doctest/doctest.h>

#include <string>

namespace webhook_access_test {

using local_tests::http_client;
using local_tests::running_broker;

namespace {

std::string text_of(const std::string& xml, const std::string& element) {
    const std::string begin = "<" + element + ">";
    const auto at = xml.find(begin);
    return at == std::string::npos ? "" : xml.substr(at + begin.size(), xml.find('<', at + 1) - at - begin.size());
}

} // namespace

TEST_CASE("webhook access: tokens and links need no signature, the lock does") {
    running_broker server({});
    http_client client(server.port());
    const auto call = [&](const std::string& form, bool with_signature) {
        const std::string body = "Version=2010-03-31&" + form;
        return client.post(body, with_signature ? local_tests::sign_form(body, {"test", "test", ""}, "sns") : "");
    };
    const std::string topic = "arn:aws:sns:us-east-1:000000000000:t";
    CHECK(call("Action=CreateTopic&Name=t", false).status == 403);
    REQUIRE(call("Action=CreateTopic&Name=t", true).status == 200);
    // Nobody listens at this endpoint: the token stays unknown here, and a wrong one is all that can be tried.
    const std::string subscribe =
        "Action=Subscribe&Protocol=http&Endpoint=http%3A%2F%2F127.0.0.1%3A1%2F&ReturnSubscriptionArn=true&TopicArn=" +
        topic;
    CHECK(call(subscribe, false).status == 403);
    CHECK(text_of(call(subscribe, true).body, "SubscriptionArn").starts_with(topic + ":"));
    const std::string confirm = "Action=ConfirmSubscription&Token=x&TopicArn=" + topic;
    CHECK(text_of(call(confirm, false).body, "Message") == "Invalid parameter: Token");
    CHECK(text_of(client.call("GET", "/?" + confirm).body, "Message") == "Invalid parameter: Token");
    CHECK(call(confirm + "&AuthenticateOnUnsubscribe=true", false).status == 403);
    CHECK(client.call("GET", "/?AuthenticateOnUnsubscribe=true&" + confirm).status == 403);
    CHECK(text_of(call(confirm + "&AuthenticateOnUnsubscribe=true", true).body, "Message") ==
          "Invalid parameter: Token");
    CHECK(client.call("GET", "/?Action=Unsubscribe&SubscriptionArn=" + topic + ":x").status == 200);
    CHECK(call("Action=Unsubscribe&SubscriptionArn=" + topic + ":x", false).status == 403);
}

} // namespace webhook_access_test
