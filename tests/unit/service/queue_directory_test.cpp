// Queues by name and ARN: asked once, by one of those who want to know.
#include "service/sqs/queue_directory.hpp"

#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"
#include "support/scripted_transport.hpp"

#include "session/session_state.hpp"

#include <doctest/doctest.h>
#include <sluice/as_result.hpp>
#include <sluice/sqs/client.hpp>

namespace queue_directory_test {

using sluice::errc;
using sluice::result;
using unit_tests::error_xml;
using unit_tests::reply_to;
using unit_tests::run;
using unit_tests::settle;
using unit_tests::started;

namespace {

const std::string url = "https://sqs.eu-west-1.amazonaws.com/123456789012/billing";

struct fixture {
    boost::asio::io_context context;
    std::shared_ptr<unit_tests::scripted_transport> script =
        std::make_shared<unit_tests::scripted_transport>(context.get_executor());
    sluice::session session = unit_tests::scripted_session(context.get_executor(), script, 1);
    std::shared_ptr<sluice::sqs::queue_directory> queues = session.state()->queues();

    unit_tests::scripted_step& answer() {
        return script->expect("GetQueueUrl").reply(200, reply_to("GetQueueUrl", "<QueueUrl>" + url + "</QueueUrl>"));
    }
};

} // namespace

TEST_CASE("queues: a URL is taken as it is, a name is asked for once") {
    fixture test;
    CHECK(run(test.context, test.queues->url_of(url)).value() == url);
    CHECK(test.script->calls().empty());
    test.answer();
    CHECK(run(test.context, test.queues->url_of("billing")).value() == url);
    CHECK(run(test.context, test.queues->url_of("billing")).value() == url);
    CHECK(test.script->calls().size() == 1);
    test.queues->forget("billing");
    test.answer();
    CHECK(run(test.context, test.queues->url_of("billing")).value() == url);
    CHECK(test.script->calls().size() == 2);
}

TEST_CASE("queues: an ARN says whose queue it is") {
    fixture test;
    test.answer();
    CHECK(run(test.context, test.queues->url_of("arn:aws:sqs:eu-west-1:210987654321:billing")).value() == url);
    CHECK(test.script->calls().at(0).parameter("QueueName") == "billing");
    CHECK(test.script->calls().at(0).parameter("QueueOwnerAWSAccountId") == "210987654321");
}

TEST_CASE("queues: the ARN of another region is refused before anything is asked") {
    fixture test;
    const auto refused = run(test.context, test.queues->url_of("arn:aws-cn:sqs:cn-north-1:210987654321:billing"));
    CHECK(refused.error().code == errc::invalid_argument);
    CHECK(refused.error().message.find("cn-north-1") != std::string::npos);
    CHECK(test.script->calls().empty());
}

TEST_CASE("queues: many who ask at once share one request, and its failure") {
    fixture test;
    test.answer().hold();
    started<result<std::string>> first(test.context, test.queues->url_of("billing"));
    started<result<std::string>> second(test.context, test.queues->url_of("billing"));
    started<result<std::string>> third(test.context, test.queues->url_of("billing"));
    settle(test.context);
    CHECK(test.script->calls().size() == 1);
    CHECK_FALSE(second.ended());
    test.script->release();
    settle(test.context);
    CHECK(first.value().value() == url);
    CHECK(second.value().value() == url);
    CHECK(third.value().value() == url);
    CHECK(test.script->calls().size() == 1);

    test.script->expect("GetQueueUrl")
        .reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "no such queue"))
        .hold();
    started<result<std::string>> fourth(test.context, test.queues->url_of("other"));
    started<result<std::string>> fifth(test.context, test.queues->url_of("other"));
    settle(test.context);
    test.script->release();
    settle(test.context);
    CHECK(fourth.value().error().code == errc::not_found);
    CHECK(fifth.value().error().code == errc::not_found);
    CHECK(fifth.value().error().message.find("(queue other)") != std::string::npos);
    CHECK(test.script->calls().size() == 2);
}

TEST_CASE("queues: when the one who asks is cancelled, another asks; who is cancelled waiting disturbs nobody") {
    fixture test;
    test.answer().hold();
    started<result<std::string>> first(test.context, test.queues->url_of("billing"));
    started<result<std::string>> second(test.context, test.queues->url_of("billing"));
    started<result<std::string>> third(test.context, test.queues->url_of("billing"));
    settle(test.context);
    third.cancel();
    settle(test.context);
    CHECK(third.value().error().code == errc::cancelled);
    test.answer();
    first.cancel();
    settle(test.context);
    CHECK_FALSE(first.value().has_value());
    CHECK(second.value().value() == url);
    CHECK(test.script->calls().size() == 2);
}

TEST_CASE("queues: every operation of a queue takes its name, and asks anew after the queue was not there") {
    fixture test;
    test.answer();
    test.script->expect("PurgeQueue").reply(400, error_xml("AWS.SimpleQueueService.NonExistentQueue", "gone"));
    const auto queues = test.session.sqs();
    const auto gone =
        run(test.context, sluice::as_result(queues.purge_queue(sluice::sqs::purge_queue_request("billing"))));
    CHECK(gone.error().code == errc::not_found);
    test.answer();
    test.script->expect("PurgeQueue").reply(200, reply_to("PurgeQueue", ""));
    CHECK(run(test.context, sluice::as_result(queues.purge_queue(sluice::sqs::purge_queue_request("billing"))))
              .has_value());
    CHECK(test.script->calls().back().parameter("QueueUrl") == url);
    CHECK(test.script->operations() ==
          std::vector<std::string>{"GetQueueUrl", "PurgeQueue", "GetQueueUrl", "PurgeQueue"});
    const auto wrong =
        run(test.context, sluice::as_result(queues.purge_queue(sluice::sqs::purge_queue_request("no queue"))));
    CHECK(wrong.error().code == errc::invalid_argument);
}

} // namespace queue_directory_test
