#include "credentials/sources.hpp"

namespace sluice {
namespace {

class web_identity_source final : public credentials_source {
  public:
    explicit web_identity_source(world_ptr world) : world_(std::move(world)) {}

    [[nodiscard]] std::string name() const override { return "web identity"; }

    boost::asio::awaitable<provider_answer> ask() override {
        role_settings role;
        role.web_identity_token_file = world_->variable("AWS_WEB_IDENTITY_TOKEN_FILE");
        role.role_arn = world_->variable("AWS_ROLE_ARN");
        role.session_name = world_->variable("AWS_ROLE_SESSION_NAME");
        if (role.web_identity_token_file.empty()) {
            co_return provider_answer::none("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        }
        if (role.role_arn.empty()) {
            co_return provider_answer::failure("AWS_WEB_IDENTITY_TOKEN_FILE is set, but not AWS_ROLE_ARN");
        }
        auto asking = ask_with_token(world_, std::move(role));
        provider_answer answer = co_await std::move(asking);
        co_return std::move(answer);
    }

  private:
    world_ptr world_;
};

} // namespace

boost::asio::awaitable<provider_answer> ask_with_token(world_ptr world, role_settings role) {
    // Read for every request: whoever wrote it renews it.
    auto token = read_token_file(*world, role.web_identity_token_file);
    if (!token) co_return provider_answer::failure("web identity token: " + token.error().message);
    auto asking = world->assume_role_with_token(std::move(*token), std::move(role));
    auto keys = co_await std::move(asking);
    co_return provider_answer(std::move(keys));
}

std::shared_ptr<credentials_source> make_web_identity_source(world_ptr world) {
    return std::make_shared<web_identity_source>(std::move(world));
}

} // namespace sluice
