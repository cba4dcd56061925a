#include "service/sqs/queue_directory.hpp"

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sqs/queue_operations.hpp"
#include "transport/one_shot_event.hpp"

#include <boost/asio/this_coro.hpp>

#include <optional>
#include <vector>

namespace sluice::sqs {
namespace {

// Queues are few; a program that names thousands of them asks again now and then.
constexpr std::size_t remembered_queues = 10'000;

} // namespace

struct queue_directory::lookup {
    std::vector<std::shared_ptr<one_shot_event>> waiting;
    std::optional<result<std::string>> outcome; ///< none: whoever asked was cancelled
};

/// Ends the lookup also when the coroutine that asks is destroyed.
class queue_directory::running_lookup {
  public:
    running_lookup(std::shared_ptr<queue_directory> directory, std::string reference, std::shared_ptr<lookup> begun)
        : directory_(std::move(directory)), reference_(std::move(reference)), lookup_(std::move(begun)) {}
    running_lookup(const running_lookup&) = delete;
    running_lookup& operator=(const running_lookup&) = delete;
    ~running_lookup() { directory_->end(reference_, lookup_); }

    void set(result<std::string> outcome) { lookup_->outcome.emplace(std::move(outcome)); }

  private:
    std::shared_ptr<queue_directory> directory_;
    std::string reference_;
    std::shared_ptr<lookup> lookup_;
};

boost::asio::awaitable<result<std::string>> queue_directory::url_of(std::string reference) {
    return find(shared_from_this(), std::move(reference));
}

boost::asio::awaitable<result<std::string>> queue_directory::find(std::shared_ptr<queue_directory> self,
                                                                  std::string reference) {
    auto queue = protocol::parse_queue_reference(reference);
    if (!queue) co_return result<std::string>(queue.error());
    if (!queue->url.empty()) co_return result<std::string>(std::move(queue->url));
    for (;;) {
        std::shared_ptr<lookup> current;
        std::shared_ptr<one_shot_event> ended;
        {
            const std::lock_guard lock(self->mutex_);
            const auto known = self->known_.find(reference);
            if (known != self->known_.end()) co_return result<std::string>(known->second);
            std::shared_ptr<lookup>& running = self->running_[reference];
            if (running) {
                ended = std::make_shared<one_shot_event>(self->caller_->executor());
                running->waiting.push_back(ended);
            } else {
                running = std::make_shared<lookup>();
            }
            current = running;
        }
        if (!ended) {
            running_lookup asking(self, reference, current);
            auto outcome = co_await ask(self, reference, queue->name, queue->account);
            const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
            const bool cancelled = cancellation.cancelled() != boost::asio::cancellation_type::none;
            if (outcome || !cancelled) asking.set(outcome);
            co_return outcome;
        }
        co_await ended->wait_until(one_shot_event::time_point::max());
        if (!ended->is_set()) {
            co_return result<std::string>(
                error_info(errc::cancelled, "cancelled while the URL of " + reference + " was looked up"));
        }
        if (current->outcome) co_return *current->outcome;
    }
}

boost::asio::awaitable<result<std::string>> queue_directory::ask(std::shared_ptr<queue_directory> self,
                                                                 std::string reference, std::string name,
                                                                 std::string account) {
    get_queue_url_request request(std::move(name));
    request.owner_account_id = std::move(account);
    auto reply = co_await service::invoke<operations::get_queue_url>(self->caller_, std::move(request));
    if (!reply) {
        error_info failure = reply.error();
        if (failure.code == errc::not_found) failure.message += " (queue " + reference + ")";
        co_return result<std::string>(std::move(failure));
    }
    const std::lock_guard lock(self->mutex_);
    if (self->known_.size() >= remembered_queues) self->known_.clear();
    self->known_[reference] = reply->queue_url;
    co_return result<std::string>(std::move(reply->queue_url));
}

void queue_directory::end(const std::string& reference, const std::shared_ptr<lookup>& ended) {
    std::vector<std::shared_ptr<one_shot_event>> waiting;
    {
        const std::lock_guard lock(mutex_);
        running_.erase(reference);
        waiting.swap(ended->waiting);
    }
    for (const auto& event : waiting) event->set();
}

void queue_directory::forget(const std::string& reference) {
    const std::lock_guard lock(mutex_);
    known_.erase(reference);
}

} // namespace sluice::sqs
