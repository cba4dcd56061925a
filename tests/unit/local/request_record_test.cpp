// broker_options::on_request: each request once, with what became of it.
#include "support/http_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace request_record_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::running_broker;
using sluice::local::request_record;
using namespace std::chrono_literals;

namespace {

class record_keeper {
  public:
    void keep(const request_record& one) {
        const std::lock_guard lock(mutex_);
        all_.push_back(one);
        more_.notify_all();
    }
    /// The one of that index, as soon as it is there.
    request_record at(std::size_t index) {
        std::unique_lock lock(mutex_);
        REQUIRE(more_.wait_for(lock, 30s, [&] { return all_.size() > index; }));
        return all_[index];
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return all_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<request_record> all_;
};

sluice::local::broker_options observed(record_keeper& records) {
    auto options = local_tests::open_options();
    options.admin = true;
    options.on_request = [&records](const request_record& one) { records.keep(one); };
    return options;
}

const std::string queue = "&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";

} // namespace

TEST_CASE("on_request: successes and failures of both protocols") {
    record_keeper records;
    running_broker server(observed(records));
    http_client client(server.port());
    const auto before = std::chrono::system_clock::now();
    const http_reply made = client.sqs("Action=CreateQueue&QueueName=q");
    const request_record first = records.at(0);
    CHECK(first.service == "sqs");
    CHECK(first.operation == "CreateQueue");
    CHECK(first.resource == "q");
    CHECK(first.region == "us-east-1");
    CHECK(first.account == "000000000000");
    CHECK(first.status == 200);
    CHECK(first.code.empty());
    CHECK(first.message.empty());
    CHECK(first.client.starts_with("127.0.0.1:"));
    CHECK(first.request_id == made.headers.at("x-amzn-requestid"));
    CHECK(first.reply_bytes == made.body.size());
    CHECK(first.request_bytes == std::string("Version=2012-11-05&Action=CreateQueue&QueueName=q").size());
    CHECK(first.time >= before);
    CHECK(first.duration >= 0us);

    client.call("POST", "/", R"({"QueueUrl":"http://h/000000000000/none"})", "X-Amz-Target: AmazonSQS.PurgeQueue\r\n");
    const request_record missing = records.at(1);
    CHECK(missing.operation == "PurgeQueue");
    CHECK(missing.resource == "none");
    CHECK(missing.status == 400);
    CHECK(missing.code == "QueueDoesNotExist");
    CHECK(missing.message == "The specified queue does not exist.");
    client.sqs("Action=PurgeQueue&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fnone");
    CHECK(records.at(2).code == "AWS.SimpleQueueService.NonExistentQueue");

    client.call("GET", "/_sluice/ledger");
    const request_record admin = records.at(3);
    CHECK(admin.service == "admin");
    CHECK(admin.operation == "GET");
    CHECK(admin.resource == "/_sluice/ledger");
    client.call("PUT", "/");
    CHECK(records.at(4).status == 405);
    CHECK(records.at(4).operation.empty());
    CHECK(records.count() == 5);
}

TEST_CASE("on_request: a request that is refused before it is decoded") {
    record_keeper records;
    auto options = observed(records);
    options.verify_signatures = true;
    running_broker server(options);
    http_client client(server.port());
    client.sqs("Action=SendMessage&MessageBody=a" + queue);
    const request_record refused = records.at(0);
    CHECK(refused.operation == "SendMessage");
    CHECK(refused.resource == "q");
    CHECK(refused.status == 403);
    CHECK(refused.code == "MissingAuthenticationToken");
    CHECK(refused.region.empty());
    client.sqs("Action=" + std::string(5000, 'x'));
    CHECK(records.at(1).operation == std::string(256, 'x'));
}

TEST_CASE("on_request: long polls are told at their end, however that comes") {
    record_keeper records;
    running_broker server(observed(records));
    http_client sender(server.port());
    sender.sqs("Action=CreateQueue&QueueName=q");
    http_client poller(server.port());
    const std::string poll = "Version=2012-11-05&Action=ReceiveMessage&WaitTimeSeconds=20" + queue;
    const auto ask = [&poll](http_client& client) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(poll.size()) + "\r\n\r\n" + poll);
    };
    ask(poller);
    while (server.broker().ledger().at("q").entered == 0) {
        // The poll may come after the message: then it does not wait, which is as good.
        sender.sqs("Action=SendMessage&MessageBody=a" + queue);
    }
    CHECK(poller.read().status == 200);
    request_record got;
    for (std::size_t i = 1; got.operation != "ReceiveMessage"; ++i) got = records.at(i);
    CHECK(got.status == 200);
    CHECK(got.reply_bytes > 0);

    const std::size_t before = records.count();
    ask(poller);
    const auto waits = [&] { return sender.call("GET", "/_sluice/status.json").body.find("\"waiting_polls\":1"); };
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (waits() == std::string::npos && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    poller.close(true);
    request_record gone;
    for (std::size_t i = before; gone.operation != "ReceiveMessage"; ++i) gone = records.at(i);
    CHECK(gone.status == 0);
    CHECK(gone.request_id.empty());
    CHECK(gone.reply_bytes == 0);
}

TEST_CASE("on_request: a reply that a fault rule spoils has no status") {
    record_keeper records;
    running_broker server(observed(records));
    server.broker().on("ListQueues").drop_reply();
    server.broker().on("ListTopics").fail(503, "Busy", "later");
    http_client client(server.port());
    CHECK(client.sqs("Action=ListQueues").status == 0);
    CHECK(records.at(0).status == 0);
    CHECK(records.at(0).operation == "ListQueues");
    http_client again(server.port());
    again.post("Version=2010-03-31&Action=ListTopics");
    CHECK(records.at(1).service == "sns");
    CHECK(records.at(1).status == 503);
    CHECK(records.at(1).code == "Busy");
    CHECK(records.at(1).message == "later");
}

} // namespace request_record_test
