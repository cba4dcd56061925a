// What is refused before anything is sent: one broken rule at a time, at both ends of each range, with a text that
// names field, value and rule.
#include "protocol/limits.hpp"
#include "service/operation_codec.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/list_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/move_task_operations.hpp"
#include "service/sqs/permission_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"
#include "service/sts/identity_operations.hpp"
#include "service/sts/role_operations.hpp"

#include <doctest/doctest.h>

namespace request_checks_test {

using namespace std::chrono_literals;
using sluice::errc;
using sluice::message;
using sluice::service::check_request;

namespace {

const std::string url = "https://sqs.eu-west-1.amazonaws.com/123456789012/q";
const std::string fifo_url = url + ".fifo";
const std::string queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q";
const std::string topic = "arn:aws:sns:eu-west-1:123456789012:t";
const std::string role = "arn:aws:iam::123456789012:role/r";

/// What is wrong with the request; empty: nothing.
template<class Operation>
std::string wrong(const typename Operation::request& request) {
    const auto broken = check_request<Operation>(request);
    if (!broken) return {};
    CHECK(broken->operation == Operation::info.name);
    CHECK_FALSE(broken->may_have_been_applied);
    return broken->message;
}

/// The same after `change(request)`.
template<class Operation, class Change>
std::string after(typename Operation::request request, Change change) {
    change(request);
    return wrong<Operation>(request);
}

bool has(const std::string& text, std::string_view part) {
    INFO(text << " | " << part);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("checks: queues") {
    using namespace sluice::sqs;
    namespace ops = sluice::sqs::operations;
    CHECK(wrong<ops::create_queue>(create_queue_request("q")) == "");
    CHECK(has(wrong<ops::create_queue>(create_queue_request("a b")), "\"a b\""));
    const auto with = [](const std::string& name, const std::string& value) {
        return after<ops::create_queue>(create_queue_request("q"), [&](auto& r) { r.attributes[name] = value; });
    };
    CHECK(with("VisibilityTimeout", "0") == "");
    CHECK(with("VisibilityTimeout", "43200") == "");
    CHECK(with("VisibilityTimeout", "43201") ==
          "VisibilityTimeout is \"43201\": a whole number of 0 to 43200 is allowed");
    CHECK(has(with("VisibilityTimeout", "5s"), "VisibilityTimeout is \"5s\""));
    CHECK(has(with("MaximumMessageSize", "1023"), "1024 to 1048576"));
    CHECK(has(with("MessageRetentionPeriod", "59"), "60 to 1209600"));
    CHECK(has(with("DelaySeconds", "901"), "0 to 900"));
    CHECK(has(with("ReceiveMessageWaitTimeSeconds", "21"), "0 to 20"));
    CHECK(has(with("KmsDataKeyReusePeriodSeconds", "86401"), "60 to 86400"));
    CHECK(has(with("SqsManagedSseEnabled", "yes"), "true, false"));
    CHECK(has(with("DeduplicationScope", "topic"), "messageGroup, queue"));
    CHECK(has(with("FifoQueue", "true"), "must end in .fifo"));
    CHECK(with("SomethingNew", "5") == ""); // the service may know more than this table
    CHECK(has(with("Policy", "a\x01z"), "byte at 1"));
    CHECK(has(wrong<ops::create_queue>(create_queue_request("q.fifo")), "FifoQueue must be \"true\""));
    CHECK(after<ops::create_queue>(create_queue_request("q.fifo"),
                                   [](auto& r) { r.attributes["FifoQueue"] = "true"; }) == "");
    CHECK(has(after<ops::get_queue_url>(get_queue_url_request("q"), [](auto& r) { r.owner_account_id = "12345"; }),
              "12 characters"));
    CHECK(wrong<ops::get_queue_attributes>(get_queue_attributes_request()) == "QueueUrl is empty: it is required");
    CHECK(has(wrong<ops::set_queue_attributes>(set_queue_attributes_request(url)), "at least one is required"));
    for (const int count : {1, 1000}) {
        CHECK(after<ops::list_queues>(list_queues_request(), [&](auto& r) { r.max_results = count; }) == "");
    }
    for (const int count : {0, 1001, -1}) {
        CHECK(after<ops::list_queues>(list_queues_request(), [&](auto& r) { r.max_results = count; }) ==
              "MaxResults is " + std::to_string(count) + ": 1 to 1000 is allowed");
    }
    CHECK(wrong<ops::list_dead_letter_source_queues>(list_dead_letter_source_queues_request()) != "");
    CHECK(wrong<ops::delete_queue>(delete_queue_request()) != "");
    CHECK(wrong<ops::purge_queue>(purge_queue_request()) != "");
}

TEST_CASE("checks: messages of queues") {
    using namespace sluice::sqs;
    namespace ops = sluice::sqs::operations;
    CHECK(wrong<ops::send_message>(send_message_request(url, message("b"))) == "");
    CHECK(has(wrong<ops::send_message>(send_message_request(url, message(""))), "body is empty"));
    CHECK(has(wrong<ops::send_message>(send_message_request(fifo_url, message("b"))), "message group"));
    CHECK(has(wrong<ops::send_message>(send_message_request(url, message("b").structure("json"))), "topics only"));
    const auto batch = [](std::size_t count, std::size_t bytes) {
        const std::vector<message> entries(count, message(std::string(bytes, 'x')));
        return check_request<ops::send_message_batch>(send_message_batch_request(url, entries));
    };
    CHECK_FALSE(batch(1, 1).has_value());
    CHECK_FALSE(batch(10, 104'857).has_value());
    CHECK(batch(0, 1)->message == "the batch is a list of 0: 1 to 10 are allowed");
    CHECK(batch(11, 1)->code == errc::invalid_argument);
    CHECK(batch(10, 104'858)->code == errc::message_too_long);
    CHECK(has(batch(10, 104'858)->message, "1048580"));
    const std::vector<message> second_bad{message("b"), message("")};
    CHECK(has(wrong<ops::send_message_batch>(send_message_batch_request(url, second_bad)), "entry 1: "));

    const auto receive = [](auto change) { return after<ops::receive_message>(receive_message_request(url), change); };
    CHECK(receive([](auto& r) { r.max_messages = 1; }) == "");
    CHECK(receive([](auto& r) { r.max_messages = 0; }) == "MaxNumberOfMessages is 0: 1 to 10 is allowed");
    CHECK(receive([](auto& r) { r.max_messages = 11; }) == "MaxNumberOfMessages is 11: 1 to 10 is allowed");
    CHECK(receive([](auto& r) { r.wait_time = 20s; }) == "");
    CHECK(receive([](auto& r) { r.wait_time = 21s; }) == "WaitTimeSeconds is 21: 0 to 20 is allowed");
    CHECK(receive([](auto& r) { r.visibility_timeout = 43'201s; }) ==
          "VisibilityTimeout is 43201: 0 to 43200 is allowed");
    CHECK(has(receive([](auto& r) { r.receive_attempt_id = "a"; }), "FIFO queues only"));
    CHECK(has(receive([](auto& r) { r.receive_attempt_id = "a b"; }), "without spaces"));
    CHECK(after<ops::receive_message>(receive_message_request(fifo_url), [](auto& r) { r.receive_attempt_id = "a"; }) ==
          "");

    CHECK(wrong<ops::delete_message>(delete_message_request(url, "h")) == "");
    CHECK(wrong<ops::delete_message>(delete_message_request(url)) == "ReceiptHandle is empty: it is required");
    CHECK(wrong<ops::delete_message_batch>(delete_message_batch_request(url)) != "");
    CHECK(wrong<ops::delete_message_batch>(delete_message_batch_request(url, {"h", ""})) != "");
    const auto visible = [](std::chrono::seconds time) {
        return wrong<ops::change_message_visibility>(
            change_message_visibility_request(url, visibility_change("h", time)));
    };
    CHECK(visible(0s) == "");
    CHECK(visible(43'200s) == "");
    CHECK(visible(-1s) == "VisibilityTimeout is -1: 0 to 43200 is allowed");
    CHECK(has(wrong<ops::change_message_visibility_batch>(change_message_visibility_batch_request(
                  url, std::vector<visibility_change>(11, visibility_change("h", 1s)))),
              "a list of 11"));
}

TEST_CASE("checks: upkeep of queues") {
    using namespace sluice::sqs;
    namespace ops = sluice::sqs::operations;
    add_permission_request add(url, "label");
    add.account_ids = {"123456789012"};
    add.actions = {"SendMessage"};
    CHECK(wrong<ops::add_permission>(add) == "");
    CHECK(has(after<ops::add_permission>(add, [](auto& r) { r.label = "a b"; }), "Label is \"a b\""));
    CHECK(has(after<ops::add_permission>(add, [](auto& r) { r.label = std::string(81, 'a'); }), "81 characters"));
    CHECK(has(after<ops::add_permission>(add, [](auto& r) { r.account_ids = {"1234"}; }), "AWSAccountIds"));
    CHECK(has(after<ops::add_permission>(add, [](auto& r) { r.account_ids.clear(); }), "AWSAccountIds is empty"));
    CHECK(has(after<ops::add_permission>(add, [](auto& r) { r.actions.assign(8, "SendMessage"); }), "1 to 7"));
    CHECK(wrong<ops::remove_permission>(remove_permission_request(url)) != "");

    const auto tagged = [](const std::string& key, const std::string& value) {
        return wrong<ops::tag_queue>(tag_queue_request(url, {{key, value}}));
    };
    CHECK(tagged(std::string(128, 'k'), std::string(256, 'v')) == "");
    CHECK(tagged("\xC3\xA4", "") == "");
    CHECK(has(tagged("", "v"), "0 characters"));
    CHECK(has(tagged(std::string(129, 'k'), "v"), "1 to 128"));
    CHECK(has(tagged("k", std::string(257, 'v')), "0 to 256"));
    CHECK(has(wrong<ops::tag_queue>(tag_queue_request(url)), "a list of 0"));
    CHECK(has(wrong<ops::untag_queue>(untag_queue_request(url, std::vector<std::string>(51, "k"))), "1 to 50"));
    CHECK(wrong<ops::list_queue_tags>(list_queue_tags_request()) != "");

    start_message_move_task_request start(queue_arn);
    CHECK(wrong<ops::start_message_move_task>(start) == "");
    CHECK(has(after<ops::start_message_move_task>(start, [](auto& r) { r.source_arn = topic; }), "an ARN of sqs"));
    CHECK(has(after<ops::start_message_move_task>(start, [](auto& r) { r.destination_arn = "q"; }), "DestinationArn"));
    CHECK(
        has(after<ops::start_message_move_task>(start, [](auto& r) { r.max_messages_per_second = 501; }), "1 to 500"));
    CHECK(wrong<ops::cancel_message_move_task>(cancel_message_move_task_request()) != "");
    list_message_move_tasks_request list(queue_arn);
    list.max_results = 11;
    CHECK(wrong<ops::list_message_move_tasks>(list) == "MaxResults is 11: 1 to 10 is allowed");
}

TEST_CASE("checks: topics and subscriptions") {
    using namespace sluice::sns;
    namespace ops = sluice::sns::operations;
    CHECK(wrong<ops::create_topic>(create_topic_request("t")) == "");
    CHECK(wrong<ops::create_topic>(create_topic_request("")) != "");
    CHECK(has(wrong<ops::create_topic>(create_topic_request("t.fifo")), "FifoTopic must be \"true\""));
    CHECK(has(after<ops::create_topic>(create_topic_request("t"), [](auto& r) { r.tags[""] = "v"; }), "Tags key"));
    CHECK(has(after<ops::create_topic>(create_topic_request("t"),
                                       [](auto& r) { r.data_protection_policy.assign(30'721, 'x'); }),
              "0 to 30720"));
    CHECK(wrong<ops::delete_topic>(delete_topic_request(topic)) == "");
    for (const char* arn : {"", "t", "arn:aws:sqs:eu-west-1:123456789012:q"}) {
        CHECK(has(wrong<ops::delete_topic>(delete_topic_request(arn)), "TopicArn is \"" + std::string(arn) + "\""));
        CHECK(wrong<ops::get_topic_attributes>(get_topic_attributes_request(arn)) != "");
        CHECK(wrong<ops::get_data_protection_policy>(get_data_protection_policy_request(arn)) != "");
        CHECK(wrong<ops::list_subscriptions_by_topic>(list_subscriptions_by_topic_request(arn)) != "");
        CHECK(wrong<ops::confirm_subscription>(confirm_subscription_request(arn, "t")) != "");
        CHECK(wrong<ops::remove_permission>(remove_permission_request(arn, "l")) != "");
    }
    const auto set = [](const std::string& name, const std::string& value) {
        return wrong<ops::set_topic_attributes>(set_topic_attributes_request(topic, name, value));
    };
    CHECK(set("MaximumMessageSize", "1048576") == "");
    CHECK(set("MaximumMessageSize", "") == "");
    CHECK(has(set("MaximumMessageSize", "1048577"), "1024 to 1048576"));
    CHECK(has(set("FifoThroughputScope", "All"), "Topic, MessageGroup"));
    CHECK(has(set("SignatureVersion", "3"), "1, 2"));
    CHECK(has(set("TracingConfig", "On"), "PassThrough, Active"));
    CHECK(set("", "v") != "");
    CHECK(wrong<ops::put_data_protection_policy>(put_data_protection_policy_request(topic)) != "");
    CHECK(wrong<ops::list_topics>(list_topics_request("\x01")) != "");

    const auto subscribed = [](const std::string& protocol, const std::string& endpoint) {
        subscribe_request request(topic, endpoint);
        request.protocol = protocol;
        return wrong<ops::subscribe>(request);
    };
    CHECK(subscribed("sqs", queue_arn) == "");
    CHECK(has(subscribed("sqs", url), "an ARN of sqs"));
    CHECK(has(subscribed("lambda", queue_arn), "an ARN of lambda"));
    CHECK(subscribed("https", "https://example.com/") == "");
    CHECK(has(subscribed("https", "http://example.com/"), "starts with https://"));
    CHECK(has(subscribed("http", "https://example.com/"), "starts with http://"));
    CHECK(has(subscribed("email", "somebody"), "an @"));
    CHECK(subscribed("sms", "+491701234567") == "");
    CHECK(subscribed("", queue_arn) != "");
    CHECK(subscribed("sqs", "") != "");
    CHECK(wrong<ops::unsubscribe>(unsubscribe_request("PendingConfirmation")) != "");
    CHECK(wrong<ops::get_subscription_attributes>(get_subscription_attributes_request("")) != "");
    CHECK(wrong<ops::set_subscription_attributes>(set_subscription_attributes_request(topic + ":1", "")) != "");
    CHECK(wrong<ops::set_subscription_attributes>(set_subscription_attributes_request(topic + ":1", "a")) == "");
    CHECK(has(wrong<ops::tag_resource>(tag_resource_request(topic)), "a list of 0"));
    CHECK(wrong<ops::untag_resource>(untag_resource_request(topic, {"k"})) == "");
    CHECK(wrong<ops::list_tags_for_resource>(list_tags_for_resource_request("x")) != "");
    add_permission_request add(topic, "label");
    add.account_ids = {"123456789012"};
    CHECK(has(wrong<ops::add_permission>(add), "ActionName is empty"));
}

TEST_CASE("checks: publishing") {
    using namespace sluice::sns;
    namespace ops = sluice::sns::operations;
    const publish_request good(topic, message("b"));
    CHECK(wrong<ops::publish>(good) == "");
    CHECK(has(after<ops::publish>(good, [](auto& r) { r.topic_arn.clear(); }), "0 receivers"));
    CHECK(has(after<ops::publish>(good, [](auto& r) { r.phone_number = "+4917"; }), "2 receivers"));
    publish_request phone("", message("b"));
    phone.phone_number = "+491701234567";
    CHECK(wrong<ops::publish>(phone) == "");
    CHECK(has(after<ops::publish>(phone, [](auto& r) { r.phone_number = "0170/123"; }), "E.164"));
    CHECK(has(after<ops::publish>(phone, [](auto& r) { r.phone_number = "+1234567890123456"; }), "E.164"));
    CHECK(has(after<ops::publish>(phone, [](auto& r) { r.entry = message(std::string(1'601, 'x')); }), "1 to 1600"));
    CHECK(has(wrong<ops::publish>(publish_request(topic + ".fifo", message("b"))), "message group"));
    const auto structured = [](const std::string& body, const std::string& structure) {
        return wrong<ops::publish>(publish_request(topic, message(body).structure(structure)));
    };
    CHECK(structured(R"({"default":"x","sqs":"y"})", "json") == "");
    CHECK(has(structured(R"({"sqs":"y"})", "json"), "\"default\""));
    CHECK(has(structured(R"({"default":1})", "json"), "\"default\""));
    CHECK(has(structured("x", "json"), "\"default\""));
    CHECK(has(structured(R"({"default":"x"})", "xml"), "must be json"));
    const std::vector<message> eleven(11, message("b"));
    CHECK(has(wrong<ops::publish_batch>(publish_batch_request(topic, eleven)), "a list of 11"));
    const std::vector<message> heavy(10, message(std::string(104'858, 'x')));
    CHECK(check_request<ops::publish_batch>(publish_batch_request(topic, heavy))->code == errc::message_too_long);
}

TEST_CASE("checks: temporary keys") {
    using namespace sluice::sts;
    namespace ops = sluice::sts::operations;
    const assume_role_request good(role, "session");
    CHECK(wrong<ops::assume_role>(good) == "");
    const auto changed = [&](auto change) { return after<ops::assume_role>(good, change); };
    CHECK(has(changed([](auto& r) { r.role_arn = "short"; }), "RoleArn"));
    CHECK(has(changed([](auto& r) { r.session_name = "x"; }), "2 to 64"));
    CHECK(has(changed([](auto& r) { r.session_name = "a b"; }), "A-Z a-z 0-9 _ + = , . @ -"));
    CHECK(changed([](auto& r) { r.duration = 900s; }) == "");
    CHECK(changed([](auto& r) { r.duration = 899s; }) == "DurationSeconds is 899: 900 to 43200 is allowed");
    CHECK(has(changed([](auto& r) { r.duration = 43'201s; }), "900 to 43200"));
    CHECK(has(changed([](auto& r) { r.policy_arns.assign(11, role); }), "0 to 10"));
    CHECK(has(changed([](auto& r) { r.external_id = "x"; }), "2 to 1224"));
    CHECK(changed([](auto& r) { r.external_id = "a:/b"; }) == "");
    CHECK(has(changed([](auto& r) { r.serial_number = "x"; }), "9 to 256"));
    CHECK(has(changed([](auto& r) { r.token_code = "12345"; }), "6 characters"));
    CHECK(has(changed([](auto& r) { r.token_code = "12345x"; }), "0-9"));
    CHECK(has(changed([](auto& r) { r.source_identity = "a/b"; }), "SourceIdentity"));
    CHECK(has(changed([](auto& r) { r.provided_contexts.resize(6); }), "0 to 5"));
    CHECK(has(changed([](auto& r) { r.provided_contexts.resize(1); }), "ProviderArn"));
    CHECK(has(changed([](auto& r) { r.transitive_tag_keys = {""}; }), "TransitiveTagKeys"));

    const std::string secret(20'001, 's');
    CHECK(wrong<ops::assume_role_with_web_identity>(assume_role_with_web_identity_request(role, "se", "token")) == "");
    const auto long_token =
        wrong<ops::assume_role_with_web_identity>(assume_role_with_web_identity_request(role, "se", secret));
    CHECK(long_token == "WebIdentityToken has 20001 characters: 4 to 20000 characters are allowed");
    get_session_token_request session;
    CHECK(wrong<ops::get_session_token>(session) == "");
    session.duration = 129'600s;
    CHECK(wrong<ops::get_session_token>(session) == "");
    session.duration = 129'601s;
    CHECK(has(wrong<ops::get_session_token>(session), "900 to 129600"));
    CHECK(wrong<ops::get_caller_identity>(get_caller_identity_request()) == "");
}

} // namespace request_checks_test
