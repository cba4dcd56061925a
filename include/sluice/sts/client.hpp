// The operations of STS.
#pragma once

#include <sluice/export.hpp>
#include <sluice/raw_reply.hpp>
#include <sluice/sts/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice::calls {
class caller;
}

namespace sluice::sts {

/// Errors, checks before sending, cancellation, threads and lifetime as in `sqs::client`.
/// Source: AWS STS API reference, 2011-06-15.
class SLUICE_API client {
  public:
    explicit client(std::shared_ptr<sluice::calls::caller> caller) : caller_(std::move(caller)) {}

    /// Whose keys these are: the quickest check of credentials, region and endpoint.
    boost::asio::awaitable<caller_identity> get_caller_identity(get_caller_identity_request request = {}) const;
    boost::asio::awaitable<assume_role_reply> assume_role(assume_role_request request) const;
    boost::asio::awaitable<assume_role_with_web_identity_reply>
    assume_role_with_web_identity(assume_role_with_web_identity_request request) const;
    boost::asio::awaitable<get_session_token_reply>
    get_session_token(get_session_token_request request = get_session_token_request()) const;

    /// Any operation of STS by its name, as `sns::client::call`.
    boost::asio::awaitable<raw_reply> call(std::string operation, query_parameters parameters = {}) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
};

} // namespace sluice::sts
