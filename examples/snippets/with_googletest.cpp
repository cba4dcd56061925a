// The embedded broker in a test with GoogleTest: docs/local.md quotes it.
#include "broker_fixture.hpp"

#include <gtest/gtest.h>

// [test]
class orders : public testing::Test, protected broker_fixture {};

TEST_F(orders, are_tried_again_when_the_reply_is_lost) {
    const sluice::sqs::create_queue_request create{"orders"};
    run(session.sqs().create_queue(create));
    broker.on("SendMessageBatch").nth(1).drop_reply();
    run(place_order(session, "order 1"));
    EXPECT_EQ(broker.ledger().at("orders").entered, 2U); // at-least-once
}
// [/test]
