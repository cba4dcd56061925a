// What a session, or a provider that is used alone, finds around it: configuration, transport, and the places of keys.
#pragma once

#include "client/caller.hpp"
#include "credentials/provider_world.hpp"
#include "credentials/sources.hpp"
#include "session/configuration.hpp"
#include "session/sts_calls.hpp"

#include <sluice/session.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// Where it reads from. Tests put their own in.
struct outside_world {
    std::function<std::string(const char*)> variable;
    text_reader read_profile_file = &read_profile_text; ///< one that is not there is empty
    text_reader read_file;
    std::function<std::chrono::system_clock::time_point()> now = &std::chrono::system_clock::now;
    std::function<result<void>(const std::string& path, std::string_view text)> replace_file;

    /// Of this process; or nothing at all where the options say so.
    static outside_world of(const session_options& options);
};

class surroundings {
  public:
    /// Reads variables and files, once. Throws `error` with `errc::configuration` for what is wrong there.
    static surroundings find(const boost::asio::any_io_executor& executor, const session_options& options,
                             configuration::region_rule rule, outside_world outside);

    [[nodiscard]] const configuration& found() const noexcept { return found_; }
    /// For a caller, without credentials.
    [[nodiscard]] const calls::caller_options& calling() const noexcept { return calling_; }
    [[nodiscard]] const world_ptr& world() const noexcept { return world_; }
    [[nodiscard]] const std::shared_ptr<sts_calls>& sts() const noexcept { return sts_; }

    [[nodiscard]] std::shared_ptr<credentials_source> profile_source() const;
    [[nodiscard]] std::shared_ptr<credentials_source> default_chain() const;

  private:
    configuration found_;
    bool profile_is_given_ = false; ///< in code: it goes before variables with keys
    std::shared_ptr<const profile_files> files_;
    calls::caller_options calling_;
    std::shared_ptr<sts_calls> sts_;
    world_ptr world_;
    std::shared_ptr<credentials_source> instance_;
};

} // namespace sluice
