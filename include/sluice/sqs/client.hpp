// The operations of SQS, one member each. `sqs::writer` and `sqs::reader` are what most programs want instead.
#pragma once

#include <sluice/sqs/operations.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice::calls {
class caller;
}

namespace sluice::sqs {

/// Every member sends one request (retried as the session says) and throws `sluice::error`: codes, request id, HTTP
/// status and whether the request may have been applied are in it. Batches throw only when the whole request failed.
/// Cancellation: the request is given up at once; it may have been applied. Usable from several coroutines and
/// threads; the object may be destroyed while its operations run.
/// Source: Amazon SQS API reference, 2012-11-05.
class client {
  public:
    explicit client(std::shared_ptr<sluice::calls::caller> caller) : caller_(std::move(caller)) {}

    boost::asio::awaitable<queue_url_reply> create_queue(create_queue_request request) const;
    boost::asio::awaitable<queue_url_reply> get_queue_url(get_queue_url_request request) const;
    boost::asio::awaitable<queue_attributes_reply> get_queue_attributes(get_queue_attributes_request request) const;
    boost::asio::awaitable<empty_reply> set_queue_attributes(set_queue_attributes_request request) const;
    boost::asio::awaitable<empty_reply> delete_queue(delete_queue_request request) const;

    boost::asio::awaitable<receipt> send_message(send_message_request request) const;
    boost::asio::awaitable<batch_reply<receipt>> send_message_batch(send_message_batch_request request) const;
    boost::asio::awaitable<receive_message_reply> receive_message(receive_message_request request) const;
    boost::asio::awaitable<empty_reply> delete_message(delete_message_request request) const;
    boost::asio::awaitable<batch_reply<void>> delete_message_batch(delete_message_batch_request request) const;
    boost::asio::awaitable<empty_reply> change_message_visibility(change_message_visibility_request request) const;
    boost::asio::awaitable<batch_reply<void>>
    change_message_visibility_batch(change_message_visibility_batch_request request) const;

  private:
    std::shared_ptr<sluice::calls::caller> caller_;
};

} // namespace sluice::sqs
