// A broker with a storage, over sockets.
#include "support/http_client.hpp"
#include "support/memory_storage.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>

namespace storage_broker_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::memory_storage;
using local_tests::open_options;
using local_tests::running_broker;

TEST_CASE("storage: over sockets an answer comes when its change is stored, or says that it is not") {
    const auto keeper = std::make_shared<memory_storage>();
    auto options = open_options();
    options.storage = keeper;
    options.admin = true;
    options.log = [](std::string_view) {};
    const auto records = [&keeper] {
        const std::lock_guard lock(keeper->mutex);
        return keeper->records.size();
    };
    {
        running_broker server(options, 2);
        http_client client(server.port());
        CHECK(client.sqs("Action=CreateQueue&QueueName=q").status == 200);
        CHECK(records() == 2);
        const std::string send = "Action=SendMessage&MessageBody=1&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";
        CHECK(client.sqs(send).status == 200);
        CHECK(records() == 4); // the message and the counters
        {
            const std::lock_guard lock(keeper->mutex);
            keeper->failure = "full";
        }
        const http_reply failed = client.sqs(send);
        CHECK(failed.status == 500);
        CHECK(failed.body.find("full") != std::string::npos);
        CHECK(client.sqs(send).status == 503);
        {
            const std::lock_guard lock(keeper->mutex);
            keeper->failure.clear();
        }
    } // the broker's end stores what was left
    CHECK(records() == 5);
    running_broker server(options);
    CHECK(server.broker().ledger().at("q").visible == 2);
    http_client client(server.port());
    CHECK(client.call("POST", "/_sluice/advance", R"({"seconds":300})").status == 200);
    CHECK(records() == 6);
    CHECK(client.call("POST", "/_sluice/restart", R"({"memory":"lost"})").status == 200);
    CHECK(records() == 2);
}

} // namespace storage_broker_test
