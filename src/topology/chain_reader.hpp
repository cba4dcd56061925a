// Reads what there is of a chain.
#pragma once

#include "client/caller.hpp"
#include "topology/chain_state.hpp"

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice::topology {

using caller_ptr = std::shared_ptr<calls::caller>;

/// Nothing is an error that only says that something is not there.
boost::asio::awaitable<result<found_chain>> read_chain(caller_ptr caller, wanted_ptr wanted);

/// The queue of that URL, or nothing where it is not there.
boost::asio::awaitable<result<std::optional<found_queue>>> read_queue_at(caller_ptr caller, std::string url,
                                                                         bool with_tags);

/// Adds the dead-letter queues that the found queues and subscriptions name and that the chain does not have.
boost::asio::awaitable<result<found_chain>> read_dead_letters(caller_ptr caller, found_chain found);

} // namespace sluice::topology
