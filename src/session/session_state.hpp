// What a session and everything made from it share.
#pragma once

#include "client/caller.hpp"

#include <sluice/session.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sluice {

class session_state : public std::enable_shared_from_this<session_state> {
  public:
    explicit session_state(std::shared_ptr<calls::caller> caller) : caller_(std::move(caller)) {}

    [[nodiscard]] const std::shared_ptr<calls::caller>& caller() const noexcept { return caller_; }

    /// The URL of a queue given by URL, ARN or name. Asked once; remembered while the session lives.
    boost::asio::awaitable<result<std::string>> queue_url(std::string reference);

    /// After the service said that the queue does not exist: it may have been deleted and created anew.
    void forget_queue(const std::string& reference);

  private:
    static boost::asio::awaitable<result<std::string>> find_queue_url(std::shared_ptr<session_state> self,
                                                                      std::string reference);

    std::shared_ptr<calls::caller> caller_;
    std::mutex mutex_;
    std::map<std::string, std::string> queue_urls_;
};

} // namespace sluice
