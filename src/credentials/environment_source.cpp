#include "credentials/environment_source.hpp"

#include <cstdlib>
#include <string_view>

namespace sluice {
namespace {

class environment_source final : public credentials_source {
  public:
    explicit environment_source(std::function<std::string(const char*)> variable) : variable_(std::move(variable)) {}

    [[nodiscard]] std::string name() const override { return "environment"; }
    boost::asio::awaitable<provider_answer> ask() override { co_return keys_of_environment(variable_); }

  private:
    std::function<std::string(const char*)> variable_;
};

} // namespace

std::string environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr) return {};
    const std::string_view text(value);
    return std::string(text.find_first_not_of(" \t") == std::string_view::npos ? std::string_view() : text);
}

provider_answer keys_of_environment(const std::function<std::string(const char*)>& variable) {
    credentials keys(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN"));
    keys.account_id = variable("AWS_ACCOUNT_ID");
    if (keys.access_key_id.empty() && keys.secret_access_key.empty()) {
        return provider_answer::none("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    }
    if (keys.access_key_id.empty())
        return provider_answer::failure("AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID");
    if (keys.secret_access_key.empty()) {
        return provider_answer::failure("AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY");
    }
    return keys;
}

std::shared_ptr<credentials_source> make_environment_source(std::function<std::string(const char*)> variable) {
    return std::make_shared<environment_source>(std::move(variable));
}

} // namespace sluice
