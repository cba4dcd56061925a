#include "stream/settle_attempt.hpp"

#include <doctest/doctest.h>

namespace settle_attempt_test {

using namespace sluice;
using stream::settle_attempt;
using stream::settle_step;
using stream::step_after;

namespace {

const result<void> accepted;
const result<void> throttled = [] {
    error_info failure(errc::throttled, "slow down");
    failure.service_code = "RequestThrottled";
    return failure;
}();
const result<void> refused = error_info(errc::access_denied, "no");

settle_attempt acknowledgement() { return {}; }
settle_attempt hand_back() {
    settle_attempt made;
    made.acknowledged = false;
    return made;
}

} // namespace

TEST_CASE("settling: what was accepted has left, what may pass is tried again, and a refusal is final") {
    for (const settle_attempt& attempt : {acknowledgement(), hand_back()}) {
        CHECK(step_after(attempt, accepted) == settle_step::done);
        CHECK(step_after(attempt, throttled) == settle_step::again);
        CHECK(step_after(attempt, refused) == settle_step::failed);
    }
}

TEST_CASE("settling: a delete whose message has a newer handle by now is sent again with that, whatever was said") {
    settle_attempt attempt = acknowledgement();
    attempt.has_newer_handle = true;
    CHECK(step_after(attempt, accepted) == settle_step::again_at_once);
    CHECK(step_after(attempt, throttled) == settle_step::again_at_once);
    CHECK(step_after(attempt, refused) == settle_step::again_at_once);
}

TEST_CASE("settling: what was to be given back and was received again is back, also when the call failed") {
    settle_attempt attempt = hand_back();
    attempt.came_again = true;
    CHECK(step_after(attempt, throttled) == settle_step::done);
    CHECK(step_after(attempt, refused) == settle_step::done);
    attempt.has_newer_handle = true; // of no use: the other delivery has it
    CHECK(step_after(attempt, throttled) == settle_step::done);
    settle_attempt deleted = acknowledgement();
    deleted.came_again = true; // the delivery that came again is not deleted by a failed call
    CHECK(step_after(deleted, throttled) == settle_step::again);
}

} // namespace settle_attempt_test
