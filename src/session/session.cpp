#include <sluice/session.hpp>

#include "session/configuration.hpp"
#include "session/session_state.hpp"

#include "transport/http_transport.hpp"

#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sts/client.hpp>

namespace sluice {
namespace {

#ifdef _WIN32
constexpr path_style own_path_style = path_style::windows;
#else
constexpr path_style own_path_style = path_style::posix;
#endif

std::string no_variable(const char*) { return {}; }

std::shared_ptr<session_state> make_state(const boost::asio::any_io_executor& executor, session_options options) {
    const std::function<std::string(const char*)> variable =
        options.read_environment ? &environment_variable : &no_variable;
    profile_files files;
    if (options.read_environment) files = read_profile_files(profile_locations::find(variable, own_path_style)).value();
    const configuration found = configuration::find(options, variable, files).value();
    calls::caller_options calling;
    calling.region = found.region;
    calling.endpoints = found.endpoints;
    calling.sqs_protocol = options.sqs_protocol;
    calling.attempt_timeout = options.request_timeout;
    calling.operation_timeout = options.operation_timeout;
    calling.retry_mode = found.retry_mode;
    calling.max_attempts = found.max_attempts;
    calling.correct_clock_skew = options.correct_clock_skew;
    calling.credentials = std::move(options.credentials);
    if (!calling.credentials && options.read_environment) calling.credentials = environment_credentials();
    if (!calling.credentials) {
        throw error(error_info(errc::configuration, "session_options::credentials is null, and as read_environment is "
                                                    "false no keys come from elsewhere"));
    }
    calling.transport = std::move(options.transport);
    if (!calling.transport) {
        http_transport_options sockets;
        sockets.timeouts.resolve = options.resolve_timeout;
        sockets.timeouts.connect = options.connect_timeout;
        sockets.timeouts.tls_handshake = options.tls_handshake_timeout;
        sockets.timeouts.write = options.write_timeout;
        sockets.max_connections = options.max_connections;
        sockets.max_connections_total = options.max_connections_total;
        sockets.tls.ca_bundle = found.ca_bundle;
        sockets.tls.client_certificate = options.client_certificate;
        sockets.tls.client_key = options.client_key;
        sockets.proxies = proxy_settings::find(variable).value();
        calling.transport = std::make_shared<http_transport>(executor, std::move(sockets));
    }
    return std::make_shared<session_state>(std::make_shared<calls::caller>(executor, std::move(calling)));
}

} // namespace

session::session(boost::asio::any_io_executor executor, session_options options)
    : state_(make_state(executor, std::move(options))) {}

boost::asio::any_io_executor session::get_executor() const { return state_->caller()->executor(); }
const std::string& session::region() const noexcept { return state_->caller()->region(); }
sqs::client session::sqs() const { return sqs::client(state_->caller(), state_->queues()); }
sns::client session::sns() const { return sns::client(state_->caller()); }
sts::client session::sts() const { return sts::client(state_->caller()); }

} // namespace sluice
