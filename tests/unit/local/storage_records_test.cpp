// The form of records, what is collected between two commits, and what a failing storage means.
#include "support/memory_storage.hpp"

#include <local/journal.hpp>
#include <local/record.hpp>
#include <local/storage_gate.hpp>

#include <doctest/doctest.h>

namespace storage_records_test {

using namespace sluice::local;
using namespace std::chrono_literals;
using local_tests::memory_storage;

namespace {

record_writer example() {
    record_writer inner;
    inner.text("name", "n").number("binary", 1);
    record_writer record;
    record.text("body", std::string(300, 'b')).text("bytes", std::string_view("\0\xFF\n", 3)).text("", "no name");
    record.number("count", 18'446'744'073'709'551'615U).time("sent", time_point(-1ns)).time("next", time_point(42ms));
    record.map("tags", {{"a", "1"}, {"", ""}}).nested("attribute", inner).nested("attribute", record_writer());
    return record;
}

constexpr time_point start = time_point(std::chrono::hours(24 * 365 * 50));

struct gate_fixture {
    std::shared_ptr<memory_storage> keeper = std::make_shared<memory_storage>();
    std::vector<std::string> log;
    storage_gate gate{keeper, [this](std::string_view line) { log.emplace_back(line); }};
};

} // namespace

TEST_CASE("record: what was written is read") {
    const std::string bytes = example().finish();
    const record_reader read(bytes);
    CHECK(read.text("body") == std::string(300, 'b'));
    CHECK(read.text("bytes") == std::string_view("\0\xFF\n", 3));
    CHECK(read.text("") == "no name");
    CHECK(read.number("count") == 18'446'744'073'709'551'615U);
    CHECK(read.time("sent") == time_point(-1ns));
    CHECK(read.optional_time("next") == time_point(42ms));
    CHECK_FALSE(read.optional_time("never").has_value());
    CHECK_FALSE(read.optional_text("never").has_value());
    CHECK(read.text_or_empty("never").empty());
    CHECK(read.map("tags") == std::map<std::string, std::string>{{"a", "1"}, {"", ""}});
    const auto nested = read.all("attribute");
    REQUIRE(nested.size() == 2);
    CHECK(record_reader::nested(nested[0]).text("name") == "n");
    CHECK(record_reader::nested(nested[0]).number("binary") == 1);
    CHECK(nested[1].empty());
    CHECK_THROWS_WITH_AS((void)read.text("never"), "it has no \"never\"", damaged_record);
    CHECK_THROWS_WITH_AS((void)read.number("body"), doctest::Contains("\"body\" is no number"), damaged_record);
    CHECK_THROWS_WITH_AS((void)read.map("body"), doctest::Contains("it ends within a field"), damaged_record);
}

TEST_CASE("record: each byte that is changed or missing is noticed") {
    const std::string good = example().finish();
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        CHECK_THROWS_AS(record_reader{bad}, damaged_record);
        CHECK_THROWS_AS(record_reader{std::string_view(good).substr(0, at)}, damaged_record);
    }
    // Not by the sum only: nested values have none.
    const std::string_view fields = std::string_view(good).substr(0, good.size() - 4);
    for (std::size_t at = 0; at < fields.size(); ++at) {
        try {
            const auto part = record_reader::nested(fields.substr(0, at)); // an end between two fields is none
            CHECK(part.text_or_empty("body").size() <= 300);
        } catch (const damaged_record& why) {
            CHECK(std::string(why.what()) == "it ends within a field");
        }
    }
    CHECK_THROWS_WITH_AS((void)record_reader::nested("\xFF\xFF\xFF\xFF\xFF\xFF"), "the length of a field is too large",
                         damaged_record);
}

TEST_CASE("record: numbers in keys sort as numbers do") {
    CHECK(number_in_key(0) == "0000000000000000");
    CHECK(number_in_key(255) == "00000000000000ff");
    CHECK(number_in_key(~std::uint64_t(0)) == "ffffffffffffffff");
    for (const std::uint64_t one : {std::uint64_t(0), std::uint64_t(9), std::uint64_t(4096), ~std::uint64_t(0)}) {
        CHECK(parse_number_in_key(number_in_key(one)) == one);
    }
    CHECK_THROWS_AS((void)parse_number_in_key("1"), damaged_record);
    CHECK_THROWS_AS((void)parse_number_in_key("000000000000000g"), damaged_record);
    CHECK_THROWS_AS((void)parse_number_in_key("-000000000000001"), damaged_record);
}

TEST_CASE("journal: of each record the last change counts, in the order of the first ones") {
    journal changes;
    CHECK_FALSE(changes.has_news());
    const record_place place(&changes, "queue");
    place.put({}, record_writer());
    place.below("message").erase("1");
    place.erase("counters");
    place.put("counters", record_writer());
    place.put("message/2", record_writer());
    place.erase("message/2");
    CHECK(changes.has_news());
    changes.take_note();
    CHECK_FALSE(changes.has_news());
    REQUIRE(changes.size() == 4);
    CHECK(changes.changes()[0].key == "queue");
    CHECK(changes.changes()[1].key == "queue/message/1");
    CHECK_FALSE(changes.changes()[1].value.has_value());
    CHECK(changes.changes()[2].key == "queue/counters");
    CHECK(changes.changes()[2].value.has_value());
    CHECK(changes.changes()[3].key == "queue/message/2");
    CHECK_FALSE(changes.changes()[3].value.has_value());
    changes.clear();
    place.erase({});
    CHECK(changes.size() == 1);

    const record_place nowhere;
    CHECK_FALSE(nowhere);
    CHECK_FALSE(nowhere.below("message"));
    nowhere.below("message").put("1", record_writer());
    nowhere.erase({});
}

TEST_CASE("storage gate: what could not be stored stays, and goes along later") {
    gate_fixture f;
    CHECK_FALSE(f.gate.commit(start).has_value());
    CHECK(f.keeper->attempts == 0); // nothing to store
    f.gate.changes().put("a", "1");
    CHECK_FALSE(f.gate.commit(start).has_value());
    CHECK(f.keeper->records.at("a") == "1");
    CHECK_FALSE(f.gate.closed(start).has_value());

    f.keeper->failure = "the disk is full";
    f.gate.changes().put("a", "2");
    CHECK(f.gate.has_news());
    CHECK(f.gate.commit(start) == "the disk is full");
    CHECK_FALSE(f.gate.has_news()); // it was tried
    CHECK(f.gate.fails());
    CHECK(f.keeper->records.at("a") == "1");
    CHECK(f.keeper->attempts == 2);
    CHECK(f.gate.closed(start + 99ms) == "the disk is full");
    CHECK(f.keeper->attempts == 2); // too early
    CHECK(f.gate.closed(start + 100ms) == "the disk is full");
    CHECK(f.keeper->attempts == 3);
    f.gate.changes().put("b", "1");
    CHECK(f.gate.commit(start + 150ms) == "the disk is full");
    CHECK(f.keeper->attempts == 3);

    f.keeper->failure.clear();
    CHECK_FALSE(f.gate.closed(start + 3s).has_value());
    CHECK_FALSE(f.gate.fails());
    CHECK(f.keeper->records == std::map<std::string, std::string>{{"a", "2"}, {"b", "1"}});
    CHECK_FALSE(f.gate.commit(start + 3s).has_value());
    REQUIRE(f.log.size() == 2);
    CHECK(f.log[0] == "storage: the disk is full; calls that change something are answered with an error until it can "
                      "be written again");
    CHECK(f.log[1] == "storage: it can be written again after 3 s; 2 changed records were caught up on, 2 calls had "
                      "been refused");
}

TEST_CASE("storage gate: the last commit is tried at once, and says when it fails") {
    gate_fixture f;
    f.keeper->failure = "no";
    f.gate.changes().put("a", "1");
    CHECK(f.gate.commit(start) == "no");
    CHECK(f.gate.commit_at_last(start) == "no");
    CHECK(f.keeper->attempts == 2);
    CHECK(f.log.back() == "storage: 1 changed records are not stored at the end: no");
    f.keeper->failure.clear();
    CHECK_FALSE(f.gate.commit_at_last(start).has_value());
    CHECK(f.keeper->records.at("a") == "1");
}

TEST_CASE("storage gate: which calls can do without") {
    CHECK(only_reads("sqs", "GetQueueUrl"));
    CHECK(only_reads("sns", "ListTopics"));
    CHECK(only_reads("sts", "AssumeRole"));
    CHECK_FALSE(only_reads("sqs", "ReceiveMessage"));
    CHECK_FALSE(only_reads("sns", "ConfirmSubscription"));
}

} // namespace storage_records_test
