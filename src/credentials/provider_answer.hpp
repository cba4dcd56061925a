// What one place says when it is asked for keys.
#pragma once

#include <sluice/credentials.hpp>
#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// Keys; or that this place was not set up to have any, with the reason; or that it was and failed.
class provider_answer {
  public:
    provider_answer() : why_(errc::credentials, "nothing was asked") {}
    provider_answer(credentials keys) : keys_(std::move(keys)) {}    // NOLINT(google-explicit-constructor)
    provider_answer(error_info failure) : why_(std::move(failure)) { // NOLINT(google-explicit-constructor)
        why_.code = errc::credentials; // whatever went wrong on the way to them: what is missing is keys
    }
    provider_answer(result<credentials> outcome) { // NOLINT(google-explicit-constructor)
        if (outcome) keys_.emplace(std::move(*outcome));
        else why_ = outcome.error();
        why_.code = errc::credentials;
    }

    static provider_answer none(std::string why) {
        provider_answer made(error_info(errc::credentials, std::move(why)));
        made.is_set_up_ = false;
        return made;
    }
    static provider_answer failure(std::string why) { return {error_info(errc::credentials, std::move(why))}; }

    [[nodiscard]] bool has_keys() const noexcept { return keys_.has_value(); }
    /// The place has nothing to say: the next one is asked.
    [[nodiscard]] bool has_none() const noexcept { return !is_set_up_; }
    /// Of an answer without keys.
    [[nodiscard]] const error_info& why() const noexcept { return why_; }
    /// Of an answer that has them.
    [[nodiscard]] credentials& keys() noexcept { return *keys_; }
    [[nodiscard]] result<credentials> outcome() && {
        if (keys_) return std::move(*keys_);
        return std::move(why_);
    }

    /// Who gave them, in words; empty where nobody said.
    std::string origin;

  private:
    std::optional<credentials> keys_;
    error_info why_;
    bool is_set_up_ = true;
};

/// A place where keys may be. Whoever asks keeps it alive until the answer is there.
class credentials_source {
  public:
    credentials_source() = default;
    credentials_source(const credentials_source&) = delete;
    credentials_source& operator=(const credentials_source&) = delete;
    virtual ~credentials_source() = default;

    /// For error texts, such as `container`.
    [[nodiscard]] virtual std::string name() const = 0;
    virtual boost::asio::awaitable<provider_answer> ask() = 0;
};

} // namespace sluice
