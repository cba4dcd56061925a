// The queue in virtual time.
#include <local/fault.hpp>
#include <local/queue.hpp>

#include <doctest/doctest.h>

#include <string>

namespace queue_test {

using namespace sluice::local;
using namespace std::chrono_literals;

namespace {

constexpr time_point start = time_point(std::chrono::hours(24 * 365 * 50));

queue make_queue(const std::map<std::string, std::string>& attributes = {}) {
    return queue("q", "arn:aws:sqs:us-east-1:000000000000:q", attributes, start);
}

sent_message send(queue& to, std::string body, time_point now, std::optional<std::int64_t> delay = std::nullopt) {
    outgoing message;
    message.body = std::move(body);
    message.delay_seconds = delay;
    return to.send(std::move(message), "000000000000", now);
}

std::vector<received> take(queue& from, std::size_t max, std::optional<std::int64_t> visibility_seconds, bool long_poll,
                           time_point now) {
    receive_options how;
    how.max = max;
    how.visibility_seconds = visibility_seconds;
    how.long_poll = long_poll;
    return from.receive(how, now);
}

std::vector<std::string> bodies(const std::vector<received>& messages) {
    std::vector<std::string> out;
    for (const received& one : messages) out.push_back(one.body);
    return out;
}

std::vector<std::string> receive(queue& from, time_point now, std::size_t max = 10) {
    return bodies(take(from, max, std::nullopt, false, now));
}

template<class Call>
std::string fault_code(Call call) {
    try {
        call();
    } catch (const fault& why) {
        return why.code;
    }
    return {};
}

using strings = std::vector<std::string>;

} // namespace

TEST_CASE("messages come in the order of their arrival, up to the number asked for") {
    queue q = make_queue();
    for (const char* body : {"a", "b", "c"}) send(q, body, start);
    CHECK(receive(q, start, 2) == strings{"a", "b"});
    CHECK(receive(q, start, 2) == strings{"c"});
    CHECK(receive(q, start).empty());
}

TEST_CASE("a received message is hidden for its visibility timeout, and comes again") {
    queue q = make_queue({{"VisibilityTimeout", "10"}});
    send(q, "a", start);
    const auto first = take(q, 1, std::nullopt, false, start);
    REQUIRE(first.size() == 1);
    CHECK(first[0].system_attributes.at("ApproximateReceiveCount") == "1");
    CHECK(receive(q, start + 9999ms).empty());
    CHECK(q.next_visible() == start + 10s);
    const auto again = take(q, 1, std::nullopt, false, start + 10s);
    REQUIRE(again.size() == 1);
    CHECK(again[0].message_id == first[0].message_id);
    CHECK(again[0].receipt_handle != first[0].receipt_handle);
    CHECK(again[0].system_attributes.at("ApproximateReceiveCount") == "2");
    CHECK(again[0].system_attributes.at("ApproximateFirstReceiveTimestamp") ==
          first[0].system_attributes.at("ApproximateFirstReceiveTimestamp"));
}

TEST_CASE("a receive can bring its own visibility timeout, zero too") {
    queue q = make_queue();
    send(q, "a", start);
    CHECK(take(q, 1, 0, false, start).size() == 1);
    CHECK(take(q, 1, 5, false, start).size() == 1);
    CHECK(receive(q, start + 4s).empty());
    CHECK(receive(q, start + 5s) == strings{"a"});
}

TEST_CASE("a delayed message shows when its delay is over, the message's own delay wins") {
    queue q = make_queue({{"DelaySeconds", "5"}});
    send(q, "queue's", start);
    send(q, "own", start, 2);
    send(q, "none", start, 0);
    CHECK(q.ledger(start).delayed == 2);
    CHECK(receive(q, start) == strings{"none"});
    CHECK(receive(q, start + 2s) == strings{"own"});
    CHECK(receive(q, start + 4999ms).empty());
    CHECK(receive(q, start + 5s) == strings{"queue's"});
}

TEST_CASE("deleting needs the latest handle; an older one succeeds and deletes nothing") {
    queue q = make_queue({{"VisibilityTimeout", "1"}});
    send(q, "a", start);
    const auto first = take(q, 1, std::nullopt, false, start);
    const auto second = take(q, 1, std::nullopt, false, start + 1s);
    q.remove(first[0].receipt_handle, start + 1s);
    CHECK(q.ledger(start + 1s).deleted == 0);
    CHECK(receive(q, start + 2s) == strings{"a"});
    q.remove(second[0].receipt_handle, start + 2s);
    CHECK(q.ledger(start + 2s).deleted == 0);
}

TEST_CASE("deleting works after the visibility timeout as long as nobody else received it, and twice") {
    queue q = make_queue({{"VisibilityTimeout", "1"}});
    send(q, "a", start);
    const auto got = take(q, 1, std::nullopt, false, start);
    q.remove(got[0].receipt_handle, start + 5s);
    q.remove(got[0].receipt_handle, start + 5s);
    CHECK(q.ledger(start + 5s).deleted == 1);
    CHECK(receive(q, start + 10s).empty());
}

TEST_CASE("handles that this queue never gave are refused") {
    queue q = make_queue();
    queue other = make_queue(); // the same name, another life
    send(other, "a", start);
    const auto foreign = take(other, 1, std::nullopt, false, start);
    send(q, "a", start);
    receive(q, start);
    for (const std::string& handle :
         {std::string("junk"), std::string(), std::string("AAAA"), foreign[0].receipt_handle}) {
        CAPTURE(handle);
        CHECK(fault_code([&] { q.remove(handle, start); }) == "ReceiptHandleIsInvalid");
        CHECK(fault_code([&] { q.change_visibility(handle, 1, start); }) == "ReceiptHandleIsInvalid");
    }
    CHECK(q.ledger(start).in_flight == 1);
}

TEST_CASE("changing the visibility moves the end from now on, zero releases at once") {
    queue q = make_queue();
    send(q, "a", start);
    auto got = take(q, 1, std::nullopt, false, start);
    q.change_visibility(got[0].receipt_handle, 100, start + 20s);
    CHECK(receive(q, start + 119s).empty());
    got = take(q, 1, std::nullopt, false, start + 120s);
    REQUIRE(got.size() == 1);
    q.change_visibility(got[0].receipt_handle, 0, start + 121s);
    CHECK(q.ledger(start + 121s).visible == 1);
    CHECK(receive(q, start + 121s) == strings{"a"});
}

TEST_CASE("the visibility cannot be changed of what is not in flight") {
    queue q = make_queue({{"VisibilityTimeout", "1"}});
    send(q, "a", start);
    const auto got = take(q, 1, std::nullopt, false, start);
    CHECK(fault_code([&] { q.change_visibility(got[0].receipt_handle, 5, start + 1s); }) ==
          "AWS.SimpleQueueService.MessageNotInflight");
    q.remove(got[0].receipt_handle, start + 1s);
    CHECK(fault_code([&] { q.change_visibility(got[0].receipt_handle, 5, start + 1s); }) == "InvalidParameterValue");
}

TEST_CASE("a message is hidden for 12 hours in all, at most") {
    queue q = make_queue();
    send(q, "a", start);
    const auto got = take(q, 1, 43'200, false, start);
    CHECK(fault_code([&] { q.change_visibility(got[0].receipt_handle, 43'201, start); }) == "InvalidParameterValue");
    CHECK(fault_code([&] { q.change_visibility(got[0].receipt_handle, -1, start); }) == "InvalidParameterValue");
    CHECK(fault_code([&] { q.change_visibility(got[0].receipt_handle, 43'200, start + 1s); }) ==
          "InvalidParameterValue");
    q.change_visibility(got[0].receipt_handle, 43'199, start + 1s);
    CHECK(receive(q, start + 43'199s).empty());
    CHECK(receive(q, start + 43'200s) == strings{"a"});
}

TEST_CASE("messages older than the retention period are dropped, wherever they are") {
    queue q = make_queue({{"MessageRetentionPeriod", "60"}});
    send(q, "visible", start);
    send(q, "delayed", start, 900);
    send(q, "in flight", start);
    CHECK(take(q, 1, 600, false, start).size() == 1);
    send(q, "younger", start + 1s);
    const auto before = q.ledger(start + 59s);
    CHECK(before.expired == 0);
    const auto after = q.ledger(start + 60s);
    CHECK(after.expired == 3);
    CHECK(after.in_flight == 0);
    CHECK(after.delayed == 0);
    CHECK(receive(q, start + 60s) == strings{"younger"});
}

TEST_CASE("a purge empties the queue, once in a minute") {
    queue q = make_queue();
    send(q, "a", start);
    send(q, "b", start, 10);
    receive(q, start);
    q.purge(start);
    const auto seen = q.ledger(start);
    CHECK(seen.purged == 2);
    CHECK(seen.visible + seen.in_flight + seen.delayed == 0);
    CHECK(fault_code([&] { q.purge(start + 59s); }) == "AWS.SimpleQueueService.PurgeQueueInProgress");
    q.purge(start + 60s);
}

TEST_CASE("120,000 messages in flight and no more: short polls are told, long polls wait") {
    queue q = make_queue({{"VisibilityTimeout", "100"}});
    for (int i = 0; i < 120'001; ++i) send(q, "m", start);
    std::string handle;
    for (int i = 0; i < 12'000; ++i) handle = take(q, 10, std::nullopt, false, start).front().receipt_handle;
    CHECK(q.ledger(start).in_flight == 120'000);
    CHECK(fault_code([&] { take(q, 1, std::nullopt, false, start); }) == "OverLimit");
    CHECK(take(q, 1, std::nullopt, true, start).empty());
    q.remove(handle, start);
    CHECK(take(q, 10, std::nullopt, false, start).size() == 1);
}

TEST_CASE("the ledger accounts for every message") {
    queue q = make_queue({{"VisibilityTimeout", "10"}});
    for (int i = 0; i < 20; ++i)
        send(q, std::to_string(i), start, i < 5 ? std::optional<std::int64_t>(60) : std::nullopt);
    const auto got = take(q, 10, std::nullopt, false, start);
    for (std::size_t i = 0; i < 4; ++i) q.remove(got[i].receipt_handle, start);
    const auto seen = q.ledger(start);
    CHECK(seen.entered == 20);
    CHECK(seen.deleted == 4);
    CHECK(seen.delayed == 5);
    CHECK(seen.in_flight == 6);
    CHECK(seen.visible == 5);
    const auto counts = q.attributes(start);
    CHECK(counts.at("ApproximateNumberOfMessages") == "5");
    CHECK(counts.at("ApproximateNumberOfMessagesNotVisible") == "6");
    CHECK(counts.at("ApproximateNumberOfMessagesDelayed") == "5");
}

TEST_CASE("settings: ranges, and all or nothing") {
    queue q = make_queue();
    const std::pair<const char*, const char*> refused[] = {
        {"VisibilityTimeout", "43201"},
        {"VisibilityTimeout", "-1"},
        {"VisibilityTimeout", "x"},
        {"DelaySeconds", "901"},
        {"MaximumMessageSize", "1023"},
        {"MaximumMessageSize", "1048577"},
        {"MessageRetentionPeriod", "59"},
        {"MessageRetentionPeriod", "1209601"},
        {"ReceiveMessageWaitTimeSeconds", "21"},
        {"Policy", "no json"},
        {"SqsManagedSseEnabled", "maybe"},
        {"VisibilityTimeout", ""},
    };
    for (const auto& [name, value] : refused) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK(fault_code([&, n = name, v = value] { q.set_attributes({{"KmsMasterKeyId", "k"}, {n, v}}, start); }) ==
              "InvalidAttributeValue");
    }
    CHECK(fault_code([&] { q.set_attributes({{"Nonsense", "1"}}, start); }) == "InvalidAttributeName");
    CHECK(fault_code([&] { q.set_attributes({{"RedrivePolicy", "{}"}}, start); }) == "InvalidParameterValue");
    CHECK_FALSE(q.attributes(start).contains("KmsMasterKeyId"));
    q.set_attributes({{"DelaySeconds", "900"}, {"MaximumMessageSize", "1024"}, {"Policy", "{}"}}, start + 5s);
    CHECK(q.settings().delay() == 900s);
    CHECK(q.attributes(start).at("Policy") == "{}");
    CHECK(q.attributes(start).at("LastModifiedTimestamp") != q.attributes(start).at("CreatedTimestamp"));
    q.set_attributes({{"Policy", ""}}, start);
    CHECK_FALSE(q.attributes(start).contains("Policy"));
    CHECK(fault_code([&] { send(q, std::string(1025, 'x'), start); }) == "InvalidParameterValue");
}

} // namespace queue_test
