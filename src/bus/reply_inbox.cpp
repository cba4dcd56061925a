#include "bus/reply_inbox.hpp"

#include "bus/random_id.hpp"
#include "bus/reply_rules.hpp"
#include "topology/temporary_queue.hpp"

#include <sluice/as_result.hpp>
#include <sluice/bus/reply_queues.hpp>
#include <sluice/sqs/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::bus {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using namespace std::chrono_literals;

namespace {

error_info was_closed() { return error_info(errc::closed, "the command bus was closed"); }
error_info queue_was_deleted(const std::string& url) {
    return error_info(errc::not_found, "the queue for replies was deleted: " + url);
}

} // namespace

/// A place in the table, taken until both who waits and who sends have ended.
class reply_inbox::place {
  public:
    place(std::shared_ptr<reply_inbox> owner, std::string id) : owner_(std::move(owner)), id_(std::move(id)) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() {
        const std::lock_guard lock(owner_->mutex_);
        owner_->table_.remove(id_);
        owner_->waiting_.erase(id_);
    }

    [[nodiscard]] const std::string& id() const noexcept { return id_; }

  private:
    std::shared_ptr<reply_inbox> owner_;
    std::string id_;
};

/// Polls that find no queue: it was deleted under us.
class reply_inbox::queue_watch final : public sqs::reader_observer {
  public:
    queue_watch(std::weak_ptr<reply_inbox> owner, std::string url) : owner_(std::move(owner)), url_(std::move(url)) {}

    void poll_ended(std::size_t /*messages*/, const error_info* failure) override {
        if (failure != nullptr && failure->code != errc::not_found) return;
        if (const auto owner = owner_.lock()) owner->queue_was_asked(url_, failure == nullptr);
    }

  private:
    std::weak_ptr<reply_inbox> owner_;
    std::string url_;
};

reply_inbox::reply_inbox(const session& session, reply_inbox_options options)
    : session_(session), options_(std::move(options)), table_(options_.pending_requests) {}

awaitable<result<bus_envelope>> reply_inbox::ask(std::shared_ptr<reply_inbox> self, std::string id, time_point deadline,
                                                 send_function send) {
    auto waiting = std::make_shared<pending_reply>(self->session_.get_executor());
    {
        const std::lock_guard lock(self->mutex_);
        if (self->closed_) co_return result<bus_envelope>(was_closed());
        const auto entrance = self->table_.add(id, deadline);
        if (entrance == reply_table::entrance::taken) {
            co_return result<bus_envelope>(
                error_info(errc::invalid_argument, "a request with the command id \"" + id + "\" waits already"));
        }
        if (entrance == reply_table::entrance::full) {
            co_return result<bus_envelope>(
                error_info(errc::buffer_full,
                           std::to_string(self->options_.pending_requests) + " requests wait for replies already"));
        }
        ++self->seen_.requests;
        self->waiting_[id] = waiting;
        waiting->in_table = std::make_shared<place>(self, id);
    }
    const std::shared_ptr<one_shot_event> ended = waiting->ended;
    // On its own: neither the deadline nor a cancellation of who waits must cut a queue that is being made for all.
    self->start(deliver(self, waiting, std::move(send)));
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await ended->wait_until(deadline);
    co_await asio::this_coro::throw_if_cancelled(throws);

    const std::lock_guard lock(self->mutex_);
    if (waiting->outcome) co_return std::move(*waiting->outcome);
    waiting->given_up = true;
    self->table_.end(id);
    const bool in_time = steady_clock::now() < deadline; // then it is a cancellation that ended the wait
    error_info failure(errc::timeout, "no reply came in time");
    if (in_time && waiting->may_have_left)
        failure = error_info(errc::unknown_outcome, "the wait for a reply was cancelled");
    else if (in_time) failure = error_info(errc::cancelled, "cancelled before the command was sent");
    else ++self->seen_.timeouts;
    failure.may_have_been_applied = waiting->may_have_left;
    co_return result<bus_envelope>(std::move(failure));
}

awaitable<void> reply_inbox::deliver(std::shared_ptr<reply_inbox> self, std::shared_ptr<pending_reply> waiting,
                                     send_function send) {
    std::shared_ptr<calls::asked_once<std::string>> opening;
    {
        const std::lock_guard lock(self->mutex_);
        if (!self->opening_) {
            self->opening_ = std::make_shared<calls::asked_once<std::string>>(
                self->session_.get_executor(),
                [weak = self->weak_from_this()](const std::string&) { return make_queue(weak.lock()); });
        }
        opening = self->opening_;
    }
    auto asking = opening->get(std::string());
    auto url = co_await std::move(asking);
    if (!url) {
        self->complete(waiting, result<bus_envelope>(url.error()));
        co_return;
    }
    bool gone = false;
    {
        const std::lock_guard lock(self->mutex_);
        if (waiting->given_up || waiting->outcome) co_return; // nobody wants it any more
        gone = !self->queue_ || self->queue_->url != *url;
        if (gone && !self->queue_) opening->forget(std::string()); // else there is another one already
        else waiting->may_have_left = true;
    }
    if (gone) { // as it was made
        self->complete(waiting, result<bus_envelope>(queue_was_deleted(*url)));
        co_return;
    }
    auto sending = send(std::move(*url));
    const auto sent = co_await std::move(sending);
    if (!sent) self->complete(waiting, result<bus_envelope>(sent.error()));
}

awaitable<result<std::string>> reply_inbox::make_queue(std::shared_ptr<reply_inbox> self) {
    std::string name = self->options_.prefix + random_id();
    sqs::create_queue_request create(std::move(name));
    create.attributes["MessageRetentionPeriod"] = "300"; // nobody waits longer for what has come
    create.tags = self->expiry_tag();
    auto creating = as_result(self->session_.sqs().create_queue(std::move(create)));
    auto made = co_await std::move(creating);
    if (!made) co_return result<std::string>(made.error());

    auto queue = std::make_shared<open_queue>();
    queue->url = made->queue_url;
    queue->absence.emplace(steady_clock::now());
    queue->over = std::make_shared<one_shot_event>(self->session_.get_executor());
    sqs::reader_options options;
    options.visibility_timeout = 30s;
    options.envelope = sqs::sns_envelope::raw;
    options.acknowledge_linger = 20ms;
    options.observer = std::make_shared<queue_watch>(self, queue->url);
    queue->reader = std::make_unique<sqs::reader>(self->session_, queue->url, options);
    bool closed = false;
    {
        const std::lock_guard lock(self->mutex_);
        ++self->seen_.queues;
        closed = self->closed_;
        if (!closed) self->queue_ = queue;
    }
    if (closed) {
        auto ending = end_queue(self, queue, true);
        co_await std::move(ending);
        co_return result<std::string>(was_closed());
    }
    self->start(read_replies(self, queue));
    self->start(renew(self, queue));
    if (self->options_.sweep) asio::co_spawn(self->session_.get_executor(), sweep(self), asio::detached);
    co_return result<std::string>(queue->url);
}

awaitable<void> reply_inbox::read_replies(std::shared_ptr<reply_inbox> self, std::shared_ptr<open_queue> queue) {
    sqs::message_handler handler = [inbox = self.get()](sqs::delivery& reply) -> awaitable<void> {
        inbox->take(reply); // `self` is in the frame around
        co_return;
    };
    auto running = as_result(queue->reader->run(std::move(handler)));
    const auto ended = co_await std::move(running);
    if (!ended) self->queue_is_gone(queue->url); // it could not begin
}

void reply_inbox::take(const sqs::delivery& from) {
    const received_content what(from);
    const envelope_format* used = nullptr;
    auto reply = read_envelope(options_.formats, what, used);
    std::shared_ptr<pending_reply> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (!reply || !std::string_view(reply->type).starts_with(own_types)) {
            ++seen_.unknown;
            return;
        }
        switch (table_.answer(reply->causation_id, steady_clock::now())) {
        case reply_table::arrival::expected: break;
        case reply_table::arrival::late: ++seen_.late; return;
        case reply_table::arrival::duplicate: ++seen_.duplicates; return;
        case reply_table::arrival::unknown: ++seen_.unknown; return;
        }
        ++seen_.replies;
        if (const auto at = waiting_.find(reply->causation_id); at != waiting_.end()) waiting = at->second.lock();
    }
    if (waiting) complete(waiting, std::move(reply));
}

void reply_inbox::complete(const std::shared_ptr<pending_reply>& waiting, result<bus_envelope> outcome) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting->outcome || waiting->given_up) return;
        table_.end(waiting->in_table->id());
        waiting->outcome.emplace(std::move(outcome));
    }
    waiting->ended->set();
}

void reply_inbox::fail_all(const error_info& failure) {
    std::vector<std::shared_ptr<pending_reply>> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, one] : waiting_) {
            if (auto waiting = one.lock()) all.push_back(std::move(waiting));
        }
    }
    for (const auto& one : all) {
        error_info why = failure;
        {
            const std::lock_guard lock(mutex_);
            why.may_have_been_applied = one->may_have_left;
        }
        complete(one, result<bus_envelope>(std::move(why)));
    }
}

static_assert(std::string_view(reply_queue_expiry_tag) == topology::temporary_queue_tags::expires_at);

std::map<std::string, std::string> reply_inbox::expiry_tag() const {
    return topology::expiry_tag(system_clock::now() + options_.lifetime);
}

awaitable<void> reply_inbox::renew(std::shared_ptr<reply_inbox> self, std::shared_ptr<open_queue> queue) {
    const auto full = std::chrono::duration_cast<steady_clock::duration>(self->options_.lifetime) / 3;
    auto next = steady_clock::now() + full;
    while (true) {
        co_await queue->over->wait_until(next);
        if (queue->over->is_set()) co_return;
        sqs::tag_queue_request tag(queue->url);
        tag.tags = self->expiry_tag();
        auto tagging = as_result(self->session_.sqs().tag_queue(std::move(tag)));
        const auto tagged = co_await std::move(tagging);
        if (!tagged && tagged.error().code == errc::not_found) self->queue_was_asked(queue->url, false);
        next = steady_clock::now() + (tagged ? full : full / 10);
    }
}

awaitable<void> reply_inbox::sweep(std::shared_ptr<reply_inbox> self) {
    sweep_options options;
    options.prefix = self->options_.prefix;
    auto sweeping = as_result(sweep_reply_queues(self->session_, std::move(options)));
    const auto swept = co_await std::move(sweeping);
    if (!swept) co_return; // who may not list queues leaves that to others
    const std::lock_guard lock(self->mutex_);
    self->seen_.swept += swept->removed;
}

void reply_inbox::queue_was_asked(const std::string& url, bool found) {
    {
        const std::lock_guard lock(mutex_);
        if (!queue_ || queue_->url != url) return;
        if (found) queue_->absence->found();
        if (found || !queue_->absence->not_found(steady_clock::now())) return;
    }
    queue_is_gone(url);
}

void reply_inbox::queue_is_gone(const std::string& url) {
    std::shared_ptr<open_queue> queue;
    {
        const std::lock_guard lock(mutex_);
        if (!queue_ || queue_->url != url) return;
        queue = std::exchange(queue_, nullptr);
        opening_->forget(std::string());
    }
    fail_all(queue_was_deleted(url));
    start(end_queue(shared_from_this(), std::move(queue), false));
}

awaitable<void> reply_inbox::end_queue(std::shared_ptr<reply_inbox> self, std::shared_ptr<open_queue> queue,
                                       bool remove) {
    queue->over->set();
    auto stopping = as_result(queue->reader->stop(sqs::stop_policy::fast, 1s));
    const auto stopped = co_await std::move(stopping);
    static_cast<void>(stopped);
    if (!remove) co_return;
    sqs::delete_queue_request away(queue->url);
    auto deleting = as_result(self->session_.sqs().delete_queue(std::move(away)));
    const auto deleted = co_await std::move(deleting);
    static_cast<void>(deleted); // else it is swept when its time is over
}

void reply_inbox::abandon() {
    std::shared_ptr<open_queue> queue;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        queue = std::exchange(queue_, nullptr);
    }
    fail_all(was_closed());
    if (queue) start(end_queue(shared_from_this(), std::move(queue), true));
}

awaitable<void> reply_inbox::close(std::shared_ptr<reply_inbox> self, time_point deadline) {
    self->abandon();
    auto all_ended = std::make_shared<one_shot_event>(self->session_.get_executor());
    {
        const std::lock_guard lock(self->mutex_);
        if (self->at_work_ == 0) co_return;
        self->closing_.push_back(all_ended);
    }
    co_await all_ended->wait_until(deadline);
}

void reply_inbox::start(awaitable<void> work) {
    {
        const std::lock_guard lock(mutex_);
        ++at_work_;
    }
    auto ended = [self = shared_from_this()](const std::exception_ptr&) { self->work_ended(); };
    asio::co_spawn(session_.get_executor(), std::move(work), std::move(ended));
}

void reply_inbox::work_ended() {
    std::vector<std::shared_ptr<one_shot_event>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (--at_work_ == 0) waiting.swap(closing_);
    }
    for (const auto& one : waiting) one->set();
}

reply_inbox_statistics reply_inbox::statistics() const {
    const std::lock_guard lock(mutex_);
    reply_inbox_statistics now = seen_;
    now.pending = table_.size();
    if (queue_) now.url = queue_->url;
    return now;
}

} // namespace sluice::bus
