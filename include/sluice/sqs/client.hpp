// The operations of SQS, one member each. `sqs::writer` and `sqs::reader` are what most programs want instead.
#pragma once

#include <sluice/export.hpp>
#include <sluice/pages.hpp>
#include <sluice/sqs/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice::calls {
class caller;
}

namespace sluice::sqs {

class queue_directory;

/// Every member sends one request (retried as the session says) and throws `sluice::error`: codes, request id, HTTP
/// status and whether the request may have been applied are in it. What breaks a rule that is known here is refused
/// before sending: `errc::invalid_argument` names the field, its value and the rule. Batches throw only when the whole
/// request failed.
/// The `queue_url` of a request may also be the queue's ARN, or its name in the session's account and region: its URL
/// is asked for once and remembered; the ARN of a queue in another region is refused. Cancellation: the request is
/// given up at once; it may have been applied. Usable from several coroutines and threads; the object may be destroyed
/// while its operations run. Source: Amazon SQS API reference, 2012-11-05: all of its 23 operations.
class SLUICE_API client {
  public:
    /// `session::sqs()` makes one.
    client(std::shared_ptr<sluice::calls::caller> caller, std::shared_ptr<queue_directory> queues)
        : caller_(std::move(caller)), queues_(std::move(queues)) {}

    /// Idempotent for equal attributes; another value on an existing queue is refused by the service.
    boost::asio::awaitable<queue_url_reply> create_queue(create_queue_request request) const;
    boost::asio::awaitable<queue_url_reply> get_queue_url(get_queue_url_request request) const;
    boost::asio::awaitable<queue_attributes_reply> get_queue_attributes(get_queue_attributes_request request) const;
    /// Spreads within 60 s, the retention period within 15 minutes.
    boost::asio::awaitable<empty_reply> set_queue_attributes(set_queue_attributes_request request) const;
    boost::asio::awaitable<empty_reply> delete_queue(delete_queue_request request) const;
    boost::asio::awaitable<empty_reply> purge_queue(purge_queue_request request) const;
    boost::asio::awaitable<queue_page> list_queues(list_queues_request request = list_queues_request()) const;
    boost::asio::awaitable<queue_page>
    list_dead_letter_source_queues(list_dead_letter_source_queues_request request) const;
    /// All queues, a page at a time: of 1000 unless `max_results` says otherwise.
    pages<queue_page> queue_pages(list_queues_request request = list_queues_request()) const;
    pages<queue_page> dead_letter_source_queue_pages(list_dead_letter_source_queues_request request) const;

    boost::asio::awaitable<receipt> send_message(send_message_request request) const;
    boost::asio::awaitable<batch_reply<receipt>> send_message_batch(send_message_batch_request request) const;
    boost::asio::awaitable<receive_message_reply> receive_message(receive_message_request request) const;
    boost::asio::awaitable<empty_reply> delete_message(delete_message_request request) const;
    boost::asio::awaitable<batch_reply<void>> delete_message_batch(delete_message_batch_request request) const;
    boost::asio::awaitable<empty_reply> change_message_visibility(change_message_visibility_request request) const;
    boost::asio::awaitable<batch_reply<void>>
    change_message_visibility_batch(change_message_visibility_batch_request request) const;

    boost::asio::awaitable<empty_reply> add_permission(add_permission_request request) const;
    boost::asio::awaitable<empty_reply> remove_permission(remove_permission_request request) const;
    boost::asio::awaitable<empty_reply> tag_queue(tag_queue_request request) const;
    boost::asio::awaitable<empty_reply> untag_queue(untag_queue_request request) const;
    boost::asio::awaitable<queue_tags_reply> list_queue_tags(list_queue_tags_request request) const;

    boost::asio::awaitable<start_message_move_task_reply>
    start_message_move_task(start_message_move_task_request request) const;
    boost::asio::awaitable<cancel_message_move_task_reply>
    cancel_message_move_task(cancel_message_move_task_request request) const;
    boost::asio::awaitable<list_message_move_tasks_reply>
    list_message_move_tasks(list_message_move_tasks_request request) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
    std::shared_ptr<queue_directory> queues_;
};

} // namespace sluice::sqs
