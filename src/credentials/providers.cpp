#include <sluice/credentials.hpp>

#include "credentials/environment_source.hpp"

namespace sluice {
namespace {

class static_provider final : public credentials_provider {
  public:
    explicit static_provider(credentials keys) : keys_(std::move(keys)) {}

    boost::asio::awaitable<result<credentials>> get() override { return answer(keys_); }

  private:
    static boost::asio::awaitable<result<credentials>> answer(credentials keys) {
        co_return result<credentials>(std::move(keys));
    }

    credentials keys_;
};

class environment_provider final : public credentials_provider {
  public:
    boost::asio::awaitable<result<credentials>> get() override { return read(); }

  private:
    static boost::asio::awaitable<result<credentials>> read() {
        provider_answer answer = keys_of_environment(&environment_variable);
        if (answer.has_none()) {
            co_return result<credentials>(error_info(
                errc::credentials, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for "
                                   "temporary keys), or give the session a credentials provider"));
        }
        co_return std::move(answer).outcome();
    }
};

} // namespace

std::shared_ptr<credentials_provider> static_credentials(credentials keys) {
    return std::make_shared<static_provider>(std::move(keys));
}

std::shared_ptr<credentials_provider> environment_credentials() { return std::make_shared<environment_provider>(); }

} // namespace sluice
