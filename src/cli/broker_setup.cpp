#include "cli/broker_setup.hpp"

#include "credentials/small_file.hpp"
#include "topology/queue_set.hpp"

#include <sluice/as_result.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_bytes = std::size_t(1) << 20;

const std::string& account_of(const configured_place& place, const local::broker_options& options) {
    return place.account.empty() ? options.account_id : place.account;
}

const local::access_key* key_of(const std::string& account, const local::broker_options& options) {
    const auto found = std::ranges::find_if(options.keys, [&](const local::access_key& one) {
        return (one.account_id.empty() ? options.account_id : one.account_id) == account;
    });
    return found == options.keys.end() ? nullptr : &*found;
}

session_options options_for(local::broker& broker, const configured_place& place,
                            const local::broker_options& options) {
    const local::access_key& key = *key_of(account_of(place, options), options);
    session_options made;
    made.read_environment = false;
    made.region = place.region.empty() ? options.region : place.region;
    made.endpoint_url = broker.endpoint();
    made.transport = broker.quiet_transport();
    made.credentials = static_credentials(credentials(key.id, key.secret, key.session_token));
    return made;
}

awaitable<chain_report> make(session session, std::variant<chain, chain_queue> what) {
    if (auto* definition = std::get_if<chain>(&what)) return ensure(std::move(session), std::move(*definition));
    return topology::ensure_queues(std::move(session), {std::get<chain_queue>(std::move(what))});
}

awaitable<void> make_all(session session, const configured_place& place, setup_result& done) {
    for (const configured_item& one : place.items) {
        auto making = make(session, one.what);
        const auto report = co_await as_result(std::move(making));
        if (!report) {
            error_info why = report.error();
            why.message = one.place.document + ": " + one.place.path + ": " + why.message;
            throw error(std::move(why));
        }
        for (const chain_step& step : report->steps) {
            if (step.action == chain_action::leave) ++done.left;
            else ++done.changed;
        }
    }
}

} // namespace

std::vector<configured_place> read_broker_config(const std::string& file) {
    const auto text = read_small_file(file, most_bytes).value();
    return parse_broker_config(view_of(text), file);
}

void admit(const std::vector<configured_place>& places, local::broker_options& options) {
    for (const configured_place& one : places) {
        const bool played = one.region.empty() || one.region == options.region ||
                            std::ranges::find(options.more_regions, one.region) != options.more_regions.end();
        if (!played) options.more_regions.push_back(one.region);
        const std::string& account = account_of(one, options);
        if (one.items.empty() || key_of(account, options) != nullptr) continue;
        refuse(one.place.member("account"),
               "is \"" + account + "\", to which no key belongs: add --key ID:SECRET:" + account);
    }
}

setup_result set_up(local::broker& broker, const std::vector<configured_place>& places,
                    const local::broker_options& options) {
    setup_result done;
    for (const configured_place& one : places) {
        if (one.items.empty()) continue;
        boost::asio::io_context context; // not the broker's: that does not run yet
        const session session(context.get_executor(), options_for(broker, one, options));
        auto making = boost::asio::co_spawn(context, make_all(session, one, done), boost::asio::use_future);
        context.run();
        making.get();
    }
    return done;
}

} // namespace sluice::cli
