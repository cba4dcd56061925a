#include "credentials/sources.hpp"

#include "credentials/container_endpoint.hpp"
#include "credentials/credentials_document.hpp"

namespace sluice {
namespace {

using boost::asio::awaitable;

constexpr int most_container_attempts = 3;
constexpr auto container_patience = std::chrono::seconds(2);

class container_source final : public credentials_source {
  public:
    explicit container_source(world_ptr world) : world_(std::move(world)) {}

    [[nodiscard]] std::string name() const override { return "container"; }

    awaitable<provider_answer> ask() override {
        container_finding found = find_container_endpoint(world_->variable);
        if (!found.endpoint) co_return std::move(found.absent);
        const container_endpoint endpoint = std::move(*found.endpoint);
        auto token = authorization(endpoint);
        if (!token) co_return provider_answer(token.error());

        http_request request;
        request.origin = endpoint.url.origin;
        request.method = "GET";
        request.target = endpoint.url.target;
        request.headers.emplace_back("Accept", "application/json");
        if (!token->empty()) request.headers.emplace_back("Authorization", std::move(*token));
        const auto through = endpoint.url.origin.tls ? world_->transport : world_->container_transport;
        for (int attempt = 1;; ++attempt) {
            auto sending = send_within(through, request, container_patience);
            auto reply = co_await std::move(sending);
            const bool again = reply ? reply->status >= 500 || reply->status == 429
                                     : reply.error().code == errc::connection || reply.error().code == errc::timeout;
            if (!again || attempt == most_container_attempts) co_return read(std::move(reply), endpoint);
            const bool waited = co_await pause_for(world_->executor, std::chrono::milliseconds(100) * attempt);
            if (!waited) co_return provider_answer::failure("cancelled");
        }
    }

  private:
    [[nodiscard]] result<std::string> authorization(const container_endpoint& endpoint) const {
        if (!endpoint.token_file.empty()) return read_token_file(*world_, endpoint.token_file);
        if (!endpoint.token.empty() && !is_header_text(endpoint.token)) {
            return error_info(errc::credentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break in it");
        }
        return endpoint.token;
    }

    static provider_answer read(result<http_reply> reply, const container_endpoint& endpoint) {
        const std::string where = endpoint.url.origin.host_header();
        if (!reply) return provider_answer::failure(where + ": " + reply.error().message);
        const body_wiper after(reply->body);
        if (reply->status != 200) {
            const std::string text = error_text_of(reply->body);
            return provider_answer::failure(where + " answered with HTTP " + std::to_string(reply->status) +
                                            (text.empty() ? "" : " (" + text + ")"));
        }
        auto keys = parse_container_reply(reply->body);
        if (!keys) return provider_answer::failure(where + ": " + keys.error().message);
        return std::move(*keys);
    }

    world_ptr world_;
};

} // namespace

std::shared_ptr<credentials_source> make_container_source(world_ptr world) {
    return std::make_shared<container_source>(std::move(world));
}

} // namespace sluice
