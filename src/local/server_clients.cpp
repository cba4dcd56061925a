// The part of the server that lets clients in, and looks after slow ones.
#include "local/server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::string_view stage_names[client_stages] = {"TLS handshake", "head", "body",           "",
                                                         "reply",         "",     "refused request"};

/// Owing something for less is no reason to be closed for the sake of others.
constexpr std::chrono::seconds tolerated_silence{5};

/// How exact deadlines are kept.
std::chrono::milliseconds sweep_pause(const client_deadlines& all) {
    const auto shortest = std::min({all.handshake, all.head, all.body, all.reply, all.rest});
    return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
}

} // namespace

void broker::server::accept_next() {
    if (stopped_ || !acceptor_.is_open()) return;
    acceptor_.async_accept(asio::make_strand(executor_),
                           [self = shared_from_this()](const error_code& failure, client_socket client) {
                               if (failure) self->not_accepted(failure);
                               else self->accepted(std::move(client));
                           });
}

void broker::server::accepted(client_socket client) {
    std::shared_ptr<connection> made;
    std::shared_ptr<connection> leaves;
    bool full = false;
    std::optional<connection_end> refused;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        accepting_fails_ = false;
        full = connections_.size() >= options_.max_connections;
        if (full) leaves = longest_silent();
        if (!full || leaves) {
            made = std::make_shared<connection>(std::move(client), shared_from_this());
            connections_.emplace(made.get(), made);
            refused = core_.faults().for_connection();
            arm_sweep();
        }
        accept_next();
    }
    if (leaves) leaves->make_room();
    if (refused) made->refuse_unread(*refused);
    else if (made) made->start();
    if (full) {
        note("there are " + std::to_string(options_.max_connections) + " connections already: " +
             (leaves ? "the one whose client was silent for longest was closed" : "a connection was refused"));
    }
}

void broker::server::not_accepted(const error_code& failure) {
    std::shared_ptr<connection> leaves;
    bool tell = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        // Out of descriptors, most likely: some come back, or are taken from who does nothing with them.
        leaves = longest_silent();
        tell = !std::exchange(accepting_fails_, true);
        accept_pause_.expires_after(std::chrono::milliseconds(50));
        accept_pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            const std::lock_guard again(self->mutex_);
            if (!cancelled) self->accept_next();
        });
    }
    if (leaves) leaves->make_room();
    if (tell) {
        note("no connection can be accepted: " + failure.message() +
             "; clients wait until others leave (the limit of open files: ulimit -n)");
    }
}

void broker::server::note(const std::string& line) {
    if (options_.log) options_.log(line);
}

void broker::server::was_too_slow(client_stage at) noexcept { ++too_slow_[static_cast<std::size_t>(at)]; }

void broker::server::hold_unfinished(const connection* one, std::size_t bytes) {
    const auto giving_way = unfinished_.hold(one, bytes);
    if (giving_way.empty()) return;
    std::vector<std::shared_ptr<connection>> found; // none may end while the mutex is held
    {
        const std::lock_guard lock(mutex_);
        for (const connection* const name : giving_way) {
            const auto place = connections_.find(name);
            if (place == connections_.end()) continue;
            if (auto alive = place->second.lock()) found.push_back(std::move(alive));
        }
    }
    for (const auto& client : found) client->give_way();
}

std::shared_ptr<connection> broker::server::longest_silent() {
    std::shared_ptr<connection> found;
    auto longest = std::chrono::steady_clock::now() - tolerated_silence;
    const connection* name = nullptr;
    for (const auto& [one, weak] : connections_) {
        if (one->clients_turn_since() > longest) continue;
        longest = one->clients_turn_since();
        name = one;
    }
    if (name != nullptr) found = connections_.at(name).lock();
    return found;
}

void broker::server::arm_sweep() {
    if (std::exchange(sweeps_, true)) return;
    sweep_.expires_after(sweep_pause(rules_.deadlines));
    sweep_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        if (const auto self = weak.lock()) self->sweep();
    });
}

void broker::server::sweep() {
    std::vector<std::shared_ptr<connection>> due;
    std::string slow;
    {
        const std::lock_guard lock(mutex_);
        sweeps_ = false;
        if (stopped_) return;
        const auto now = std::chrono::steady_clock::now();
        for (const auto& [one, weak] : connections_) {
            // One that ends waits for the mutex in its destructor: until then it can be looked at.
            if (!one->take_alarm(now)) continue;
            if (auto alive = weak.lock()) due.push_back(std::move(alive));
        }
        for (std::size_t stage = 0; stage < client_stages; ++stage) {
            const std::uint64_t count = too_slow_[stage].exchange(0);
            if (count == 0) continue;
            slow += (slow.empty() ? "" : ", ") + std::string(stage_names[stage]) + " " + std::to_string(count);
        }
        if (!connections_.empty()) arm_sweep();
    }
    for (const auto& client : due) client->ring();
    if (!slow.empty()) note("connections closed because the client was too slow: " + slow);
}

} // namespace sluice::local
