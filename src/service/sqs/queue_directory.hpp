// Where the queues are: names and ARNs to URLs, each asked once.
#pragma once

#include "client/asked_once.hpp"
#include "client/caller.hpp"

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace sluice::sqs {

/// Usable from several coroutines and threads.
class queue_directory {
  public:
    explicit queue_directory(std::shared_ptr<calls::caller> caller);

    /// The URL of a queue given by URL, ARN or name. One request for any number of coroutines that ask at the same
    /// time; remembered. Fails with `errc::invalid_argument` for what cannot name a queue, and as GetQueueUrl does.
    boost::asio::awaitable<result<std::string>> url_of(std::string reference);

    /// After the service said that the queue does not exist: it may have been deleted and created anew.
    void forget(const std::string& reference) { urls_->forget(reference); }

  private:
    std::shared_ptr<calls::asked_once<std::string>> urls_;
};

} // namespace sluice::sqs
