// Where the keys come from.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// Overwrites its keys when it goes. Copies that a program makes of the strings are its own to look after.
struct SLUICE_API credentials {
    credentials() = default;
    credentials(std::string id, std::string secret, std::string token = {})
        : access_key_id(std::move(id)), secret_access_key(std::move(secret)), session_token(std::move(token)) {}
    credentials(const credentials&) = default;
    credentials(credentials&&) noexcept = default;
    /// What was here before is overwritten.
    credentials& operator=(credentials other) noexcept;
    ~credentials();

    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token; ///< empty for long-term keys
    std::optional<std::chrono::system_clock::time_point> expiration;
    std::string account_id; ///< empty where the provider does not tell
};

/// Asked before every request; an implementation caches. It must be usable from several coroutines at once.
class SLUICE_API credentials_provider {
  public:
    credentials_provider() = default;
    credentials_provider(const credentials_provider&) = delete;
    credentials_provider& operator=(const credentials_provider&) = delete;
    virtual ~credentials_provider() = default;

    /// The keys to sign with now. Fails with `errc::credentials`.
    virtual boost::asio::awaitable<result<credentials>> get() = 0;

    /// A service refused `expired` as expired. True: the next `get` will look for others, so the call is worth
    /// repeating once. Must not block.
    virtual bool discard([[maybe_unused]] const credentials& expired) { return false; }
};

/// Always these keys.
SLUICE_API std::shared_ptr<credentials_provider> static_credentials(credentials keys);

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_ACCOUNT_ID`, read at every call. Blank
/// counts as unset. One of the first two without the other is an error that names the missing one.
SLUICE_API std::shared_ptr<credentials_provider> environment_credentials();

} // namespace sluice
