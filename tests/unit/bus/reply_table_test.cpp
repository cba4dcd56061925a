// Which answers count.
#include "bus/reply_table.hpp"

#include <doctest/doctest.h>

namespace reply_table_test {

using namespace std::chrono_literals;
using sluice::bus::reply_table;
using arrival = sluice::bus::reply_table::arrival;
using entrance = sluice::bus::reply_table::entrance;

namespace {
const reply_table::time_point start{100s};
}

TEST_CASE("reply table: the first answer in time counts, once") {
    reply_table table(10);
    CHECK(table.add("a", start + 1s) == entrance::added);
    CHECK(table.answer("a", start) == arrival::expected);
    CHECK(table.answer("a", start) == arrival::duplicate);
    table.remove("a");
    CHECK(table.answer("a", start) == arrival::duplicate);
    CHECK(table.answer("b", start) == arrival::unknown);
    CHECK(table.answer("", start) == arrival::unknown);
}

TEST_CASE("reply table: what comes at the deadline or after it is late") {
    reply_table table(10);
    table.add("a", start + 1s);
    CHECK(table.answer("a", start + 1s) == arrival::late);
    CHECK(table.answer("a", start + 999ms) == arrival::expected);
    table.add("b", start + 1s);
    CHECK(table.end("b")); // cancelled
    CHECK(table.answer("b", start) == arrival::late);
    table.remove("b");
    CHECK(table.answer("b", start) == arrival::late);
}

TEST_CASE("reply table: who has been answered cannot end as if he had not") {
    reply_table table(10);
    table.add("a", start + 1s);
    CHECK(table.answer("a", start) == arrival::expected);
    CHECK(!table.end("a"));
    CHECK(!table.end("never"));
}

TEST_CASE("reply table: bounded, and each id once") {
    reply_table table(2);
    CHECK(table.add("a", start) == entrance::added);
    CHECK(table.add("a", start) == entrance::taken);
    CHECK(table.add("b", start) == entrance::added);
    CHECK(table.add("c", start) == entrance::full);
    table.end("a"); // its place is taken until it is removed
    CHECK(table.add("c", start) == entrance::full);
    CHECK(table.size() == 2);
    table.remove("a");
    CHECK(table.add("c", start) == entrance::added);
}

TEST_CASE("reply table: remembers so many that have gone") {
    reply_table table(10, 2);
    for (const char* id : {"a", "b", "c"}) {
        table.add(id, start + 1s);
        table.answer(id, start);
        table.remove(id);
    }
    CHECK(table.answer("a", start) == arrival::unknown);
    CHECK(table.answer("b", start) == arrival::duplicate);
    CHECK(table.answer("c", start) == arrival::duplicate);
    table.remove("c");          // again: nothing
    table.add("b", start + 1s); // an id that was used before
    CHECK(table.answer("b", start) == arrival::expected);
    table.remove("b");
    CHECK(table.answer("b", start) == arrival::duplicate);
    CHECK(table.size() == 0);
}

} // namespace reply_table_test
