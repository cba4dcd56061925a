#include "transport/http_transport.hpp"

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
    watch(http_transport& owner, std::shared_ptr<connection> link) : owner_(&owner), link_(std::move(link)) {
        const std::lock_guard lock(owner_->mutex_);
        owner_->watched_.push_back(link_);
        owner_->arm_sweep();
    }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    ~watch() {
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

    const http_proxy* const proxy = request.origin.tls ? nullptr : options_.proxies.proxy_for(request.origin);
    const std::string bytes = serialise(request, proxy);
    std::shared_ptr<connection> link = take_idle(key);
    bool sent_before = false;
    while (true) {
        const bool reused = link != nullptr;
        if (!reused) {
            auto opened = co_await connect(request.origin, request.deadline);
            if (!opened) {
                error_info failure = opened.error();
                failure.may_have_been_applied = sent_before;
                co_return result<http_reply>(std::move(failure));
            }
            link = std::move(*opened);
        }
        const asio::cancellation_state asked = co_await asio::this_coro::cancellation_state;
        if (asked.cancelled() != asio::cancellation_type::none) {
            keep(key, std::move(link));
            error_info failure(errc::cancelled, "cancelled before the request was sent");
            failure.may_have_been_applied = sent_before;
            co_return result<http_reply>(std::move(failure));
        }
        exchange_outcome outcome = co_await exchange(link, bytes, request);
        // The peer closed the idle connection as our request was under way. Servers do so without reading it; should
        // this one have read it, the message is there twice, which at-least-once delivery allows.
        if (reused && outcome.silent) {
            sent_before = true;
            link = nullptr;
            continue;
        }
        if (outcome.keep_alive) keep(key, std::move(link));
        if (outcome.reply) outcome.reply->written_twice = sent_before;
        co_return std::move(outcome.reply);
    }
}

asio::awaitable<exchange_outcome> http_transport::exchange(std::shared_ptr<connection> link, std::string bytes,
                                                           const http_request& request) {
    const watch watched(*this, link);
    const auto latest = std::min(steady_clock::now() + request.timeout, request.deadline);
    auto operation = link->exchange(std::move(bytes), request.max_reply_bytes, latest);
    exchange_outcome outcome = co_await asio::co_spawn(link->executor(), std::move(operation), asio::use_awaitable);
    co_return outcome;
}

bool http_transport::has_slot(const lane& wanted) const noexcept {
    return wanted.in_use < options_.max_connections && in_use_ < options_.max_connections_total;
}

asio::awaitable<result<void>> http_transport::acquire(lane_key key, time_point deadline) {
    std::shared_ptr<waiter> waiting;
    {
        const std::lock_guard lock(mutex_);
        lane& wanted = lanes_[key];
        if (has_slot(wanted)) {
            ++wanted.in_use;
            ++in_use_;
            co_return result<void>();
        }
        waiting = std::make_shared<waiter>(executor_, key);
        waiting_.push_back(waiting);
    }
    co_await waiting->event.wait_until(deadline);
    const std::lock_guard lock(mutex_);
    if (waiting->granted) co_return result<void>();
    std::erase(waiting_, waiting);
    const bool late = steady_clock::now() >= deadline;
    co_return result<void>(error_info(late ? errc::timeout : errc::cancelled,
                                      "all " + std::to_string(options_.max_connections) + " connections to " +
                                          key.first.host_header() + " were busy"));
}

void http_transport::release(const lane_key& key) {
    const std::lock_guard lock(mutex_);
    --lanes_[key].in_use;
    --in_use_;
    // The first in line that may go: one that waits for a full lane does not hold up the others.
    const auto next = std::ranges::find_if(
        waiting_, [this](const std::shared_ptr<waiter>& candidate) { return has_slot(lanes_[candidate->key]); });
    if (next == waiting_.end()) return;
    ++lanes_[(*next)->key].in_use;
    ++in_use_;
    (*next)->granted = true;
    (*next)->event.set();
    waiting_.erase(next);
}

std::shared_ptr<connection> http_transport::take_idle(const lane_key& key) {
    const std::lock_guard lock(mutex_);
    close_expired(steady_clock::now());
    auto& idle = lanes_[key].idle;
    while (!idle.empty()) {
        // The youngest first: the others may then grow old and go.
        std::shared_ptr<connection> link = std::move(idle.back().link);
        idle.pop_back();
        --idle_;
        if (link->still_open()) return link;
    }
    if (in_use_ + idle_ > options_.max_connections_total) close_oldest(); // room for the new one
    return nullptr;
}

void http_transport::keep(const lane_key& key, std::shared_ptr<connection> link) {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    lanes_[key].idle.push_back({std::move(link), now});
    ++idle_;
    close_expired(now);
    // Its own slot, still taken, does not count.
    if (in_use_ - 1 + idle_ > options_.max_connections_total) close_oldest();
}

void http_transport::close_expired(time_point now) {
    const auto oldest_allowed = now - options_.idle_timeout;
    for (auto& [key, state] : lanes_) {
        while (!state.idle.empty() && state.idle.front().since < oldest_allowed) {
            state.idle.pop_front();
            --idle_;
        }
    }
}

void http_transport::close_oldest() {
    lane* with_oldest = nullptr;
    for (auto& [key, state] : lanes_) {
        if (state.idle.empty()) continue;
        if (with_oldest == nullptr || state.idle.front().since < with_oldest->idle.front().since) with_oldest = &state;
    }
    if (with_oldest == nullptr) return;
    with_oldest->idle.pop_front();
    --idle_;
}

result<std::shared_ptr<tls_client>> http_transport::tls() {
    const std::lock_guard lock(mutex_);
    if (tls_ == nullptr) {
        auto made = tls_client::make(options_.tls);
        if (!made) return made.error();
        tls_ = std::move(*made);
    }
    return tls_;
}

asio::awaitable<result<std::shared_ptr<connection>>> http_transport::connect(http_origin origin, time_point latest) {
    using answer = result<std::shared_ptr<connection>>;
    std::shared_ptr<tls_client> client;
    if (origin.tls) {
        auto made = tls();
        if (!made) co_return answer(made.error());
        client = std::move(*made);
    }
    const http_proxy* const proxy = options_.proxies.proxy_for(origin);
    route way;
    if (proxy != nullptr) {
        way.proxy = proxy->origin.host_header();
        if (origin.tls) way.tunnel = tunnel_request(*proxy, origin);
    }
    const http_origin peer = proxy != nullptr ? proxy->origin : origin;
    auto addresses =
        co_await resolver_.resolve(peer, std::min(steady_clock::now() + options_.timeouts.resolve, latest));
    if (!addresses) co_return answer(addresses.error());
    if (auto refused = first_refused(*addresses)) {
        co_return answer(error_info(errc::configuration,
                                    origin.host + " is " + *refused + ", an address that must not be spoken to here"));
    }
    way.addresses = std::move(*addresses);

    auto link = make_connection(executor_, origin, std::move(client), options_.timeouts);
    const watch watched(*this, link);
    auto operation = link->open(std::move(way), latest);
    const result<void> opened = co_await asio::co_spawn(link->executor(), std::move(operation), asio::use_awaitable);
    if (!opened) {
        resolver_.forget(peer);
        co_return answer(opened.error());
    }
    co_return answer(std::move(link));
}

std::optional<std::string> http_transport::first_refused(const resolver::endpoints& addresses) const {
    if (!options_.allowed_address) return std::nullopt;
    for (const auto& one : addresses) {
        if (!options_.allowed_address(one.address())) return one.address().to_string();
    }
    return std::nullopt;
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
    total.idle = idle_;
    total.waiting = waiting_.size();
    return total;
}

} // namespace sluice
