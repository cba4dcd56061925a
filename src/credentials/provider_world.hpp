// What providers reach the outside through. Tests put their own in.
#pragma once

#include "credentials/provider_answer.hpp"
#include "credentials/secret.hpp"
#include "transport/http_url.hpp"

#include <sluice/credentials.hpp>
#include <sluice/error.hpp>
#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A role as a profile or the environment names it.
struct role_settings {
    role_settings() = default;

    std::string role_arn;
    std::string session_name; ///< empty: one is made up
    std::string external_id;
    std::string mfa_serial;
    std::string web_identity_token_file; ///< not empty: the role is taken on with this token, not with keys
    std::optional<std::chrono::seconds> duration;
};

struct provider_world {
    boost::asio::any_io_executor executor;
    /// A variable of the process; empty where it is not set or blank.
    std::function<std::string(const char*)> variable;
    /// A property of the session's profile; empty where there is none.
    std::function<std::string(const char*)> profile_property;
    std::function<result<secret_text>(const std::string& path)> read_file;
    std::function<result<void>(const std::string& path, std::string_view text)> replace_file;

    std::shared_ptr<sluice::transport> transport;
    /// For services of this machine: no proxy, short patience.
    std::shared_ptr<sluice::transport> local_transport;
    /// The same, and only to the addresses that a container's endpoint may have.
    std::shared_ptr<sluice::transport> container_transport;

    /// The two calls of STS.
    std::function<boost::asio::awaitable<result<credentials>>(credentials keys, role_settings role)> assume_role;
    std::function<boost::asio::awaitable<result<credentials>>(std::string token, role_settings role)>
        assume_role_with_token;
    /// Where the services `sso` (the portal) and `oidc` are in a region.
    std::function<result<http_url>(std::string_view service, const std::string& region)> endpoint;

    std::function<std::chrono::system_clock::time_point()> now;
    std::function<double()> random; ///< uniform in [0, 1)
    std::chrono::milliseconds process_timeout{60'000};
};

using world_ptr = std::shared_ptr<const provider_world>;

/// A file's text without the line break at its end: tokens are kept like this.
result<std::string> read_token_file(const provider_world& world, const std::string& path);

/// Sends once, with `patience` for all of it.
boost::asio::awaitable<result<http_reply>> send_within(std::shared_ptr<transport> through, http_request request,
                                                       std::chrono::steady_clock::duration patience);

/// Waits; false when it was cancelled.
boost::asio::awaitable<bool> pause_for(boost::asio::any_io_executor executor,
                                       std::chrono::steady_clock::duration pause);

/// True where the text may stand in a header: no control characters, not empty.
bool is_header_text(std::string_view text) noexcept;

} // namespace sluice
