// The operations of SQS over a set of queues. Pure: `now` is an argument, a long poll is a value.
#pragma once

#include "local/access_policy.hpp"
#include "local/move_tasks.hpp"
#include "local/queue.hpp"
#include "local/wire.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// A ReceiveMessage, checked.
struct receive_request {
    std::string queue_name;
    std::size_t max_messages = 1;
    std::optional<std::int64_t> visibility_seconds;
    std::int64_t wait_seconds = 0;
    std::vector<std::string> attribute_names;
    std::vector<std::string> system_attribute_names;
    std::string attempt_id; ///< ReceiveRequestAttemptId
};

struct request_context {
    time_point now;
    std::string host;       ///< of the request: URLs are made of it
    bool secure = false;    ///< they begin with https
    std::string path;       ///< may name the queue
    std::string sender;     ///< SenderId of what is sent: the account's id, as for its root user
    std::string account_id; ///< of the caller, who may be another than the queue's owner
    std::string caller_arn;
    /// False for a link of an envelope that somebody follows: nobody knows who.
    bool authenticated = true;

    /// Where the caller reached the broker, such as `http://127.0.0.1:40001`.
    [[nodiscard]] std::string endpoint() const;
};

/// What a call needs at the queue that it names.
struct permission {
    std::string_view action; ///< such as `sqs:sendmessage`
    bool owner_only = false; ///< no policy gives it to another account
};

/// Throws `fault` for more tags than a queue may have, or ones that are too long.
void check_tags(const std::map<std::string, std::string>& tags);

class sqs_service {
  public:
    /// `place`: where what changes is written down.
    sqs_service(std::string region, std::string account_id, record_place place);

    /// Writes the reply. Returns the request of a long poll that found nothing: whoever waits calls `receive` again.
    /// Throws `fault`.
    std::optional<receive_request> handle(std::string_view action, const input& parameters, output& reply,
                                          const request_context& context);

    /// The account of the queue that a call names, which may be another than the caller's; empty when it names none.
    [[nodiscard]] static std::string owner_of(std::string_view action, const input& parameters,
                                              const request_context& context);

    /// For a waiting long poll; empty when there is nothing. Throws `fault` when the queue is gone.
    std::vector<received> receive(const receive_request& request, time_point now);
    static void write_received(output& reply, const receive_request& request, std::vector<received> messages);

    /// A message from elsewhere. Throws `fault` when the queue refuses it.
    void deliver(queue& to, outgoing message, const std::string& sender, time_point now);

    /// The queues, by name, that calls had to do with since the last time: long polls may go on there.
    [[nodiscard]] std::vector<std::string> take_touched();

    [[nodiscard]] queue* find_queue(std::string_view name);
    [[nodiscard]] queue* find_queue_by_arn(std::string_view arn);
    [[nodiscard]] std::string arn_of(std::string_view name) const;
    [[nodiscard]] std::map<std::string, queue_ledger> ledger(time_point now);
    /// The queues that are on the page.
    [[nodiscard]] std::vector<queue_status> status(page_selection& page, time_point now);
    /// Nothing when there is no such queue.
    [[nodiscard]] std::optional<queue_peek> peek(const peek_query& wanted, time_point now);

    /// What was written down below `place`, in the order of the keys; throws `damaged_record`.
    void restore(std::string_view key, const record_reader& record);
    /// It goes, with everything that was written down.
    void erase_records() const;

    /// For time that went by: move tasks go on.
    void advance(time_point now);
    /// When `advance` has something to do.
    [[nodiscard]] std::optional<time_point> next_event() const { return move_tasks_.next_event(); }

  private:
    using members = const input&;

    std::string url_of(const std::string& name, const request_context& context) const;
    /// The queue that a call names, for a caller who may do that with it. Throws `fault`.
    queue& queue_of(members parameters, const request_context& context, const permission& what);
    [[nodiscard]] access_verdict verdict_on(const queue& of, const request_context& context,
                                            std::string_view action) const;

    void add_permission(members parameters, output& reply, const request_context& context);
    void cancel_message_move_task(members parameters, output& reply, const request_context& context);
    void change_message_visibility(members parameters, output& reply, const request_context& context);
    void change_message_visibility_batch(members parameters, output& reply, const request_context& context);
    void create_queue(members parameters, output& reply, const request_context& context);
    void delete_message(members parameters, output& reply, const request_context& context);
    void delete_message_batch(members parameters, output& reply, const request_context& context);
    void delete_queue(members parameters, output& reply, const request_context& context);
    void get_queue_attributes(members parameters, output& reply, const request_context& context);
    void get_queue_url(members parameters, output& reply, const request_context& context);
    void list_dead_letter_source_queues(members parameters, output& reply, const request_context& context);
    void list_message_move_tasks(members parameters, output& reply, const request_context& context);
    void list_queue_tags(members parameters, output& reply, const request_context& context);
    void list_queues(members parameters, output& reply, const request_context& context);
    void purge_queue(members parameters, output& reply, const request_context& context);
    void remove_permission(members parameters, output& reply, const request_context& context);
    void send_message(members parameters, output& reply, const request_context& context);
    void send_message_batch(members parameters, output& reply, const request_context& context);
    void set_queue_attributes(members parameters, output& reply, const request_context& context);
    void start_message_move_task(members parameters, output& reply, const request_context& context);
    void tag_queue(members parameters, output& reply, const request_context& context);
    void untag_queue(members parameters, output& reply, const request_context& context);
    std::optional<receive_request> receive_message(members parameters, output& reply, const request_context& context);

    std::vector<received> receive_from(queue& from, const receive_request& request, time_point now);
    /// Throws `fault` when a redrive policy among the attributes names a queue that may not take the dead letters.
    void check_redrive(const std::string& source_arn, const std::map<std::string, std::string>& attributes);
    /// With what the queue itself does not know.
    [[nodiscard]] queue_status status_of(queue& one, time_point now);
    [[nodiscard]] bool is_dead_letter_queue(std::string_view arn) const;
    void move_one(move_task& task, queue& from, time_point now);
    [[nodiscard]] record_place place_of(std::string_view queue_name) const;
    void record_tags(const std::string& queue_name) const;

    std::string region_;
    std::string account_id_;
    std::map<std::string, queue, std::less<>> queues_;
    std::map<std::string, std::map<std::string, std::string>> tags_; ///< by queue name
    move_tasks move_tasks_;
    std::vector<std::string> touched_;
    record_place place_;
};

} // namespace sluice::local
