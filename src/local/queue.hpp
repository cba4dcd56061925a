// A standard queue: a value with functions that take `now`. No socket, no clock, no thread.
#pragma once

#include "local/message.hpp"
#include "local/queue_settings.hpp"

#include <sluice/local/broker.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::local {

/// A copy of a message as a receive hands it out.
struct received {
    std::string message_id;
    std::string receipt_handle;
    std::string body;
    std::string md5_of_body;
    std::vector<attribute> attributes;
    std::map<std::string, std::string> system_attributes;
};

class queue {
  public:
    /// Settings as AWS names them; `now` is the time of creation. Throws `fault` for unknown names and bad values.
    queue(std::string name, std::string arn, const std::map<std::string, std::string>& attributes, time_point now);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& arn() const noexcept { return arn_; }
    [[nodiscard]] const queue_settings& settings() const noexcept { return settings_; }

    /// All or nothing: throws `fault` and changes nothing when one is wrong.
    void set_attributes(const std::map<std::string, std::string>& attributes, time_point now);
    /// Settings, times, ARN and the approximate counts.
    [[nodiscard]] std::map<std::string, std::string> attributes(time_point now);
    /// Throws `fault` for a message that the queue refuses.
    sent_message send(outgoing message, const std::string& sender, time_point now);

    /// Up to `max` messages, about in the order of their arrival. At the in-flight limit a long poll gets nothing; for
    /// others it throws `fault`.
    std::vector<received> receive(std::size_t max, std::optional<std::int64_t> visibility_seconds, bool long_poll,
                                  time_point now);

    /// As on AWS, a handle that is not the latest one of its message succeeds and deletes nothing.
    void remove(std::string_view receipt_handle, time_point now);
    void change_visibility(std::string_view receipt_handle, std::int64_t seconds, time_point now);
    void purge(time_point now);
    /// A fault: all messages in flight show now, as if their visibility had ended.
    void expire_visibility(time_point now);

    /// When the next hidden message becomes visible; nothing when none is hidden.
    [[nodiscard]] std::optional<time_point> next_visible() const;
    [[nodiscard]] queue_ledger ledger(time_point now);

  private:
    struct stored {
        std::string message_id;
        std::string sender;
        outgoing content;
        std::string md5_of_body;
        time_point sent;
        std::optional<time_point> first_received;
        time_point last_received{};
        std::uint64_t receive_count = 0;
        std::uint64_t nonce = 0;   ///< of the latest receipt handle
        time_point hidden_until{}; ///< meaningful while in `hidden_`
        bool in_flight = false;    ///< received, not delayed
    };
    using number = std::uint64_t; ///< of arrival

    /// Moves what became visible, and drops what is older than the retention period.
    void advance(time_point now);
    void hide(number which, stored& message, time_point until);
    void show(number which, stored& message);
    void erase(number which);
    received hand_out(number which, stored& message, time_point now);
    [[nodiscard]] std::string make_handle(number which, std::uint64_t nonce) const;
    /// The message of a handle and whether the handle is its latest one; null when the message is gone. Throws `fault`
    /// for a handle that this queue never gave.
    std::pair<stored*, bool> find(std::string_view receipt_handle, number& which);

    std::string name_;
    std::string arn_;
    std::string identity_; ///< a queue made again under the same name is another one
    queue_settings settings_;
    time_point created_;
    time_point modified_;
    std::optional<time_point> purged_at_;

    std::map<number, stored> messages_; ///< by arrival, which is by age
    std::set<number> visible_;
    std::set<std::pair<time_point, number>> hidden_;
    std::size_t in_flight_ = 0;
    number last_number_ = 0;
    std::uint64_t last_nonce_ = 0;
    queue_ledger totals_;
};

} // namespace sluice::local
