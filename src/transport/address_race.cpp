#include "transport/address_race.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sluice {

using boost::asio::ip::tcp;
using boost::system::error_code;

std::vector<tcp::endpoint> alternate_families(std::vector<tcp::endpoint> addresses) {
    if (addresses.empty()) return addresses;
    const bool six_first = addresses.front().address().is_v6();
    std::vector<tcp::endpoint> preferred;
    std::vector<tcp::endpoint> other;
    for (const tcp::endpoint& address : addresses) {
        (address.address().is_v6() == six_first ? preferred : other).push_back(address);
    }
    std::vector<tcp::endpoint> turns;
    turns.reserve(addresses.size());
    for (std::size_t i = 0; i < std::max(preferred.size(), other.size()); ++i) {
        if (i < preferred.size()) turns.push_back(preferred[i]);
        if (i < other.size()) turns.push_back(other[i]);
    }
    return turns;
}

boost::asio::awaitable<error_code> address_race::run(tcp::socket& winner) {
    const auto self = shared_from_this();
    if (addresses_.empty()) co_return last_failure_;
    start_next();
    co_await over_.wait_until(one_shot_event::time_point::max());
    if (!over_.is_set()) abort(); // cancelled
    if (winner_ == nullptr) co_return last_failure_;
    winner = std::move(*winner_);
    co_return error_code();
}

void address_race::start_next() {
    if (over_.is_set() || next_ == addresses_.size()) return;
    auto socket = std::make_shared<tcp::socket>(strand_);
    attempts_.push_back(socket);
    const tcp::endpoint to = addresses_[next_++];
    socket->async_connect(
        to, [self = shared_from_this(), socket](const error_code& failure) { self->attempted(socket, failure); });
    if (next_ == addresses_.size()) return;
    head_start_timer_.expires_after(head_start);
    head_start_timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled) self->start_next();
    });
}

void address_race::attempted(const std::shared_ptr<tcp::socket>& socket, const error_code& failure) {
    std::erase(attempts_, socket);
    if (over_.is_set()) return;
    if (!failure) {
        winner_ = socket;
    } else {
        last_failure_ = failure;
        if (next_ < addresses_.size()) {
            start_next(); // need not wait for the head start of what has failed
            return;
        }
        if (!attempts_.empty()) return;
    }
    head_start_timer_.cancel();
    over_.set();
    for (const auto& loser : attempts_) {
        error_code ignored;
        loser->close(ignored);
    }
}

void address_race::abort() {
    if (over_.is_set()) return;
    last_failure_ = boost::asio::error::operation_aborted;
    head_start_timer_.cancel();
    over_.set();
    for (const auto& attempt : attempts_) {
        error_code ignored;
        attempt->close(ignored);
    }
}

} // namespace sluice
