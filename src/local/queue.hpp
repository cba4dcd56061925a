// A queue, standard or FIFO: a value with functions that take `now`. No socket, no clock, no thread.
#pragma once

#include "local/broker_status.hpp"
#include "local/deduplication.hpp"
#include "local/journal.hpp"
#include "local/message.hpp"
#include "local/message_order.hpp"
#include "local/queue_settings.hpp"

#include <sluice/local/broker.hpp>

#include <cstdint>
#include <functional>
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

/// A message on its way from one queue to another: to a dead-letter queue, or back.
struct moved_message {
    uuid_text message_id;
    std::string sender;
    outgoing content;
    md5_text md5_of_body;
    sequence_text sequence_number;
    std::string source_arn; ///< of the queue that gave it up
    time_point sent;
    std::optional<time_point> first_received;
    std::uint64_t receive_count = 0;
};

struct receive_options {
    std::size_t max = 1;
    std::optional<std::int64_t> visibility_seconds; ///< none: the queue's own
    bool long_poll = false;
    std::string attempt_id; ///< ReceiveRequestAttemptId; empty: none. FIFO only
    /// Takes a message that was received too often; false when there is no place for it. Null: as if false.
    std::function<bool(moved_message)> to_dead_letters;
};

class queue {
  public:
    /// Settings as AWS names them; `now` is the time of creation. A FIFO queue's name ends in `.fifo`. Throws `fault`
    /// for unknown names and bad values.
    queue(std::string name, std::string arn, const std::map<std::string, std::string>& attributes, time_point now);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& arn() const noexcept { return arn_; }
    [[nodiscard]] const queue_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] bool is_fifo() const noexcept { return settings_.is_fifo(); }

    /// All or nothing: throws `fault` and changes nothing when one is wrong.
    void set_attributes(const std::map<std::string, std::string>& attributes, time_point now);
    /// Settings, times, ARN and the approximate counts.
    [[nodiscard]] std::map<std::string, std::string> attributes(time_point now);
    /// Throws `fault` for a message that the queue refuses.
    sent_message send(outgoing&& message, const std::string& sender, time_point now);

    /// Up to `max` messages: see `message_order`. At the in-flight limit a long poll and a FIFO queue get nothing; for
    /// others it throws `fault`.
    std::vector<received> receive(const receive_options& how, time_point now);

    /// As on AWS, on a standard queue a handle that is not the latest one of its message succeeds and deletes nothing;
    /// on a FIFO queue handles die with the visibility timeout.
    void remove(std::string_view receipt_handle, time_point now);
    void change_visibility(std::string_view receipt_handle, std::int64_t seconds, time_point now);
    void purge(time_point now);
    /// A fault: all messages in flight show now, as if their visibility had ended.
    void expire_visibility(time_point now);

    /// Without the checks and the deduplication of `send`.
    void take_over(moved_message message, time_point now);
    /// The next visible message leaves the queue; nothing when none is visible.
    std::optional<moved_message> give_up_next(time_point now);
    /// Of the message that `give_up_next` would give; empty when it came from nowhere else.
    [[nodiscard]] std::optional<std::string> next_source_arn(time_point now);
    [[nodiscard]] std::size_t visible_count(time_point now);

    /// When the next hidden message becomes visible; nothing when none is hidden.
    [[nodiscard]] std::optional<time_point> next_visible() const;
    [[nodiscard]] queue_ledger ledger(time_point now);

    /// All but tags and waiting polls, which are not the queue's own.
    [[nodiscard]] queue_status status(time_point now);
    /// Messages as they lie there, in the order of their arrival, without `status`. This is no receive: nothing changes
    /// for anybody.
    [[nodiscard]] queue_peek peek(const peek_query& wanted, time_point now);
    /// From now on what changes is written down there: the queue itself at once.
    void keep_in(record_place place);
    /// A queue as its own record has it, and as it will be kept; throws `damaged_record`. What is below its record
    /// follows with `restore_part`, in the order of the keys.
    static queue restored(std::string name, std::string arn, const record_reader& record, const record_place& place);
    void restore_part(std::string_view key, const record_reader& record);
    /// It goes, with everything that was written down.
    void erase_records() const;

  private:
    using number = message_number;
    struct stored {
        uuid_text message_id;
        std::string sender;
        outgoing content;
        md5_text md5_of_body;
        sequence_text sequence_number;
        std::string source_arn; ///< of the queue that it came from as a dead letter
        time_point sent;
        std::optional<time_point> first_received;
        time_point last_received{};
        std::uint64_t receive_count = 0;
        std::uint64_t nonce = 0;   ///< of the latest receipt handle
        time_point hidden_until{}; ///< meaningful unless visible
        message_state state = message_state::visible;
        bool delivery_recorded = false; ///< it has a record beside that of what was sent
        message_group* group = nullptr;
    };
    struct attempt {
        time_point when;
        std::vector<std::pair<number, std::uint64_t>> messages; ///< with the nonces of their handles
    };

    void check(const outgoing& message) const;
    [[nodiscard]] std::string deduplication_key(const outgoing& message) const;
    void keep(stored&& message, std::chrono::seconds delay, time_point now);
    /// Moves what became visible, and drops what is older than the retention period.
    void advance(time_point now);
    void hide(number which, stored& message, message_state state, time_point until);
    void show(number which, stored& message);
    void erase(number which);
    static moved_message copy_for_moving(const stored& message);
    /// False: it went to the dead letters.
    bool hand_out_one(number which, const receive_options& how, time_point until, time_point now,
                      std::vector<received>& out);
    static peeked_message peeked(number which, const stored& message, const peek_query& wanted);
    received copy_of(number which, const stored& message) const;
    /// What the attempt of this id got, when none of it was touched since; its visibility starts anew.
    std::optional<std::vector<received>> repeat(const std::string& attempt_id, time_point until, time_point now);
    [[nodiscard]] std::string make_handle(number which, std::uint64_t nonce) const;
    /// The message of a handle and whether the handle is its latest one; null when the message is gone. Throws `fault`
    /// for a handle that this queue never gave.
    std::pair<stored*, bool> find(std::string_view receipt_handle, number& which);

    // What is written down, after what was changed; without a storage nothing.
    void record_queue() const;
    void record_counters() const;
    void record_message(number which, const stored& message) const;
    void record_delivery(number which, stored& message) const; ///< what receives made of a message
    void record_attempt(const std::string& id, const attempt& one) const;
    void erase_records_of(number which, const stored& message) const;
    void restore_message(number which, const record_reader& record);
    void restore_delivery(number which, const record_reader& record);

    std::string name_;
    std::string arn_;
    std::string identity_; ///< a queue made again under the same name is another one
    queue_settings settings_;
    time_point created_;
    time_point modified_;
    std::optional<time_point> purged_at_;

    std::map<number, stored> messages_; ///< by arrival
    message_order order_;
    std::set<std::pair<time_point, number>> hidden_;
    std::set<std::pair<time_point, number>> taken_over_; ///< by their age: they may be older than their neighbours
    deduplication recent_;
    std::map<std::string, attempt> attempts_;
    number last_number_ = 0;
    std::uint64_t last_nonce_ = 0;
    queue_ledger totals_;
    rate_counter sent_;
    rate_counter received_;
    rate_counter deleted_;
    record_place place_;
    time_point latest_restored_{}; ///< when the youngest of the restored messages was sent
};

} // namespace sluice::local
