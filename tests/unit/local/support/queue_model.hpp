// The documented rules of SQS queues, as simply as they can be said: a list of messages that every question walks
// through. It shares nothing with the broker. Times are milliseconds.
// Sources: SQS developer guide, "Visibility timeout", "FIFO delivery logic", "Exactly-once processing", "Dead-letter
// queues"; SQS API reference, ReceiveMessage, DeleteMessage, ChangeMessageVisibility.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace local_tests {

struct model_message {
    std::string body; ///< every message has another one
    std::string group;
    std::int64_t sent = 0;
    std::int64_t hidden_until = 0;
    std::int64_t last_received = 0;
    bool in_flight = false; ///< received, and the visibility timeout runs
    std::uint64_t receives = 0;
    std::string handle; ///< the latest one
};

struct model_settings {
    bool fifo = false;
    std::int64_t visibility = 30'000;
    std::int64_t delay = 0;
    std::int64_t retention = 345'600'000;
    std::uint64_t max_receives = 0; ///< 0: no dead-letter queue
};

enum class model_refusal { none, expired_handle, no_such_message, not_in_flight, beyond_limit };

class queue_model {
  public:
    explicit queue_model(model_settings settings) : settings_(settings) {}

    /// The body of the message that counts: that of the first one with this deduplication id.
    std::string send(const model_message& message, const std::string& deduplication_id, std::int64_t delay,
                     std::int64_t now);
    /// Bodies; those that go to the dead letters are appended there. The broker's handles are told with `learn`.
    std::vector<std::string> receive(std::size_t max, std::optional<std::int64_t> visibility,
                                     const std::string& attempt_id, std::int64_t now, queue_model* dead_letters);
    void learn(const std::string& body, const std::string& handle);
    model_refusal remove(const std::string& body, const std::string& handle, std::int64_t now);
    model_refusal change_visibility(const std::string& body, const std::string& handle, std::int64_t timeout,
                                    std::int64_t now);

    [[nodiscard]] std::uint64_t receives_of(const std::string& body) const;
    [[nodiscard]] std::size_t visible(std::int64_t now);
    [[nodiscard]] std::size_t in_flight(std::int64_t now);
    [[nodiscard]] std::size_t size(std::int64_t now);

  private:
    struct attempt {
        std::int64_t when = 0;
        std::vector<std::pair<std::string, std::string>> got; ///< bodies and handles
    };

    void pass(std::int64_t now);
    model_message* find(const std::string& body);
    bool is_blocked(const std::string& group) const;
    /// What one step of a receive looks at: one message of a standard queue, a run of a group of a FIFO queue.
    std::vector<model_message*> next(std::size_t max);
    std::optional<std::vector<std::string>> repeat(const std::string& attempt_id, std::int64_t until, std::int64_t now);

    model_settings settings_;
    std::list<model_message> messages_;                                ///< in the order of their arrival
    std::map<std::string, std::pair<std::int64_t, std::string>> seen_; ///< by deduplication id: when, body
    std::map<std::string, attempt> attempts_;
    std::string learning_; ///< the attempt whose handles come next
};

} // namespace local_tests
