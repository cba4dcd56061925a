// When read and redrive take a queue for empty.
#include "cli/end_of_queue.hpp"

#include <doctest/doctest.h>

namespace end_of_queue_test {

using sluice::cli::end_of_queue;
using sluice::sqs::reader_statistics;

namespace {

reader_statistics seen(std::size_t received, std::size_t empty_polls, std::size_t under_way) {
    reader_statistics now;
    now.received = received;
    now.empty_polls = empty_polls;
    now.polls_under_way = under_way;
    return now;
}

} // namespace

TEST_CASE("end of queue: the first empty poll, where nothing ever came") {
    end_of_queue end;
    CHECK_FALSE(end.reached(seen(0, 0, 0), false));
    CHECK_FALSE(end.reached(seen(0, 0, 4), false));
    CHECK(end.idle());
    CHECK(end.reached(seen(0, 1, 3), false));
}

TEST_CASE("end of queue: a poll that began while somebody had a message tells nothing") {
    end_of_queue end;
    // Of a message group one is out: the polls under way do not get the rest of it.
    CHECK_FALSE(end.reached(seen(1, 0, 2), true));
    CHECK_FALSE(end.idle());
    CHECK_FALSE(end.reached(seen(1, 1, 2), true));
    CHECK_FALSE(end.reached(seen(1, 1, 2), false)); // settled since the last look: both began before
    CHECK_FALSE(end.reached(seen(1, 2, 2), false));
    CHECK_FALSE(end.reached(seen(1, 3, 2), false));
    CHECK(end.reached(seen(1, 4, 2), false)); // the third one began after it
}

TEST_CASE("end of queue: a message that came and was settled between two looks counts") {
    end_of_queue end;
    CHECK_FALSE(end.reached(seen(0, 0, 2), false));
    CHECK_FALSE(end.reached(seen(1, 1, 2), false));
    CHECK_FALSE(end.idle());
    CHECK_FALSE(end.reached(seen(1, 2, 1), false)); // begun at an unknown time since: one more is waited for
    CHECK_FALSE(end.reached(seen(1, 3, 1), false));
    CHECK(end.reached(seen(1, 4, 0), false));
}

TEST_CASE("end of queue: what is buffered was not taken yet") {
    end_of_queue end;
    reader_statistics now = seen(3, 0, 1);
    CHECK_FALSE(end.reached(now, true));
    now.buffered = 2;
    now.empty_polls = 7;
    CHECK_FALSE(end.reached(now, false));
    CHECK_FALSE(end.idle());
}

} // namespace end_of_queue_test
