// The operations of STS.
#pragma once

#include <sluice/sts/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice::calls {
class caller;
}

namespace sluice::sts {

/// Errors, cancellation, threads and lifetime as in `sqs::client`.
/// Source: AWS STS API reference, 2011-06-15.
class client {
  public:
    explicit client(std::shared_ptr<sluice::calls::caller> caller) : caller_(std::move(caller)) {}

    /// Whose keys these are: the quickest check of credentials, region and endpoint.
    boost::asio::awaitable<caller_identity> get_caller_identity(get_caller_identity_request request = {}) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
};

} // namespace sluice::sts
