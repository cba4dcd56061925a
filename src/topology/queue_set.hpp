// Queues without a topic, by the rules and with the means of chains.
#pragma once

#include <sluice/chain.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace sluice::topology {

/// As `sluice::ensure`, of which it is the part that concerns queues; none may have `subscribe`.
boost::asio::awaitable<chain_report> ensure_queues(session session, std::vector<chain_queue> queues);

} // namespace sluice::topology
