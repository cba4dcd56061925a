// The public operations of SNS.
#include "service/generic_call.hpp"
#include "service/pages.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"

#include <sluice/sns/client.hpp>

namespace sluice {

template class pages<sns::topic_page>;
template class pages<sns::subscription_page>;

} // namespace sluice

namespace sluice::sns {

namespace asio = boost::asio;

asio::awaitable<create_topic_reply> client::create_topic(create_topic_request request) const {
    return service::invoke_or_throw<operations::create_topic>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_topic(delete_topic_request request) const {
    return service::invoke_or_throw<operations::delete_topic>(caller_, std::move(request));
}

asio::awaitable<topic_page> client::list_topics(list_topics_request request) const {
    return service::invoke_or_throw<operations::list_topics>(caller_, std::move(request));
}

asio::awaitable<attributes_reply> client::get_topic_attributes(get_topic_attributes_request request) const {
    return service::invoke_or_throw<operations::get_topic_attributes>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::set_topic_attributes(set_topic_attributes_request request) const {
    return service::invoke_or_throw<operations::set_topic_attributes>(caller_, std::move(request));
}

asio::awaitable<data_protection_policy_reply>
client::get_data_protection_policy(get_data_protection_policy_request request) const {
    return service::invoke_or_throw<operations::get_data_protection_policy>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::put_data_protection_policy(put_data_protection_policy_request request) const {
    return service::invoke_or_throw<operations::put_data_protection_policy>(caller_, std::move(request));
}

asio::awaitable<subscribe_reply> client::subscribe(subscribe_request request) const {
    return service::invoke_or_throw<operations::subscribe>(caller_, std::move(request));
}

asio::awaitable<subscribe_reply> client::confirm_subscription(confirm_subscription_request request) const {
    return service::invoke_or_throw<operations::confirm_subscription>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::unsubscribe(unsubscribe_request request) const {
    return service::invoke_or_throw<operations::unsubscribe>(caller_, std::move(request));
}

asio::awaitable<subscription_page> client::list_subscriptions(list_subscriptions_request request) const {
    return service::invoke_or_throw<operations::list_subscriptions>(caller_, std::move(request));
}

asio::awaitable<subscription_page>
client::list_subscriptions_by_topic(list_subscriptions_by_topic_request request) const {
    return service::invoke_or_throw<operations::list_subscriptions_by_topic>(caller_, std::move(request));
}

asio::awaitable<attributes_reply>
client::get_subscription_attributes(get_subscription_attributes_request request) const {
    return service::invoke_or_throw<operations::get_subscription_attributes>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::set_subscription_attributes(set_subscription_attributes_request request) const {
    return service::invoke_or_throw<operations::set_subscription_attributes>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::add_permission(add_permission_request request) const {
    return service::invoke_or_throw<operations::add_permission>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::remove_permission(remove_permission_request request) const {
    return service::invoke_or_throw<operations::remove_permission>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::tag_resource(tag_resource_request request) const {
    return service::invoke_or_throw<operations::tag_resource>(caller_, std::move(request));
}

asio::awaitable<empty_reply> client::untag_resource(untag_resource_request request) const {
    return service::invoke_or_throw<operations::untag_resource>(caller_, std::move(request));
}

asio::awaitable<tags_reply> client::list_tags_for_resource(list_tags_for_resource_request request) const {
    return service::invoke_or_throw<operations::list_tags_for_resource>(caller_, std::move(request));
}

asio::awaitable<receipt> client::publish(publish_request request) const {
    return service::invoke_or_throw<operations::publish>(caller_, std::move(request));
}

asio::awaitable<publish_batch_reply> client::publish_batch(publish_batch_request request) const {
    return service::invoke_or_throw<operations::publish_batch>(caller_, std::move(request));
}

pages<topic_page> client::topic_pages(list_topics_request request) const {
    return service::pages_of<operations::list_topics>(caller_, std::move(request));
}

pages<subscription_page> client::subscription_pages(list_subscriptions_request request) const {
    return service::pages_of<operations::list_subscriptions>(caller_, std::move(request));
}

pages<subscription_page> client::subscription_by_topic_pages(list_subscriptions_by_topic_request request) const {
    return service::pages_of<operations::list_subscriptions_by_topic>(caller_, std::move(request));
}

asio::awaitable<raw_reply> client::call(std::string operation, query_parameters parameters) const {
    return service::generic_call(caller_, calls::service_id::sns, std::move(operation), std::move(parameters));
}

} // namespace sluice::sns
