// The demo's judge: which message must reach which queue, and which did. Decided by ids, apart from the broker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// The country of message `id`: they take turns.
std::string_view country_of(std::size_t id) noexcept;

class demo_ledger {
  public:
    struct row {
        std::string queue;
        std::size_t expected = 0;
        std::size_t received = 0; ///< different messages
        std::size_t missing = 0;
        std::size_t duplicates = 0;
        std::size_t unexpected = 0;           ///< that the queue's filter should have kept out, or that nobody sent
        std::vector<std::size_t> missing_ids; ///< the first of them
    };

    explicit demo_ledger(std::size_t messages) : messages_(messages) {}

    /// A queue that gets the messages of these countries; none named: of all. Returns its number.
    std::size_t add_queue(std::string name, std::vector<std::string> countries = {});

    /// A message was read from a queue. True when it is the first time and was expected.
    bool receive(std::size_t queue, std::size_t id);
    /// Something was read that is not what was sent.
    void receive_damaged(std::size_t queue);

    [[nodiscard]] bool complete() const noexcept { return outstanding_ == 0; }
    [[nodiscard]] std::size_t expected() const noexcept { return expected_; }
    [[nodiscard]] std::size_t outstanding() const noexcept { return outstanding_; }
    [[nodiscard]] std::vector<row> rows() const;

  private:
    struct queue {
        std::string name;
        std::vector<std::string> countries;
        std::vector<std::uint8_t> seen; ///< how often, by id; stops at 255
        std::size_t duplicates = 0;
        std::size_t unexpected = 0;
    };

    [[nodiscard]] static bool wants(const queue& of, std::size_t id);

    std::size_t messages_;
    std::size_t expected_ = 0;
    std::size_t outstanding_ = 0;
    std::vector<queue> queues_;
};

} // namespace sluice::cli
