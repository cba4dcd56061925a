// The codecs of every operation of SNS: the only place where they are instantiated.
#include "service/operation_codec.hpp"
#include "service/sns/access_operations.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"

namespace sluice::service {

SLUICE_INSTANTIATE_OPERATION(sns::operations::add_permission)
SLUICE_INSTANTIATE_OPERATION(sns::operations::confirm_subscription)
SLUICE_INSTANTIATE_OPERATION(sns::operations::create_topic)
SLUICE_INSTANTIATE_OPERATION(sns::operations::delete_topic)
SLUICE_INSTANTIATE_OPERATION(sns::operations::get_data_protection_policy)
SLUICE_INSTANTIATE_OPERATION(sns::operations::get_subscription_attributes)
SLUICE_INSTANTIATE_OPERATION(sns::operations::get_topic_attributes)
SLUICE_INSTANTIATE_OPERATION(sns::operations::list_subscriptions)
SLUICE_INSTANTIATE_OPERATION(sns::operations::list_subscriptions_by_topic)
SLUICE_INSTANTIATE_OPERATION(sns::operations::list_tags_for_resource)
SLUICE_INSTANTIATE_OPERATION(sns::operations::list_topics)
SLUICE_INSTANTIATE_OPERATION(sns::operations::publish)
SLUICE_INSTANTIATE_OPERATION(sns::operations::publish_batch)
SLUICE_INSTANTIATE_OPERATION(sns::operations::put_data_protection_policy)
SLUICE_INSTANTIATE_OPERATION(sns::operations::remove_permission)
SLUICE_INSTANTIATE_OPERATION(sns::operations::set_subscription_attributes)
SLUICE_INSTANTIATE_OPERATION(sns::operations::set_topic_attributes)
SLUICE_INSTANTIATE_OPERATION(sns::operations::subscribe)
SLUICE_INSTANTIATE_OPERATION(sns::operations::tag_resource)
SLUICE_INSTANTIATE_OPERATION(sns::operations::unsubscribe)
SLUICE_INSTANTIATE_OPERATION(sns::operations::untag_resource)

} // namespace sluice::service
