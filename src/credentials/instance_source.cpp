#include "credentials/instance_metadata.hpp"
#include "credentials/sources.hpp"

#include <mutex>

namespace sluice {
namespace {

using boost::asio::awaitable;

class instance_source final : public credentials_source {
  public:
    explicit instance_source(world_ptr world) : world_(std::move(world)) {}

    [[nodiscard]] std::string name() const override { return "instance metadata"; }

    awaitable<provider_answer> ask() override {
        auto settings = instance_metadata_settings::find(world_->variable, world_->profile_property);
        if (!settings) co_return provider_answer(settings.error());
        if (settings->is_disabled) co_return provider_answer::none("AWS_EC2_METADATA_DISABLED is set");
        const auto patience = settings->patience;
        instance_metadata_exchange exchange(std::move(*settings));
        for (;;) {
            auto request = exchange.next();
            if (!request) break;
            auto sending = send_within(world_->local_transport, std::move(*request), patience);
            auto reply = co_await std::move(sending);
            exchange.answered(reply);
            if (reply) wipe(reply->body);
            if (exchange.pause().count() == 0) continue;
            const bool waited = co_await pause_for(world_->executor, exchange.pause());
            if (!waited) co_return provider_answer::failure("cancelled");
        }
        co_return stable(exchange.outcome());
    }

  private:
    /// Keys outlive their end when there are no newer ones: a service in trouble must not stop what runs.
    provider_answer stable(provider_answer answer) {
        const auto now = world_->now();
        const std::lock_guard lock(mutex_);
        if (answer.has_keys()) {
            last_ = answer.keys();
            if (last_->expiration && *last_->expiration > now) return answer;
        }
        if (!last_) return answer;
        credentials kept = *last_;
        kept.expiration = extended_expiration(now, world_->random());
        return kept;
    }

    world_ptr world_;
    std::mutex mutex_;
    std::optional<credentials> last_;
};

} // namespace

std::shared_ptr<credentials_source> make_instance_source(world_ptr world) {
    return std::make_shared<instance_source>(std::move(world));
}

} // namespace sluice
