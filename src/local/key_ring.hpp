// The keys that the broker knows: those it was started with, and those that AssumeRole gave out.
#pragma once

#include "local/text.hpp"

#include <sluice/local/broker.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Whom a key stands for.
struct identity {
    std::string account_id;
    std::string arn;
    std::string user_id;
};

struct known_key {
    access_key key;
    identity owner;
    std::optional<time_point> expires; ///< nothing: never
};

/// Safe from several threads: signatures are checked in parallel, outside of the broker's lock.
class key_ring {
  public:
    /// Keys without an account are of `default_account`.
    key_ring(std::vector<access_key> keys, const std::string& default_account);

    /// Null when there is none.
    [[nodiscard]] std::shared_ptr<const known_key> find(std::string_view id) const;

    /// A new key with a session token. Of those that were given out the oldest are forgotten beyond 10,000.
    known_key issue(identity owner, time_point expires);

    /// The root user of an account.
    [[nodiscard]] static identity root_of(const std::string& account_id);

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const known_key>, std::less<>> keys_;
    std::deque<std::string> issued_; ///< ids, oldest first
};

} // namespace sluice::local
