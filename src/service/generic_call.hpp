// An operation without a type: its name and its Query parameters, on the same path as the typed ones.
#pragma once

#include "client/caller.hpp"

#include <sluice/raw_reply.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice::service {

/// Throws `sluice::error` like a typed operation.
boost::asio::awaitable<raw_reply> generic_call(std::shared_ptr<calls::caller> caller, calls::service_id service,
                                               std::string operation, query_parameters parameters);

} // namespace sluice::service
