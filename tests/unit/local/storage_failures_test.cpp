// A storage that cannot be written, records that are damaged, and what waits for a commit.
#include "support/core_client.hpp"
#include "support/memory_storage.hpp"

#include <local/record.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace storage_failures_test {

using local_tests::answer;
using local_tests::core_client;
using local_tests::memory_storage;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

struct fixture {
    std::shared_ptr<memory_storage> keeper = std::make_shared<memory_storage>();
    core_client client{keeper};
    std::string url = client.create_queue("q");

    answer send(const std::string& body) {
        return client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}});
    }
};

/// What a broker says that cannot begin with these records; empty when it can.
std::string refusal_of(const std::map<std::string, std::string>& records) {
    const auto keeper = std::make_shared<memory_storage>();
    keeper->records = records;
    try {
        const core_client client(keeper);
        return {};
    } catch (const std::runtime_error& why) {
        return why.what();
    }
}

} // namespace

TEST_CASE("storage: calls of one turn are one commit, and answered after it") {
    fixture f;
    f.client.commits = false;
    const auto before = f.keeper->commits;
    const answer first = f.send("1");
    const answer second = f.send("2");
    const answer read = f.client.json("GetQueueUrl", {{"QueueName", "q"}}); // may have seen what is not stored yet
    REQUIRE(first.waits());
    REQUIRE(second.waits());
    REQUIRE(read.waits());
    CHECK(f.client.core().wants_commit());
    CHECK(f.client.finished(first.poll).status == 0);
    f.client.commit();
    CHECK_FALSE(f.client.core().wants_commit());
    CHECK(f.keeper->commits == before + 1);
    for (const answer& one : {first, second, read}) CHECK(f.client.finished(one.poll).status == 200);
    CHECK_FALSE(f.client.json("GetQueueUrl", {{"QueueName", "q"}}).waits());  // nothing changed
    CHECK_FALSE(f.client.json("SendMessage", {{"QueueUrl", f.url}}).waits()); // refused, so nothing changed
}

TEST_CASE("storage: without one nothing waits") {
    core_client client;
    client.commits = false;
    const std::string url = client.create_queue("q");
    CHECK(client.json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "1"}}).status == 200);
    CHECK_FALSE(client.core().wants_commit());
}

TEST_CASE("storage: what cannot be stored is answered with an error, and nothing more is carried out until it can") {
    fixture f;
    REQUIRE(f.send("before").status == 200);
    f.keeper->failure = "/data/sluice.db: database or disk is full";
    const answer failed = f.send("lost or not");
    CHECK(failed.status == 500);
    CHECK(failed.code() == "InternalFailure");
    CHECK(failed.query_error == "InternalFailure;Receiver");
    CHECK(failed.message() == "The broker could not store what this changed, so it may or may not last: "
                              "/data/sluice.db: database or disk is full");
    REQUIRE(f.client.log.size() == 1);
    CHECK(f.client.log[0].starts_with("storage: /data/sluice.db: database or disk is full; calls that change"));

    const answer refused = f.client.sqs("SendMessage", {{"QueueUrl", f.url}, {"MessageBody", "refused"}});
    CHECK(refused.status == 503);
    CHECK(refused.code() == "ServiceUnavailable");
    CHECK(refused.message() == "The broker cannot store anything, so this was not carried out: /data/sluice.db: "
                               "database or disk is full");
    CHECK(f.client.json("ReceiveMessage", {{"QueueUrl", f.url}}).status == 503);
    CHECK(f.client.sns("CreateTopic", {{"Name", "t"}}).status == 503);
    CHECK(f.client.json("GetQueueUrl", {{"QueueName", "q"}}).status == 200); // reads go on
    CHECK(f.client.ledger("q").entered == 2);

    f.keeper->failure.clear();
    f.client.now += 100ms;
    CHECK(f.send("after").status == 200);
    CHECK(f.client.log.size() == 2);
    f.client.reopen();
    CHECK(f.client.receive(f.url) == strings{"before", "lost or not", "after"});
}

TEST_CASE("storage: killed while it fails, the broker has what was acknowledged and not more") {
    fixture f;
    REQUIRE(f.send("before").status == 200);
    f.keeper->failure = "full";
    CHECK(f.send("lost").status == 500);
    f.keeper->failure.clear();
    f.client.reopen();
    CHECK(f.client.receive(f.url) == strings{"before"});
}

TEST_CASE("storage: a long poll gets an error for messages whose receive cannot be stored, and they come again") {
    fixture f;
    f.client.sqs("SendMessage", {{"QueueUrl", f.url}, {"MessageBody", "later"}, {"DelaySeconds", "5"}});
    const answer poll = f.client.json("ReceiveMessage", {{"QueueUrl", f.url}, {"WaitTimeSeconds", 20}});
    REQUIRE(poll.waits());
    f.keeper->failure = "full";
    f.client.pass(5s);
    CHECK(f.client.finished(poll.poll).status == 500);
    f.keeper->failure.clear();
    f.client.pass(30s);
    CHECK(f.client.receive(f.url) == strings{"later"});
}

TEST_CASE("storage: one that only can be read is found out at the start") {
    const auto keeper = std::make_shared<memory_storage>();
    keeper->failure = "attempt to write a readonly database";
    CHECK_THROWS_WITH_AS(core_client{keeper}, "attempt to write a readonly database", std::runtime_error);
}

TEST_CASE("storage: faults play before and after the commit as they say") {
    fixture f;
    sluice::local::fault_rule drop;
    drop.operation = "SendMessage";
    drop.times = 1;
    drop.kind = sluice::local::fault_kind::drop_reply;
    f.client.core().faults().add(drop);
    f.send("applied");
    CHECK(f.client.ledger("q").entered == 1);
    sluice::local::fault_rule late;
    late.operation = "SendMessage";
    late.kind = sluice::local::fault_kind::delay_reply;
    late.delay = 2s;
    f.client.core().faults().add(late);
    const answer waiting = f.send("late");
    REQUIRE(waiting.waits());
    CHECK(f.client.finished(waiting.poll).status == 0);
    f.client.pass(2s);
    CHECK(f.client.finished(waiting.poll).status == 200);
}

TEST_CASE("storage: a damaged record is named") {
    fixture f;
    f.client.create_queue("f.fifo", {{"FifoQueue", "true"}});
    REQUIRE(f.send("body").status == 200);
    f.client.receive(f.url);
    const std::string fifo = "http://localhost:1/000000000000/f.fifo";
    f.client.json("SendMessage",
                  {{"QueueUrl", fifo}, {"MessageBody", "1"}, {"MessageGroupId", "g"}, {"MessageDeduplicationId", "d"}});
    f.client.json("ReceiveMessage", {{"QueueUrl", fifo}, {"ReceiveRequestAttemptId", "try"}});
    f.client.json("TagQueue", {{"QueueUrl", f.url}, {"Tags", {{"a", "b"}}}});
    f.client.subscribe(f.client.create_topic("t"), "subscribed", {});
    const auto good = f.keeper->records;
    REQUIRE(good.size() > 12);
    CHECK(refusal_of(good).empty());
    for (const auto& [key, value] : good) {
        CAPTURE(key);
        auto damaged = good;
        damaged[key][value.size() / 2] ^= 1;
        CHECK(refusal_of(damaged) == "the record \"" + key + "\" is damaged: its sum is wrong");
        // A whole record of nothing: whoever reads it misses something, except where all may be missing.
        damaged[key] = sluice::local::record_writer().finish();
        CHECK(refusal_of(damaged).starts_with("the record \"" + key + "\" is damaged: it has no \""));
        // Missing: others need it, or it is one that can go.
        damaged = good;
        damaged.erase(key);
        const std::string why = refusal_of(damaged);
        if (!why.empty()) CHECK(why.find("\" is damaged: ") != std::string::npos);
    }
}

TEST_CASE("storage: what is no record of a broker is refused") {
    fixture f;
    const auto good = f.keeper->records;
    sluice::local::record_writer newer;
    newer.number("version", 2);
    auto records = good;
    records["format"] = newer.finish();
    CHECK(refusal_of(records) ==
          "the storage was written by a newer version of sluice: its format is 2, this one knows 1 at most");
    const std::string any = sluice::local::record_writer().text("a", "b").finish();
    CHECK(refusal_of({{"a", any}}) ==
          "the record \"a\" is damaged: the first record is not the one of the format: is this a broker's?");
    const std::string account = "us-east-1/000000000000";
    for (const std::string& key :
         {std::string("x"), "sqs/" + account, "sqs/" + account + "/x", "sqs/" + account + "/queue/none/counters",
          "sqs/" + account + "/queue/q/x", "sqs/" + account + "/queue/q/message/1",
          "sqs/" + account + "/queue/q/message/0000000000000001/delivery",
          "sqs/" + account + "/queue/q/message/0000000000000001/x", "sns/" + account + "/topic/none/published",
          "sns/" + account + "/x", "ses/" + account + "/x"}) {
        records = good;
        records[key] = any;
        CAPTURE(key);
        CHECK(refusal_of(records).starts_with("the record \"" + key + "\" is damaged: "));
    }
}

} // namespace storage_failures_test
