// Says which servers that we did not write take part, so that a green run cannot hide that none did.
#include "support/servers.hpp"

#include <doctest/doctest.h>

namespace servers_test {

TEST_CASE("server: moto") {
    const auto found = integration::find_server("moto");
    if (found) CHECK(found->queue_protocols.size() == 2);
}

TEST_CASE("server: fauxqs") {
    const auto found = integration::find_server("fauxqs");
    if (found) CHECK(found->has_topics);
}

TEST_CASE("server: ElasticMQ") {
    const auto found = integration::find_server("elasticmq");
    if (found) CHECK_FALSE(found->has_topics);
}

} // namespace servers_test
