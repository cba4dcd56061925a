#include <sluice/credentials.hpp>

#include <cstdlib>

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

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

class environment_provider final : public credentials_provider {
  public:
    boost::asio::awaitable<result<credentials>> get() override { return read(); }

  private:
    static boost::asio::awaitable<result<credentials>> read() {
        credentials keys(from_environment("AWS_ACCESS_KEY_ID"), from_environment("AWS_SECRET_ACCESS_KEY"),
                         from_environment("AWS_SESSION_TOKEN"));
        if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
            co_return result<credentials>(error_info(
                errc::credentials, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for "
                                   "temporary keys), or give the session a credentials provider"));
        }
        co_return result<credentials>(std::move(keys));
    }
};

} // namespace

std::shared_ptr<credentials_provider> static_credentials(credentials keys) {
    return std::make_shared<static_provider>(std::move(keys));
}

std::shared_ptr<credentials_provider> environment_credentials() { return std::make_shared<environment_provider>(); }

} // namespace sluice
