// The token that `aws sso login` leaves in ~/.aws/sso/cache, and what to do with it. No I/O.
#pragma once

#include <sluice/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct sso_settings {
    sso_settings() = default;

    std::string session; ///< of `[sso-session NAME]`; empty: the old form without one
    std::string start_url;
    std::string region;
    std::string account_id;
    std::string role_name;

    /// SHA-1 of the session's name, or of the start URL in the old form.
    [[nodiscard]] std::string token_file(const std::string& home) const;
};

/// Overwrites its secrets when it goes.
struct sso_token {
    sso_token() = default;
    sso_token(const sso_token&) = default;
    sso_token(sso_token&&) noexcept = default;
    sso_token& operator=(sso_token other) noexcept;
    ~sso_token();

    using time_point = std::chrono::system_clock::time_point;

    std::string access_token;
    std::string refresh_token;
    std::string client_id;
    std::string client_secret;
    std::string region;
    std::string start_url;
    time_point expires_at;
    std::optional<time_point> registration_expires_at; ///< of the client

    static result<sso_token> parse(std::string_view json);
    /// As the AWS CLI writes it.
    [[nodiscard]] std::string to_json() const;

    enum class step { use, refresh, log_in };
    /// Renewed from 5 minutes before it expires, where it can be.
    [[nodiscard]] step next(time_point now) const;

    /// The body of the request for a new token, and what its answer makes of this one.
    [[nodiscard]] std::string refresh_request() const;
    [[nodiscard]] result<sso_token> renewed(std::string_view reply, time_point now) const;
};

} // namespace sluice
