// Who gives way when the unfinished requests of all clients are more than the broker may hold.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace sluice::local {

class connection;

/// Any thread may use it. It never looks into a connection: that is only a name.
class unfinished_bytes {
  public:
    explicit unfinished_bytes(std::size_t limit) noexcept : limit_(limit) {}

    /// `who` got another piece and has now `bytes` of an unfinished request in memory. Those who must give way are
    /// counted no more: the ones that have waited longest for their next piece, so that who trickles cannot starve who
    /// sends. It may be `who`, if nothing else is left.
    std::vector<const connection*> hold(const connection* who, std::size_t bytes);
    /// Its request is complete or gone. Harmless when it holds nothing.
    void release(const connection* who) noexcept;

    [[nodiscard]] std::size_t total() const;

  private:
    struct holding {
        const connection* who;
        std::size_t bytes;
    };

    mutable std::mutex mutex_;
    std::size_t limit_;
    std::size_t total_ = 0;
    std::list<holding> by_last_piece_; ///< the longest ago first
    std::unordered_map<const connection*, std::list<holding>::iterator> places_;
};

} // namespace sluice::local
