#include "transport/resolver.hpp"

#include "transport/one_shot_event.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace sluice {
namespace {

using boost::asio::ip::tcp;

// AWS endpoints change their addresses about once a minute.
constexpr auto remembered_for = std::chrono::seconds(30);
constexpr std::size_t remembered_hosts = 256;

/// RFC 6761, 6.3: such a name is this machine, also where no /etc/hosts says so, as in a bare container.
bool names_this_machine(std::string_view host) noexcept { return host == "localhost" || host.ends_with(".localhost"); }

/// Shared between the waiting coroutine and the look-up, whichever lives longer.
struct look_up {
    explicit look_up(const boost::asio::any_io_executor& executor) : done(executor), asker(executor) {}

    one_shot_event done;
    tcp::resolver asker;
    boost::system::error_code failure;
    resolver::endpoints addresses;
};

} // namespace

std::optional<resolver::endpoints> resolver::recall(const http_origin& origin, time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = cache_.find(origin);
    if (found == cache_.end() || found->second.until < now) return std::nullopt;
    return found->second.addresses;
}

void resolver::forget(const http_origin& origin) {
    const std::lock_guard lock(mutex_);
    cache_.erase(origin);
}

boost::asio::awaitable<result<resolver::endpoints>> resolver::resolve(http_origin origin, time_point deadline) {
    boost::system::error_code not_an_address;
    const auto address = boost::asio::ip::make_address(origin.host, not_an_address);
    if (!not_an_address) {
        endpoints given(1, tcp::endpoint(address, origin.port));
        co_return result<endpoints>(std::move(given));
    }
    std::optional<endpoints> known = recall(origin, std::chrono::steady_clock::now());
    if (known) co_return result<endpoints>(std::move(*known));

    auto pending = std::make_shared<look_up>(executor_);
    auto finished = [pending](const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
        pending->failure = failure;
        for (const auto& entry : found) pending->addresses.push_back(entry.endpoint());
        pending->done.set();
    };
    pending->asker.async_resolve(origin.host, std::to_string(origin.port), std::move(finished));
    co_await pending->done.wait_until(deadline);
    if (!pending->done.is_set() && std::chrono::steady_clock::now() < deadline) {
        co_return result<endpoints>(error_info(errc::cancelled, "cancelled while " + origin.host + " was looked up"));
    }
    if (!pending->done.is_set()) {
        co_return result<endpoints>(error_info(errc::timeout, "the name " + origin.host + " was not resolved in time"));
    }
    if (pending->addresses.empty() && names_this_machine(origin.host)) {
        pending->failure.clear();
        pending->addresses.emplace_back(boost::asio::ip::address_v4::loopback(), origin.port);
        pending->addresses.emplace_back(boost::asio::ip::address_v6::loopback(), origin.port);
    }
    if (pending->failure || pending->addresses.empty()) {
        co_return result<endpoints>(
            error_info(errc::resolve, "cannot resolve " + origin.host + ": " + pending->failure.message() +
                                          "; check the endpoint URL, the region and the network"));
    }
    {
        const std::lock_guard lock(mutex_);
        if (cache_.size() >= remembered_hosts) cache_.clear();
        cache_[origin] = remembered{pending->addresses, std::chrono::steady_clock::now() + remembered_for};
    }
    co_return result<endpoints>(pending->addresses);
}

} // namespace sluice
