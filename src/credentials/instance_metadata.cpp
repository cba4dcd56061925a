#include "credentials/instance_metadata.hpp"

#include "credentials/credentials_document.hpp"
#include "credentials/provider_world.hpp"
#include "protocol/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view role_path = "/latest/meta-data/iam/security-credentials/";
constexpr int most_renewals = 2;
constexpr std::size_t longest_role = 64;

bool is_role_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_role && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_+=,.@-").find(c) != std::string_view::npos;
    });
}

error_info wrong_setting(std::string text) { return error_info(errc::configuration, std::move(text)); }

struct setting {
    std::string value;
    std::string where;
};

class setting_finder {
  public:
    setting_finder(const std::function<std::string(const char*)>& variable,
                   const std::function<std::string(const char*)>& profile_property)
        : variable_(variable), profile_property_(profile_property) {}

    [[nodiscard]] setting find(const char* variable, const char* property) const {
        std::string value = variable_(variable);
        if (!value.empty()) return {std::move(value), variable};
        return {profile_property_(property), std::string(property) + " of the profile"};
    }
    /// `into` stays as it is where nothing is set.
    [[nodiscard]] std::optional<error_info> number(const char* variable, const char* property, int most,
                                                   int& into) const {
        const setting found = find(variable, property);
        if (found.value.empty()) return std::nullopt;
        int number = 0;
        const char* const end = found.value.data() + found.value.size();
        const auto [stopped, failure] = std::from_chars(found.value.data(), end, number);
        if (failure != std::errc() || stopped != end || number < 1 || number > most) {
            return wrong_setting(found.where + " is \"" + found.value + "\": it must be a number from 1 to " +
                                 std::to_string(most));
        }
        into = number;
        return std::nullopt;
    }

  private:
    const std::function<std::string(const char*)>& variable_;
    const std::function<std::string(const char*)>& profile_property_;
};

result<std::string> find_endpoint(const setting_finder& finder) {
    const setting given = finder.find("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (!given.value.empty()) return given.value;
    const setting mode = finder.find("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    const std::string lower = protocol::lower_case(mode.value);
    if (lower.empty() || lower == "ipv4") return std::string("http://169.254.169.254");
    if (lower == "ipv6") return std::string("http://[fd00:ec2::254]");
    return wrong_setting(mode.where + " is \"" + mode.value + "\": it must be IPv4 or IPv6");
}

} // namespace

result<instance_metadata_settings>
instance_metadata_settings::find(const std::function<std::string(const char*)>& variable,
                                 const std::function<std::string(const char*)>& profile_property) {
    constexpr int most_seconds = 3'600;
    constexpr int most_attempts = 100;
    instance_metadata_settings found;
    const setting_finder finder(variable, profile_property);
    found.is_disabled = protocol::lower_case(variable("AWS_EC2_METADATA_DISABLED")) == "true";
    const auto url = find_endpoint(finder);
    if (!url) return url.error();
    auto parsed = parse_http_url(*url);
    if (!parsed) return wrong_setting("AWS_EC2_METADATA_SERVICE_ENDPOINT: " + parsed.error().message);
    found.service = std::move(*parsed);
    while (found.service.target.ends_with('/')) found.service.target.pop_back();
    int seconds = 1;
    auto failure = finder.number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", most_seconds, seconds);
    if (failure) return *failure;
    found.patience = std::chrono::seconds(seconds);
    int attempts = 0;
    failure =
        finder.number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", most_attempts, attempts);
    if (failure) return *failure;
    found.attempts_given = attempts > 0;
    if (found.attempts_given) found.attempts = attempts;
    return found;
}

std::optional<http_request> instance_metadata_exchange::next() const {
    if (step_ == step::done) return std::nullopt;
    http_request request;
    request.origin = settings_.service.origin;
    if (step_ == step::token) {
        request.method = "PUT";
        request.target = settings_.service.target + "/latest/api/token";
        request.headers.emplace_back("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    } else {
        request.method = "GET";
        request.target =
            settings_.service.target + std::string(role_path) + (step_ == step::keys ? role_ : std::string());
        request.headers.emplace_back("x-aws-ec2-metadata-token", token_);
    }
    return request;
}

void instance_metadata_exchange::answered(const result<http_reply>& reply) {
    const bool silent = !reply;
    const bool again = silent ? step_ != step::token || settings_.attempts_given : reply->status >= 500;
    if (again && ++failed_attempts_ < settings_.attempts) return;
    if (silent) {
        const std::string why = "no answer from " + where() + ": " + reply.error().message;
        // Elsewhere than on an instance nobody is there.
        return finish(step_ == step::token ? provider_answer::none(why) : provider_answer::failure(why));
    }
    switch (step_) {
    case step::token: return token_answered(*reply);
    case step::role: return role_answered(*reply);
    case step::keys: return keys_answered(*reply);
    case step::done: return;
    }
}

std::chrono::milliseconds instance_metadata_exchange::pause() const noexcept {
    return failed_attempts_ == 0 ? std::chrono::milliseconds(0)
                                 : std::chrono::milliseconds(50) * (1 << std::min(failed_attempts_, 5));
}

void instance_metadata_exchange::finish(provider_answer outcome) {
    step_ = step::done;
    failed_attempts_ = 0;
    outcome_ = std::move(outcome);
}

void instance_metadata_exchange::go_on(step next) {
    step_ = next;
    failed_attempts_ = 0;
}

void instance_metadata_exchange::token_answered(const http_reply& reply) {
    const std::string status = where() + " answered the request for a token with HTTP " + std::to_string(reply.status);
    switch (reply.status) {
    case 200: break;
    case 403: return finish(provider_answer::none(status + ": the metadata service is disabled"));
    case 404:
    case 405: return finish(provider_answer::none(status + ": there is no version 2 of the metadata service"));
    default: return finish(provider_answer::failure(status));
    }
    const std::string_view token = protocol::trimmed(reply.body);
    if (!is_header_text(token))
        return finish(provider_answer::failure(where() + " answered with a token that is none"));
    token_ = token;
    go_on(after_token_);
}

void instance_metadata_exchange::role_answered(const http_reply& reply) {
    if (reply.status == 401) return renew_token();
    if (reply.status == 404) return finish(provider_answer::none("no role is attached to this instance"));
    if (reply.status != 200) {
        return finish(provider_answer::failure(where() + " answered the request for the role's name with HTTP " +
                                               std::to_string(reply.status)));
    }
    const std::string_view text = protocol::trimmed(reply.body);
    const std::string_view name = protocol::trimmed(text.substr(0, text.find('\n')));
    if (name.empty()) return finish(provider_answer::none("no role is attached to this instance"));
    if (!is_role_name(name)) {
        return finish(provider_answer::failure(where() + " answered with a role's name that cannot be one"));
    }
    role_ = name;
    go_on(step::keys);
}

void instance_metadata_exchange::keys_answered(const http_reply& reply) {
    if (reply.status == 401) return renew_token();
    if (reply.status != 200) {
        return finish(provider_answer::failure(where() + " answered the request for the keys of the role " + role_ +
                                               " with HTTP " + std::to_string(reply.status)));
    }
    auto keys = parse_instance_reply(reply.body);
    if (!keys) return finish(provider_answer::failure(where() + ": " + keys.error().message));
    finish(std::move(*keys));
}

void instance_metadata_exchange::renew_token() {
    if (++renewals_ > most_renewals) {
        return finish(provider_answer::failure(where() + " refuses the token that it gave (HTTP 401)"));
    }
    after_token_ = step_;
    go_on(step::token);
}

std::chrono::system_clock::time_point extended_expiration(std::chrono::system_clock::time_point now, double random) {
    constexpr std::chrono::minutes at_least{10};
    constexpr std::chrono::duration<double, std::ratio<60>> at_random{5};
    return now + at_least + std::chrono::duration_cast<std::chrono::system_clock::duration>(at_random * random);
}

} // namespace sluice
