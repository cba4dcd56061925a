// Requests that wait, and the queue that their answers come by: made with the first one, tagged with its expiry while
// it is in use, deleted at the end.
#pragma once

#include "bus/absence_rule.hpp"
#include "bus/dispatch.hpp"
#include "bus/reply_table.hpp"
#include "client/asked_once.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/bus/envelope.hpp>
#include <sluice/error.hpp>
#include <sluice/session.hpp>
#include <sluice/sqs/reader.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::bus {

struct reply_inbox_options {
    format_list formats;
    std::size_t pending_requests = 1'000;
    std::string prefix;
    std::chrono::seconds lifetime{3'600};
    bool sweep = true;
};

struct reply_inbox_statistics {
    std::uint64_t requests = 0;
    std::uint64_t replies = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t late = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t unknown = 0;
    std::uint64_t swept = 0;
    std::uint64_t queues = 0; ///< made
    std::size_t pending = 0;
    std::string url; ///< empty: none now
};

/// Coroutines that it starts keep it alive until `close` or `abandon`. Usable from several coroutines and threads.
class reply_inbox : public std::enable_shared_from_this<reply_inbox> {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    /// Sends the command that is to be answered to the queue with this URL.
    using send_function = std::function<boost::asio::awaitable<result<void>>(std::string reply_to)>;

    reply_inbox(const session& session, reply_inbox_options options);

    /// The reply to the command `id`, whatever it says; or why there is none.
    static boost::asio::awaitable<result<bus_envelope>> ask(std::shared_ptr<reply_inbox> self, std::string id,
                                                            time_point deadline, send_function send);

    /// Ends all that waits with `errc::closed`, and the queue.
    static boost::asio::awaitable<void> close(std::shared_ptr<reply_inbox> self, time_point deadline);
    /// The same without waiting.
    void abandon();

    [[nodiscard]] reply_inbox_statistics statistics() const;

  private:
    class place;
    /// Somebody who waits. Shared with the coroutine that sends.
    struct pending_reply {
        explicit pending_reply(const boost::asio::any_io_executor& executor)
            : ended(std::make_shared<one_shot_event>(executor)) {}

        std::shared_ptr<one_shot_event> ended;
        std::shared_ptr<place> in_table;
        std::optional<result<bus_envelope>> outcome; ///< under the mutex
        bool may_have_left = false;                  ///< likewise
        bool given_up = false;                       ///< likewise
    };
    /// The queue and all that is at work on it.
    struct open_queue {
        std::string url;
        std::unique_ptr<sqs::reader> reader;
        std::shared_ptr<one_shot_event> over;
        std::optional<absence_rule> absence; ///< under the mutex
    };
    class queue_watch;

    static boost::asio::awaitable<void> deliver(std::shared_ptr<reply_inbox> self,
                                                std::shared_ptr<pending_reply> waiting, send_function send);
    static boost::asio::awaitable<result<std::string>> make_queue(std::shared_ptr<reply_inbox> self);
    static boost::asio::awaitable<void> read_replies(std::shared_ptr<reply_inbox> self,
                                                     std::shared_ptr<open_queue> queue);
    static boost::asio::awaitable<void> renew(std::shared_ptr<reply_inbox> self, std::shared_ptr<open_queue> queue);
    static boost::asio::awaitable<void> sweep(std::shared_ptr<reply_inbox> self);
    static boost::asio::awaitable<void> end_queue(std::shared_ptr<reply_inbox> self, std::shared_ptr<open_queue> queue,
                                                  bool remove);

    /// Runs it on the session's executor; `close` waits for it.
    void start(boost::asio::awaitable<void> work);
    void work_ended();
    void take(const sqs::delivery& from);
    void complete(const std::shared_ptr<pending_reply>& waiting, result<bus_envelope> outcome);
    void fail_all(const error_info& failure);
    /// A call to the queue has ended: it was there, or was not found.
    void queue_was_asked(const std::string& url, bool found);
    /// Somebody has deleted it: what waits fails, the next request makes another one.
    void queue_is_gone(const std::string& url);
    [[nodiscard]] std::map<std::string, std::string> expiry_tag() const;

    session session_;
    reply_inbox_options options_;
    std::shared_ptr<calls::asked_once<std::string>> opening_;

    mutable std::mutex mutex_;
    reply_table table_;
    std::unordered_map<std::string, std::weak_ptr<pending_reply>> waiting_;
    std::shared_ptr<open_queue> queue_;
    bool closed_ = false;
    std::size_t at_work_ = 0;
    std::vector<std::shared_ptr<one_shot_event>> closing_; ///< who waits for `at_work_` to be 0
    reply_inbox_statistics seen_;
};

} // namespace sluice::bus
