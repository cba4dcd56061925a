// How long a client may take: deadlines of one connection, without a clock of their own.
#pragma once

#include <sluice/local/broker.hpp>

#include <chrono>
#include <cstddef>

namespace sluice::local {

enum class client_stage {
    handshake, ///< of TLS, from the opening of the connection
    head,      ///< of a request, from its first byte; of the first one from the opening of the connection
    body,
    served, ///< the broker is at work, or a poll waits: no deadline
    reply,  ///< is being sent
    rest,   ///< between two requests
    drain,  ///< refused: what the client still sends is dropped
};

constexpr std::size_t client_stages = 7;

class client_pace {
  public:
    using clock_point = std::chrono::steady_clock::time_point;

    /// A body or a reply that moves at least so fast is never too slow.
    static constexpr std::size_t slowest_bytes_per_second = std::size_t(64) * 1024;
    /// A client that rests for so long is no busy one: it needs no buffers.
    static constexpr std::chrono::seconds rest_with_buffers{2};

    explicit client_pace(const client_deadlines& allowed) noexcept : allowed_(allowed) {}

    void enter(client_stage stage, clock_point now) noexcept {
        stage_ = stage;
        since_ = now;
        moved_ = 0;
        lean_ = false;
    }
    /// So much of the body has arrived, or so much of the reply is to be sent.
    void move(std::size_t bytes) noexcept { moved_ += bytes; }
    /// The buffers were given up.
    void become_lean() noexcept { lean_ = true; }

    [[nodiscard]] client_stage stage() const noexcept { return stage_; }
    /// The broker waits for something that the client should send.
    [[nodiscard]] bool is_clients_turn() const noexcept {
        return stage_ != client_stage::served && stage_ != client_stage::reply;
    }
    /// `clock_point::max()`: never.
    [[nodiscard]] clock_point deadline() const noexcept;
    [[nodiscard]] bool is_overdue(clock_point now) const noexcept { return now >= deadline(); }
    [[nodiscard]] bool should_become_lean(clock_point now) const noexcept {
        return stage_ == client_stage::rest && !lean_ && now >= since_ + rest_with_buffers;
    }
    /// When to look again.
    [[nodiscard]] clock_point alarm() const noexcept;

  private:
    client_deadlines allowed_;
    client_stage stage_ = client_stage::head;
    clock_point since_{};
    std::size_t moved_ = 0;
    bool lean_ = false;
};

} // namespace sluice::local
