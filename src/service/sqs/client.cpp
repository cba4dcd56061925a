// The public operations, and the only place where their codecs are instantiated.
#include "service/operation_codec.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/queue_operations.hpp"

#include <sluice/sqs/client.hpp>

namespace sluice::sqs {

namespace asio = boost::asio;

asio::awaitable<queue_url_reply> client::create_queue(create_queue_request request) const {
    return service::invoke_or_throw<operations::create_queue>(caller_, std::move(request));
}

asio::awaitable<queue_url_reply> client::get_queue_url(get_queue_url_request request) const {
    return service::invoke_or_throw<operations::get_queue_url>(caller_, std::move(request));
}

asio::awaitable<queue_attributes_reply> client::get_queue_attributes(get_queue_attributes_request request) const {
    return service::invoke_or_throw<operations::get_queue_attributes>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::set_queue_attributes(set_queue_attributes_request request) const {
    return service::invoke_or_throw<operations::set_queue_attributes>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_queue(delete_queue_request request) const {
    return service::invoke_or_throw<operations::delete_queue>(caller_, std::move(request));
}

asio::awaitable<receipt> client::send_message(send_message_request request) const {
    return service::invoke_or_throw<operations::send_message>(caller_, std::move(request));
}

asio::awaitable<batch_reply<receipt>> client::send_message_batch(send_message_batch_request request) const {
    return service::invoke_or_throw<operations::send_message_batch>(caller_, std::move(request));
}

asio::awaitable<receive_message_reply> client::receive_message(receive_message_request request) const {
    return service::invoke_or_throw<operations::receive_message>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_message(delete_message_request request) const {
    return service::invoke_or_throw<operations::delete_message>(caller_, std::move(request));
}

asio::awaitable<batch_reply<void>> client::delete_message_batch(delete_message_batch_request request) const {
    return service::invoke_or_throw<operations::delete_message_batch>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::change_message_visibility(change_message_visibility_request request) const {
    return service::invoke_or_throw<operations::change_message_visibility>(caller_, std::move(request));
}

asio::awaitable<batch_reply<void>>
client::change_message_visibility_batch(change_message_visibility_batch_request request) const {
    return service::invoke_or_throw<operations::change_message_visibility_batch>(caller_, std::move(request));
}

} // namespace sluice::sqs

namespace sluice::service {

#define SLUICE_INSTANTIATE(operation)                                                                                  \
    template std::string encode_body<operation>(const operation::request&, wire_protocol);                             \
    template result<operation::reply> decode_reply<operation>(const http_reply&, const operation::request&,            \
                                                              wire_protocol);

SLUICE_INSTANTIATE(sqs::operations::create_queue)
SLUICE_INSTANTIATE(sqs::operations::get_queue_url)
SLUICE_INSTANTIATE(sqs::operations::get_queue_attributes)
SLUICE_INSTANTIATE(sqs::operations::set_queue_attributes)
SLUICE_INSTANTIATE(sqs::operations::delete_queue)
SLUICE_INSTANTIATE(sqs::operations::send_message)
SLUICE_INSTANTIATE(sqs::operations::send_message_batch)
SLUICE_INSTANTIATE(sqs::operations::receive_message)
SLUICE_INSTANTIATE(sqs::operations::delete_message)
SLUICE_INSTANTIATE(sqs::operations::delete_message_batch)
SLUICE_INSTANTIATE(sqs::operations::change_message_visibility)
SLUICE_INSTANTIATE(sqs::operations::change_message_visibility_batch)

#undef SLUICE_INSTANTIATE

} // namespace sluice::service
