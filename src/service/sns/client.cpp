// The public operations, and the only place where their codecs are instantiated.
#include "service/operation_codec.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/topic_operations.hpp"

#include <sluice/sns/client.hpp>

namespace sluice::sns {

namespace asio = boost::asio;

asio::awaitable<create_topic_reply> client::create_topic(create_topic_request request) const {
    return service::invoke_or_throw<operations::create_topic>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_topic(delete_topic_request request) const {
    return service::invoke_or_throw<operations::delete_topic>(caller_, std::move(request));
}

asio::awaitable<subscribe_reply> client::subscribe(subscribe_request request) const {
    return service::invoke_or_throw<operations::subscribe>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::set_subscription_attributes(set_subscription_attributes_request request) const {
    return service::invoke_or_throw<operations::set_subscription_attributes>(caller_, std::move(request));
}

asio::awaitable<receipt> client::publish(publish_request request) const {
    return service::invoke_or_throw<operations::publish>(caller_, std::move(request));
}

asio::awaitable<publish_batch_reply> client::publish_batch(publish_batch_request request) const {
    return service::invoke_or_throw<operations::publish_batch>(caller_, std::move(request));
}

} // namespace sluice::sns

namespace sluice::service {

#define SLUICE_INSTANTIATE(operation)                                                                                  \
    template std::string encode_body<operation>(const operation::request&, wire_protocol);                             \
    template result<operation::reply> decode_reply<operation>(const http_reply&, const operation::request&,            \
                                                              wire_protocol);

SLUICE_INSTANTIATE(sns::operations::create_topic)
SLUICE_INSTANTIATE(sns::operations::delete_topic)
SLUICE_INSTANTIATE(sns::operations::subscribe)
SLUICE_INSTANTIATE(sns::operations::set_subscription_attributes)
SLUICE_INSTANTIATE(sns::operations::publish)
SLUICE_INSTANTIATE(sns::operations::publish_batch)

#undef SLUICE_INSTANTIATE

} // namespace sluice::service
