// Several accounts and regions, and the keys that AssumeRole gives: over sockets, with requests signed as clients do.
#include "support/http_client.hpp"
#include "support/signed_form.hpp"

#include <local/key_ring.hpp>
#include <sluice/local/broker.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace sts_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::running_broker;
using local_tests::sign_form;
using sluice::local::broker_options;
using namespace std::chrono_literals;

namespace {

const sigv4::credentials first{"first", "secret1", ""};
const sigv4::credentials second{"second", "secret2", ""};

broker_options two_accounts() {
    broker_options options;
    options.account_id = "111111111111";
    options.more_regions = {"eu-central-1"};
    options.keys = {{"first", "secret1", "", ""}, {"second", "secret2", "", "222222222222"}};
    return options;
}

struct caller {
    explicit caller(std::uint16_t port) : client(port) {}

    http_reply sqs(const std::string& form, const sigv4::credentials& keys, const std::string& region = "us-east-1") {
        const std::string body = "Version=2012-11-05&" + form;
        return client.post(body, sign_form(body, keys, "sqs", region));
    }
    http_reply sts(const std::string& form, const sigv4::credentials& keys) {
        const std::string body = "Version=2011-06-15&" + form;
        return client.post(body, sign_form(body, keys, "sts"));
    }

    http_client client;
};

std::string element(const http_reply& reply, const std::string& name) {
    const auto begin = reply.body.find("<" + name + ">");
    if (begin == std::string::npos) return {};
    const auto from = begin + name.size() + 2;
    return reply.body.substr(from, reply.body.find("</" + name + ">", from) - from);
}

const std::string role = "Action=AssumeRole&RoleSessionName=night-job&RoleArn=arn%3Aaws%3Aiam%3A%3A333333333333%3Arole%"
                         "2Fteam%2Freader";

} // namespace

TEST_CASE("accounts and regions are kept apart") {
    running_broker server(two_accounts());
    caller call(server.port());
    CHECK(element(call.sqs("Action=CreateQueue&QueueName=q", first), "QueueUrl").ends_with("/111111111111/q"));
    CHECK(element(call.sqs("Action=CreateQueue&QueueName=q", second), "QueueUrl").ends_with("/222222222222/q"));
    CHECK(element(call.sqs("Action=ListQueues", first, "eu-central-1"), "QueueUrl").empty());
    CHECK(call.sqs("Action=CreateQueue&QueueName=q", first, "eu-central-1").status == 200);
    const std::string send = "Action=SendMessage&MessageBody=m&QueueUrl=http%3A%2F%2Fh%2F";
    CHECK(call.sqs(send + "111111111111%2Fq", first).status == 200);
    const http_reply foreign = call.sqs(send + "111111111111%2Fq", second);
    CHECK(foreign.status == 403);
    CHECK(element(foreign, "Code") == "AccessDenied");
    CHECK(element(call.sqs("Action=ListQueues", first, "ap-south-1"), "Code") == "SignatureDoesNotMatch");
    const auto ledger = server.broker().ledger();
    CHECK(ledger.at("q").entered == 1);
    CHECK(ledger.at("arn:aws:sqs:us-east-1:222222222222:q").entered == 0);
    CHECK(ledger.at("arn:aws:sqs:eu-central-1:111111111111:q").entered == 0);
    CHECK(ledger.size() == 3);
}

TEST_CASE("GetCallerIdentity tells whose key it is") {
    running_broker server(two_accounts());
    caller call(server.port());
    const http_reply of_second = call.sts("Action=GetCallerIdentity", second);
    CHECK(element(of_second, "Account") == "222222222222");
    CHECK(element(of_second, "Arn") == "arn:aws:iam::222222222222:root");
    CHECK(element(call.sts("Action=GetCallerIdentity", first), "Account") == "111111111111");
}

TEST_CASE("AssumeRole: the keys work in the role's account, and expire in the broker's time") {
    running_broker server(two_accounts());
    caller call(server.port());
    const http_reply made = call.sts(role + "&DurationSeconds=900", first);
    REQUIRE(made.status == 200);
    CHECK(made.body.find("<AssumeRoleResult><Credentials><AccessKeyId>ASIA") != std::string::npos);
    CHECK(element(made, "Expiration").size() == std::string("2026-11-23T07:00:00Z").size());
    const sigv4::credentials keys{element(made, "AccessKeyId"), element(made, "SecretAccessKey"),
                                  element(made, "SessionToken")};
    const http_reply identity = call.sts("Action=GetCallerIdentity", keys);
    CHECK(element(identity, "Account") == "333333333333");
    CHECK(element(identity, "Arn") == "arn:aws:sts::333333333333:assumed-role/reader/night-job");
    CHECK(element(identity, "UserId") == element(made, "AssumedRoleId"));
    CHECK(element(identity, "UserId").ends_with(":night-job"));
    CHECK(element(call.sqs("Action=CreateQueue&QueueName=q", keys), "QueueUrl").ends_with("/333333333333/q"));

    sigv4::credentials other = keys;
    other.session_token.back() = other.session_token.back() == 'A' ? 'B' : 'A';
    CHECK(element(call.sqs("Action=ListQueues", other), "Code") == "InvalidClientTokenId");
    other.session_token.clear();
    CHECK(element(call.sqs("Action=ListQueues", other), "Code") == "InvalidClientTokenId");

    server.broker().advance(14min);
    CHECK(call.sqs("Action=ListQueues", keys).status == 200);
    server.broker().advance(1min);
    const http_reply late = call.sqs("Action=ListQueues", keys);
    CHECK(late.status == 403);
    CHECK(element(late, "Code") == "ExpiredToken");
    CHECK(element(late, "Message") == "The security token included in the request is expired");
    CHECK(call.sqs("Action=ListQueues", first).status == 200);
}

TEST_CASE("AssumeRole: what is out of range") {
    running_broker server(two_accounts());
    caller call(server.port());
    for (const char* seconds : {"899", "43201", "-1"}) {
        const http_reply refused = call.sts(role + "&DurationSeconds=" + seconds, first);
        CHECK(refused.status == 400);
        CHECK(element(refused, "Code") == "ValidationError");
        CHECK(element(refused, "Message").find(std::string("Value '") + seconds + "' at 'durationSeconds'") !=
              std::string::npos);
    }
    for (const char* arn : {"arn:aws:iam::333333333333:user%2Fx", "arn:aws:iam::33333333333:role%2Fx",
                            "arn:aws:iam::", "arn:aws:iam::333333333333:role%2F"}) {
        CHECK(element(call.sts(std::string("Action=AssumeRole&RoleSessionName=ab&RoleArn=") + arn, first), "Code") ==
              "ValidationError");
    }
    const std::string good = "Action=AssumeRole&RoleArn=arn:aws:iam::333333333333:role%2Fr&RoleSessionName=";
    CHECK(element(call.sts(good + "x", first), "Code") == "ValidationError");
    CHECK(element(call.sts(good + std::string(65, 'x'), first), "Code") == "ValidationError");
    CHECK(call.sts(good + std::string(64, 'x'), first).status == 200);
    CHECK(element(call.sts("Action=AssumeRoot", first), "Code") == "InvalidAction");
}

TEST_CASE("the oldest of too many given keys are forgotten") {
    sluice::local::key_ring keys({{"own", "secret", "", ""}}, "111111111111");
    const auto owner = sluice::local::key_ring::root_of("111111111111");
    const std::string oldest = keys.issue(owner, {}).key.id;
    const std::string second_oldest = keys.issue(owner, {}).key.id;
    for (int i = 2; i < 10'000; ++i) (void)keys.issue(owner, {});
    CHECK(keys.find(oldest));
    (void)keys.issue(owner, {});
    CHECK_FALSE(keys.find(oldest));
    CHECK(keys.find(second_oldest));
    CHECK(keys.find("own"));
}

TEST_CASE("options that cannot be") {
    boost::asio::io_context context;
    const auto refuses = [&context](const broker_options& options, const char* text) {
        CHECK_THROWS_WITH_AS(sluice::local::broker(context.get_executor(), options), text, std::invalid_argument);
    };
    broker_options options;
    options.account_id = "12";
    refuses(options, "embedded broker: account id \"12\" must be 12 digits");
    options = {};
    options.more_regions = {"eu central"};
    refuses(options, "embedded broker: region \"eu central\" must be made of a-z, 0-9 and -");
    options = {};
    options.keys = {{"key", "", "", ""}};
    refuses(options, "embedded broker: key \"key\" must have an id and a secret");
    options.keys = {{"key", "s", "", "x"}};
    refuses(options, "embedded broker: account id \"x\" of key \"key\" must be 12 digits");
}

} // namespace sts_test
