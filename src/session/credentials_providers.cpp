#include <sluice/credentials_providers.hpp>

#include "credentials/cached_provider.hpp"
#include "session/surroundings.hpp"

namespace sluice {
namespace {

using boost::asio::awaitable;

surroundings find_around(const boost::asio::any_io_executor& executor, const session_options& options) {
    return surroundings::find(executor, options, configuration::region_rule::optional, outside_world::of(options));
}

std::shared_ptr<credentials_provider> cache(boost::asio::any_io_executor executor,
                                            std::shared_ptr<credentials_source> source,
                                            std::chrono::milliseconds timeout) {
    return cached_credentials(std::move(executor), make_provider(std::move(source)), timeout);
}

class role_provider final : public credentials_provider {
  public:
    role_provider(std::shared_ptr<sts_calls> sts, std::shared_ptr<credentials_provider> base,
                  sts::assume_role_request role)
        : sts_(std::move(sts)), base_(std::move(base)), role_(std::move(role)) {}

    awaitable<result<credentials>> get() override { return take_on(sts_, base_, role_); }

  private:
    static awaitable<result<credentials>>
    take_on(std::shared_ptr<sts_calls> sts, std::shared_ptr<credentials_provider> base, sts::assume_role_request role) {
        auto asking = base->get();
        auto keys = co_await std::move(asking);
        if (!keys) co_return std::move(keys);
        auto taking = sts->assume_role(std::move(*keys), std::move(role));
        auto taken = co_await std::move(taking);
        co_return std::move(taken);
    }

    std::shared_ptr<sts_calls> sts_;
    std::shared_ptr<credentials_provider> base_;
    sts::assume_role_request role_;
};

} // namespace

std::shared_ptr<credentials_provider> default_credentials(boost::asio::any_io_executor executor,
                                                          session_options options) {
    const surroundings around = find_around(executor, options);
    return cache(std::move(executor), around.default_chain(), options.credentials_timeout);
}

std::shared_ptr<credentials_provider> profile_credentials(boost::asio::any_io_executor executor,
                                                          session_options options) {
    const surroundings around = find_around(executor, options);
    return cache(std::move(executor), around.profile_source(), options.credentials_timeout);
}

std::shared_ptr<credentials_provider> web_identity_credentials(boost::asio::any_io_executor executor,
                                                               session_options options) {
    const surroundings around = find_around(executor, options);
    return cache(std::move(executor), make_web_identity_source(around.world()), options.credentials_timeout);
}

std::shared_ptr<credentials_provider> container_credentials(boost::asio::any_io_executor executor,
                                                            session_options options) {
    const surroundings around = find_around(executor, options);
    return cache(std::move(executor), make_container_source(around.world()), options.credentials_timeout);
}

std::shared_ptr<credentials_provider> instance_credentials(boost::asio::any_io_executor executor,
                                                           session_options options) {
    const surroundings around = find_around(executor, options);
    return cache(std::move(executor), make_instance_source(around.world()), options.credentials_timeout);
}

std::shared_ptr<credentials_provider> process_credentials(boost::asio::any_io_executor executor, std::string command,
                                                          std::chrono::milliseconds timeout) {
    const auto world = std::make_shared<provider_world>();
    world->executor = executor;
    world->process_timeout = timeout;
    return cache(std::move(executor), make_process_source(world, std::move(command)), timeout);
}

std::shared_ptr<credentials_provider> assume_role_credentials(boost::asio::any_io_executor executor,
                                                              sts::assume_role_request role, session_options options) {
    const surroundings around = find_around(executor, options);
    auto base = std::move(options.credentials);
    if (!base) base = cache(executor, around.default_chain(), options.credentials_timeout);
    return cached_credentials(std::move(executor),
                              std::make_shared<role_provider>(around.sts(), std::move(base), std::move(role)),
                              options.credentials_timeout);
}

std::shared_ptr<credentials_provider> cached_credentials(boost::asio::any_io_executor executor,
                                                         std::shared_ptr<credentials_provider> source,
                                                         std::chrono::milliseconds timeout) {
    if (timeout.count() <= 0) {
        throw error(error_info(errc::configuration, "the timeout of the credentials is " +
                                                        std::to_string(timeout.count()) + " ms: it must be above 0"));
    }
    return std::make_shared<cached_provider>(std::move(executor), std::move(source), timeout);
}

} // namespace sluice
