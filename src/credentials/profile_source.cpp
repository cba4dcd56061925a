#include "credentials/environment_source.hpp"
#include "credentials/profile_plan.hpp"
#include "credentials/sources.hpp"
#include "credentials/sso_source.hpp"

#include <type_traits>

namespace sluice {
namespace {

using boost::asio::awaitable;

awaitable<provider_answer> answer_at_once(provider_answer answer) { co_return std::move(answer); }

class profile_source final : public credentials_source {
  public:
    profile_source(world_ptr world, std::shared_ptr<const profile_files> files, std::string profile,
                   std::shared_ptr<credentials_source> instance)
        : world_(std::move(world)), profile_(std::move(profile)), found_(plan_profile(*files, profile_)) {
        if (found_.verdict != profile_plan::verdict::planned) return;
        account_id_ = files->property(found_.plan.base_profile, "aws_account_id");
        base_ = make_base(std::move(instance));
    }

    [[nodiscard]] std::string name() const override { return "profile " + profile_; }

    awaitable<provider_answer> ask() override {
        if (found_.verdict == profile_plan::verdict::no_profile || found_.verdict == profile_plan::verdict::no_keys) {
            co_return provider_answer::none(found_.why);
        }
        if (found_.verdict == profile_plan::verdict::wrong) co_return provider_answer::failure(found_.why);
        auto asking = ask_base();
        provider_answer answer = co_await std::move(asking);
        if (answer.has_none()) { // the profile says that they are there
            co_return provider_answer::failure(base_->name() + ": " + answer.why().message);
        }
        if (!answer.has_keys()) co_return std::move(answer);
        credentials keys = std::move(answer.keys());
        if (keys.account_id.empty()) keys.account_id = account_id_;
        for (const role_settings& role : found_.plan.roles) {
            if (!role.mfa_serial.empty()) {
                co_return provider_answer::failure("the role " + role.role_arn +
                                                   " asks for an MFA code (mfa_serial), which nobody can be asked for "
                                                   "here: get keys with aws sts assume-role, or use SSO");
            }
            auto taking = world_->assume_role(std::move(keys), role);
            auto taken = co_await std::move(taking);
            if (!taken) co_return provider_answer(taken.error());
            keys = std::move(*taken);
        }
        co_return std::move(keys);
    }

  private:
    std::shared_ptr<credentials_source> make_base(std::shared_ptr<credentials_source> instance) {
        const profile_plan& plan = found_.plan;
        if (const auto* process = std::get_if<process_settings>(&plan.base)) {
            return make_process_source(world_, process->command);
        }
        if (const auto* sso = std::get_if<sso_settings>(&plan.base)) {
            return make_sso_source(world_, *sso, plan.base_profile);
        }
        if (const auto* source = std::get_if<named_source>(&plan.base)) {
            if (*source == named_source::environment) return make_environment_source(world_->variable);
            if (*source == named_source::container) return make_container_source(world_);
            return instance;
        }
        return nullptr;
    }

    awaitable<provider_answer> ask_base() {
        if (base_) return base_->ask();
        if (const auto* keys = std::get_if<credentials>(&found_.plan.base)) return answer_at_once(*keys);
        return ask_with_token(world_, std::get<role_settings>(found_.plan.base));
    }

    world_ptr world_;
    std::string profile_;
    profile_finding found_;
    std::string account_id_;                   ///< for keys that come without one
    std::shared_ptr<credentials_source> base_; ///< null: keys of the profile, or a role with a token
};

} // namespace

std::shared_ptr<credentials_source> make_profile_source(world_ptr world, std::shared_ptr<const profile_files> files,
                                                        std::string name,
                                                        std::shared_ptr<credentials_source> instance) {
    return std::make_shared<profile_source>(std::move(world), std::move(files), std::move(name), std::move(instance));
}

} // namespace sluice
