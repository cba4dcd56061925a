#include <sluice/session.hpp>

#include "session/session_state.hpp"
#include "session/surroundings.hpp"

#include <sluice/credentials_providers.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

namespace sluice {
namespace {

std::shared_ptr<session_state> make_state(const boost::asio::any_io_executor& executor,
                                          const session_options& options) {
    const auto around =
        surroundings::find(executor, options, configuration::region_rule::required, outside_world::of(options));
    calls::caller_options calling = around.calling();
    calling.credentials = options.credentials;
    if (!calling.credentials && !options.read_environment) {
        throw error(error_info(errc::configuration, "session_options::credentials is null, and as read_environment is "
                                                    "false no keys come from elsewhere"));
    }
    if (!calling.credentials) {
        calling.credentials =
            cached_credentials(executor, make_provider(around.default_chain()), options.credentials_timeout);
    }
    return std::make_shared<session_state>(std::make_shared<calls::caller>(executor, std::move(calling)));
}

} // namespace

session::session(boost::asio::any_io_executor executor, session_options options)
    : state_(make_state(executor, options)) {}

boost::asio::any_io_executor session::get_executor() const { return state_->caller()->executor(); }
const std::string& session::region() const noexcept { return state_->caller()->region(); }
sqs::client session::sqs() const { return sqs::client(state_->caller(), state_->queues()); }
sns::client session::sns() const { return sns::client(state_->caller()); }
sts::client session::sts() const { return sts::client(state_->caller()); }

} // namespace sluice
