// The embedded broker in a test with doctest: docs/local.md quotes it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "broker_fixture.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

// [test]
TEST_CASE_FIXTURE(broker_fixture, "an order is in the queue once") {
    const sluice::sqs::create_queue_request create{"orders"};
    run(session.sqs().create_queue(create));
    run(place_order(session, "order 1"));
    CHECK(broker.ledger().at("orders").visible == 1);
}

TEST_CASE_FIXTURE(broker_fixture, "who places orders hears that the queue is gone") {
    CHECK_THROWS_AS(run(place_order(session, "order 1")), sluice::error);
}
// [/test]
