// What a connection keeps between requests.
#include <local/incoming_request.hpp>

#include <doctest/doctest.h>

#include <string>

namespace incoming_request_test {

using sluice::local::incoming_request;

TEST_CASE("the memory of a body serves the next request, and is given up by a connection that rests") {
    incoming_request one;
    one.give_up_buffers(); // nothing was expected yet
    one.expect_request(1'000'000);
    one.reuse(std::string(5'000, 'x'));
    CHECK(one.parser->get().body().empty());
    CHECK(one.parser->get().body().capacity() >= 5'000);
    one.give_up_buffers();
    CHECK(one.parser->get().body().capacity() < 100);
    one.reuse(std::string(500'000, 'x')); // not one that large
    CHECK(one.parser->get().body().capacity() < 100);
}

} // namespace incoming_request_test
