// Where the queues are: names and ARNs to URLs, each asked once.
#pragma once

#include "client/caller.hpp"

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::sqs {

/// Usable from several coroutines and threads.
class queue_directory : public std::enable_shared_from_this<queue_directory> {
  public:
    explicit queue_directory(std::shared_ptr<calls::caller> caller) : caller_(std::move(caller)) {}

    /// The URL of a queue given by URL, ARN or name. One request for any number of coroutines that ask at the same
    /// time; remembered. Fails with `errc::invalid_argument` for what cannot name a queue, and as GetQueueUrl does.
    boost::asio::awaitable<result<std::string>> url_of(std::string reference);

    /// After the service said that the queue does not exist: it may have been deleted and created anew.
    void forget(const std::string& reference);

  private:
    struct lookup;
    class running_lookup;

    static boost::asio::awaitable<result<std::string>> find(std::shared_ptr<queue_directory> self,
                                                            std::string reference);
    static boost::asio::awaitable<result<std::string>> ask(std::shared_ptr<queue_directory> self, std::string reference,
                                                           std::string name, std::string account);
    /// Wakes those who wait for it. Without an outcome one of them asks anew.
    void end(const std::string& reference, const std::shared_ptr<lookup>& ended);

    std::shared_ptr<calls::caller> caller_;
    std::mutex mutex_;
    std::map<std::string, std::string> known_;
    std::map<std::string, std::shared_ptr<lookup>> running_;
};

} // namespace sluice::sqs
