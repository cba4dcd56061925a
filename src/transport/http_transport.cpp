#include "transport/http_transport.hpp"

#include "transport/tls_context.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr auto sweep_interval = std::chrono::milliseconds(50);

} // namespace

class http_transport::slot {
  public:
    slot(http_transport& owner, lane_key key) : owner_(&owner), key_(std::move(key)) {}
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() { owner_->release(key_); }

  private:
    http_transport* owner_;
    lane_key key_;
};

class http_transport::watch {
  public:
    watch(http_transport& owner, std::shared_ptr<connection> link, time_point deadline)
        : owner_(&owner), link_(std::move(link)) {
        link_->set_deadline(deadline);
        const std::lock_guard lock(owner_->mutex_);
        owner_->watched_.push_back(link_);
        owner_->arm_sweep();
    }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    ~watch() {
        link_->set_deadline(time_point::max());
        const std::lock_guard lock(owner_->mutex_);
        std::erase(owner_->watched_, link_);
    }

  private:
    http_transport* owner_;
    std::shared_ptr<connection> link_;
};

http_transport::http_transport(asio::any_io_executor executor, http_transport_options options)
    : executor_(std::move(executor)), options_(std::move(options)), resolver_(executor_), sweep_timer_(executor_) {}

asio::awaitable<result<http_reply>> http_transport::send(http_request request) {
    return run(shared_from_this(), std::move(request));
}

asio::awaitable<result<http_reply>> http_transport::run(std::shared_ptr<http_transport> self, http_request request) {
    const lane_key key(request.origin, request.lane);
    const auto admitted = co_await acquire(key, request.deadline);
    if (!admitted) co_return result<http_reply>(admitted.error());
    const slot held(*self, key);

    const std::string bytes = serialise(request);
    std::shared_ptr<connection> link = take_idle(key);
    while (true) {
        const bool reused = link != nullptr;
        if (!reused) {
            auto opened = co_await connect(request.origin, request.deadline);
            if (!opened) co_return result<http_reply>(opened.error());
            link = std::move(*opened);
        }
        exchange_outcome outcome = co_await exchange(link, bytes, request);
        // The peer closed the idle connection while our request was under way: it cannot have seen it.
        if (reused && outcome.silent) {
            link = nullptr;
            continue;
        }
        if (outcome.keep_alive) keep(key, std::move(link));
        co_return std::move(outcome.reply);
    }
}

asio::awaitable<exchange_outcome> http_transport::exchange(std::shared_ptr<connection> link, std::string bytes,
                                                           const http_request& request) {
    const watch watched(*this, link, std::min(steady_clock::now() + request.timeout, request.deadline));
    auto operation = link->exchange(std::move(bytes), request.max_reply_bytes);
    exchange_outcome outcome = co_await asio::co_spawn(link->executor(), std::move(operation), asio::use_awaitable);
    co_return outcome;
}

asio::awaitable<result<void>> http_transport::acquire(lane_key key, time_point deadline) {
    std::shared_ptr<waiter> waiting;
    {
        const std::lock_guard lock(mutex_);
        lane& wanted = lanes_[key];
        if (wanted.in_use < options_.max_connections) {
            ++wanted.in_use;
            co_return result<void>();
        }
        waiting = std::make_shared<waiter>(executor_);
        wanted.waiting.push_back(waiting);
    }
    co_await waiting->event.wait_until(deadline);
    const std::lock_guard lock(mutex_);
    if (waiting->granted) co_return result<void>();
    std::erase(lanes_[key].waiting, waiting);
    const bool late = steady_clock::now() >= deadline;
    co_return result<void>(error_info(late ? errc::timeout : errc::cancelled,
                                      "all " + std::to_string(options_.max_connections) + " connections to " +
                                          key.first.host_header() + " were busy"));
}

void http_transport::release(const lane_key& key) {
    const std::lock_guard lock(mutex_);
    lane& freed = lanes_[key];
    if (freed.waiting.empty()) {
        --freed.in_use;
        return;
    }
    freed.waiting.front()->granted = true;
    freed.waiting.front()->event.set();
    freed.waiting.pop_front();
}

std::shared_ptr<connection> http_transport::take_idle(const lane_key& key) {
    const std::lock_guard lock(mutex_);
    auto& idle = lanes_[key].idle;
    const auto oldest_allowed = steady_clock::now() - options_.idle_timeout;
    while (!idle.empty() && idle.front().since < oldest_allowed) idle.pop_front();
    while (!idle.empty()) {
        // The youngest first: the others may then grow old and go.
        std::shared_ptr<connection> link = std::move(idle.back().link);
        idle.pop_back();
        if (link->still_open()) return link;
    }
    return nullptr;
}

void http_transport::keep(const lane_key& key, std::shared_ptr<connection> link) {
    const std::lock_guard lock(mutex_);
    lanes_[key].idle.push_back({std::move(link), steady_clock::now()});
}

result<std::shared_ptr<asio::ssl::context>> http_transport::tls_context() {
    const std::lock_guard lock(mutex_);
    if (tls_ == nullptr) {
        auto made = make_tls_context(options_.ca_bundle);
        if (!made) return made.error();
        tls_ = std::move(*made);
    }
    return tls_;
}

asio::awaitable<result<std::shared_ptr<connection>>> http_transport::connect(http_origin origin, time_point latest) {
    using answer = result<std::shared_ptr<connection>>;
    std::shared_ptr<asio::ssl::context> tls;
    if (origin.tls) {
        auto context = tls_context();
        if (!context) co_return answer(context.error());
        tls = std::move(*context);
    }
    const auto deadline = std::min(steady_clock::now() + options_.connect_timeout, latest);
    auto addresses = co_await resolver_.resolve(origin, deadline);
    if (!addresses) co_return answer(addresses.error());

    auto link = make_connection(executor_, origin, std::move(tls));
    const watch watched(*this, link, deadline);
    auto operation = link->open(std::move(*addresses));
    const result<void> opened = co_await asio::co_spawn(link->executor(), std::move(operation), asio::use_awaitable);
    if (!opened) {
        resolver_.forget(origin);
        co_return answer(opened.error());
    }
    co_return answer(std::move(link));
}

void http_transport::arm_sweep() {
    if (sweep_armed_) return;
    sweep_armed_ = true;
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& failure) {
        if (const auto self = weak.lock(); self && !failure) self->sweep();
    });
}

void http_transport::sweep() {
    const std::lock_guard lock(mutex_);
    sweep_armed_ = false;
    const auto now = steady_clock::now();
    for (const auto& link : watched_) link->expire(now);
    // With nothing to watch the timer rests, so that it does not keep the executor busy.
    if (!watched_.empty()) arm_sweep();
}

http_transport::counts http_transport::connections() const {
    const std::lock_guard lock(mutex_);
    counts total;
    total.busy = watched_.size();
    for (const auto& [key, state] : lanes_) {
        total.idle += state.idle.size();
        total.waiting += state.waiting.size();
    }
    return total;
}

} // namespace sluice
