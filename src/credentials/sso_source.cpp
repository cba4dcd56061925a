#include "credentials/sso_source.hpp"

#include "credentials/credentials_document.hpp"
#include "credentials/sources.hpp"
#include "protocol/form_writer.hpp"

#include <mutex>
#include <optional>

namespace sluice {
namespace {

using boost::asio::awaitable;

constexpr auto sso_patience = std::chrono::seconds(10);
constexpr int most_sso_attempts = 3;
constexpr auto between_renewals = std::chrono::seconds(30);

bool is_worth_repeating(const result<http_reply>& reply) {
    if (reply) return reply->status >= 500 || reply->status == 429;
    return reply.error().code == errc::connection || reply.error().code == errc::timeout ||
           reply.error().code == errc::resolve;
}

std::string failure_text(const std::string& what, const result<http_reply>& reply) {
    if (!reply) return what + ": " + reply.error().message;
    const std::string text = error_text_of(reply->body);
    return what + ": HTTP " + std::to_string(reply->status) + (text.empty() ? "" : " (" + text + ")");
}

class sso_source final : public credentials_source {
  public:
    sso_source(world_ptr world, sso_settings settings, std::string profile)
        : world_(std::move(world)), settings_(std::move(settings)), profile_(std::move(profile)) {}

    [[nodiscard]] std::string name() const override { return "SSO"; }

    awaitable<provider_answer> ask() override {
        if (settings_.account_id.empty() || settings_.role_name.empty()) {
            co_return provider_answer::failure("SSO: the profile " + profile_ +
                                               " leads to an access token, not to keys: set sso_account_id and "
                                               "sso_role_name");
        }
        auto reading = find_token();
        const auto token = co_await std::move(reading);
        if (!token) co_return provider_answer::failure("SSO: " + token.error().message);
        auto asking = ask_portal(token->access_token);
        provider_answer answer = co_await std::move(asking);
        co_return std::move(answer);
    }

  private:
    [[nodiscard]] std::string log_in() const { return "; run: aws sso login --profile " + profile_; }

    awaitable<result<sso_token>> find_token() {
        using answer = result<sso_token>;
        const std::string path = settings_.token_file(world_->variable("HOME"));
        const auto failed = [this](const std::string& why) {
            return answer(error_info(errc::credentials, why + log_in()));
        };
        const auto text = world_->read_file(path);
        if (!text) co_return failed(text.error().message);
        auto token = sso_token::parse(view_of(*text));
        if (!token) co_return failed(path + ": " + token.error().message);
        const auto now = world_->now();
        take_newer(*token);
        const auto step = token->next(now);
        if (step == sso_token::step::use) co_return answer(std::move(*token));
        if (step == sso_token::step::log_in) co_return failed("the token in " + path + " has expired");
        const bool valid = token->expires_at > now;
        std::string why = "it was tried less than 30 s ago";
        const bool may_try = try_to_renew(now);
        if (may_try) {
            auto renewing = renew(*token, path);
            auto renewed = co_await std::move(renewing);
            if (renewed) co_return answer(std::move(*renewed));
            why = renewed.error().message;
        }
        if (valid) co_return answer(std::move(*token));
        co_return failed("the token in " + path + " has expired and was not renewed: " + why);
    }

    awaitable<result<sso_token>> renew(sso_token old, std::string path) {
        using answer = result<sso_token>;
        const auto url = world_->endpoint("oidc", settings_.region);
        if (!url) co_return answer(url.error());
        http_request request;
        request.origin = url->origin;
        request.target = (url->target == "/" ? "" : url->target) + "/token";
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = old.refresh_request();
        auto sending = send(std::move(request));
        auto reply = co_await std::move(sending);
        if (!reply || reply->status != 200) {
            co_return answer(error_info(errc::credentials, failure_text(url->origin.host_header(), reply)));
        }
        const body_wiper after(reply->body);
        auto token = old.renewed(reply->body, world_->now());
        if (!token) co_return answer(token.error());
        {
            const std::lock_guard lock(mutex_);
            newest_ = *token;
        }
        std::string json = token->to_json();
        // Where it cannot be written the token in memory has to do; other programs renew their own.
        (void)world_->replace_file(path, json);
        wipe(json);
        co_return answer(std::move(*token));
    }

    awaitable<provider_answer> ask_portal(std::string access_token) {
        const auto url = world_->endpoint("sso", settings_.region);
        if (!url) co_return provider_answer(url.error());
        http_request request;
        request.origin = url->origin;
        request.method = "GET";
        request.target = (url->target == "/" ? "" : url->target) + "/federation/credentials?role_name=";
        protocol::append_form_encoded(request.target, settings_.role_name);
        request.target += "&account_id=";
        protocol::append_form_encoded(request.target, settings_.account_id);
        if (!is_header_text(access_token)) co_return provider_answer::failure("SSO: the token has a line break in it");
        request.headers.emplace_back("x-amz-sso_bearer_token", std::move(access_token));
        auto sending = send(std::move(request));
        auto reply = co_await std::move(sending);
        const std::string where = "SSO: " + url->origin.host_header();
        if (!reply || reply->status != 200) {
            const bool refused = reply && reply->status == 401;
            co_return provider_answer::failure(failure_text(where, reply) + (refused ? log_in() : std::string()));
        }
        const body_wiper after(reply->body);
        auto keys = parse_sso_reply(reply->body);
        if (!keys) co_return provider_answer::failure(where + ": " + keys.error().message);
        keys->account_id = settings_.account_id;
        co_return std::move(*keys);
    }

    awaitable<result<http_reply>> send(http_request request) {
        for (int attempt = 1;; ++attempt) {
            auto sending = send_within(world_->transport, request, sso_patience);
            auto reply = co_await std::move(sending);
            if (!is_worth_repeating(reply) || attempt == most_sso_attempts) {
                wipe(request.body);
                co_return std::move(reply);
            }
            const bool waited = co_await pause_for(world_->executor, std::chrono::milliseconds(100) * attempt);
            if (!waited) co_return result<http_reply>(error_info(errc::cancelled, "cancelled"));
        }
    }

    /// The one in memory, where it could not be written.
    void take_newer(sso_token& token) {
        const std::lock_guard lock(mutex_);
        if (newest_ && newest_->expires_at > token.expires_at) token = *newest_;
    }
    bool try_to_renew(std::chrono::system_clock::time_point now) {
        const std::lock_guard lock(mutex_);
        if (last_renewal_ && now - *last_renewal_ < between_renewals && now >= *last_renewal_) return false;
        last_renewal_ = now;
        return true;
    }

    world_ptr world_;
    sso_settings settings_;
    std::string profile_;
    std::mutex mutex_;
    std::optional<sso_token> newest_;
    std::optional<std::chrono::system_clock::time_point> last_renewal_;
};

} // namespace

std::shared_ptr<credentials_source> make_sso_source(world_ptr world, sso_settings settings, std::string profile) {
    return std::make_shared<sso_source>(std::move(world), std::move(settings), std::move(profile));
}

} // namespace sluice
