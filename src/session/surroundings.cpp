#include "session/surroundings.hpp"

#include "client/endpoint_rules.hpp"
#include "credentials/container_endpoint.hpp"
#include "credentials/environment_source.hpp"
#include "credentials/small_file.hpp"
#include "transport/http_transport.hpp"

#include <mutex>
#include <random>

namespace sluice {
namespace {

#ifdef _WIN32
constexpr path_style own_path_style = path_style::windows;
#else
constexpr path_style own_path_style = path_style::posix;
#endif

constexpr std::size_t largest_token_file = std::size_t(256) << 10U;
// Services of this machine answer at once, or they are not there.
constexpr auto local_patience = std::chrono::seconds(1);

http_transport_options socket_options(const session_options& options, const std::string& ca_bundle) {
    http_transport_options sockets;
    sockets.timeouts.resolve = options.resolve_timeout;
    sockets.timeouts.connect = options.connect_timeout;
    sockets.timeouts.tls_handshake = options.tls_handshake_timeout;
    sockets.timeouts.write = options.write_timeout;
    sockets.max_connections = options.max_connections;
    sockets.max_connections_total = options.max_connections_total;
    sockets.tls.ca_bundle = ca_bundle;
    sockets.tls.client_certificate = options.client_certificate;
    sockets.tls.client_key = options.client_key;
    return sockets;
}

http_transport_options local_socket_options() {
    http_transport_options sockets;
    sockets.timeouts.resolve = local_patience;
    sockets.timeouts.connect = local_patience;
    return sockets;
}

/// In place of the variables, when the code has named a profile.
class passed_over final : public credentials_source {
  public:
    [[nodiscard]] std::string name() const override { return "environment"; }
    boost::asio::awaitable<provider_answer> ask() override {
        co_return provider_answer::none("passed over, as a profile is named in code");
    }
};

std::function<double()> make_random() {
    struct state {
        std::mutex mutex;
        std::mt19937_64 engine{std::random_device{}()};
    };
    return [shared = std::make_shared<state>()] {
        const std::lock_guard lock(shared->mutex);
        return std::uniform_real_distribution<double>(0.0, 1.0)(shared->engine);
    };
}

/// The service's own URL where one is set, else AWS.
result<http_url> sso_endpoint(const configuration& found, std::string_view service, const std::string& region) {
    const std::string& own = service == "sso" ? found.sso_url : found.sso_oidc_url;
    if (!own.empty()) return parse_http_url(own);
    const std::string_view name = service == "sso" ? "portal.sso" : "oidc";
    return parse_http_url("https://" + calls::regional_host(name, region, found.use_fips, found.use_dual_stack));
}

} // namespace

outside_world outside_world::of(const session_options& options) {
    outside_world outside;
    outside.read_file = [](const std::string& path) { return read_small_file(path, largest_token_file); };
    outside.replace_file = &replace_small_file;
    outside.variable = &environment_variable;
    if (!options.read_environment) outside.variable = [](const char*) { return std::string(); };
    return outside;
}

surroundings surroundings::find(const boost::asio::any_io_executor& executor, const session_options& options,
                                configuration::region_rule rule, outside_world outside) {
    surroundings around;
    const auto locations = profile_locations::find(outside.variable, own_path_style);
    around.files_ = std::make_shared<const profile_files>(
        options.read_environment ? read_profile_files(locations, outside.read_profile_file).value() : profile_files());
    around.found_ = configuration::find(options, outside.variable, *around.files_, rule).value();
    around.profile_is_given_ = !options.profile.empty();

    const auto world = std::make_shared<provider_world>();
    world->transport = options.transport;
    world->local_transport = options.transport;
    world->container_transport = options.transport;
    if (!options.transport) {
        auto sockets = socket_options(options, around.found_.ca_bundle);
        sockets.proxies = proxy_settings::find(outside.variable).value();
        world->transport = std::make_shared<http_transport>(executor, std::move(sockets));
        world->local_transport = std::make_shared<http_transport>(executor, local_socket_options());
        auto guarded = local_socket_options();
        guarded.allowed_address = &is_container_address;
        world->container_transport = std::make_shared<http_transport>(executor, std::move(guarded));
    }

    around.calling_.region = around.found_.region;
    around.calling_.endpoints = around.found_.endpoints;
    around.calling_.sqs_protocol = options.sqs_protocol;
    around.calling_.attempt_timeout = options.request_timeout;
    around.calling_.operation_timeout = options.operation_timeout;
    around.calling_.retry_mode = around.found_.retry_mode;
    around.calling_.max_attempts = around.found_.max_attempts;
    around.calling_.correct_clock_skew = options.correct_clock_skew;
    around.calling_.app_id = around.found_.app_id;
    around.calling_.transport = world->transport;

    around.sts_ = std::make_shared<sts_calls>(executor, around.calling_);
    world->executor = executor;
    world->profile_property = [files = around.files_, profile = around.found_.profile](const char* name) {
        return files->property(profile, name);
    };
    world->variable = std::move(outside.variable);
    world->read_file = std::move(outside.read_file);
    world->replace_file = std::move(outside.replace_file);
    world->assume_role = [sts = around.sts_](credentials keys, role_settings role) {
        return sts->assume_role(std::move(keys), std::move(role));
    };
    world->assume_role_with_token = [sts = around.sts_](std::string token, role_settings role) {
        return sts->assume_role_with_token(std::move(token), std::move(role));
    };
    world->endpoint = [found = around.found_](std::string_view service, const std::string& region) {
        return sso_endpoint(found, service, region);
    };
    world->now = std::move(outside.now);
    world->random = make_random();
    world->process_timeout = options.credentials_timeout;
    around.world_ = world;
    around.instance_ = make_instance_source(world);
    return around;
}

std::shared_ptr<credentials_source> surroundings::profile_source() const {
    return make_profile_source(world_, files_, found_.profile, instance_);
}

std::shared_ptr<credentials_source> surroundings::default_chain() const {
    std::vector<std::shared_ptr<credentials_source>> sources;
    if (profile_is_given_) sources.push_back(std::make_shared<passed_over>());
    else sources.push_back(make_environment_source(world_->variable));
    sources.push_back(profile_source());
    sources.push_back(make_web_identity_source(world_));
    sources.push_back(make_container_source(world_));
    sources.push_back(instance_);
    return make_chain(std::move(sources));
}

} // namespace sluice
