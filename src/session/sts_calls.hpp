// The calls of STS that providers of keys need.
#pragma once

#include "client/caller.hpp"
#include "credentials/provider_world.hpp"

#include <sluice/sts/operations.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace sluice {

/// Each call signs with the keys it is given. Usable from several coroutines and threads.
class sts_calls {
  public:
    /// `options` without credentials.
    sts_calls(boost::asio::any_io_executor executor, calls::caller_options options)
        : executor_(std::move(executor)), options_(std::move(options)) {}

    boost::asio::awaitable<result<credentials>> assume_role(credentials keys, sts::assume_role_request request) const;
    boost::asio::awaitable<result<credentials>> assume_role(credentials keys, role_settings role) const;
    boost::asio::awaitable<result<credentials>> assume_role_with_token(std::string token, role_settings role) const;

  private:
    boost::asio::any_io_executor executor_;
    calls::caller_options options_;
};

} // namespace sluice
