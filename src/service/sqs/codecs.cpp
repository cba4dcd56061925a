// The codecs of every operation of SQS: the only place where they are instantiated.
#include "service/operation_codec.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/list_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/move_task_operations.hpp"
#include "service/sqs/permission_operations.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"

namespace sluice::service {

SLUICE_INSTANTIATE_OPERATION(sqs::operations::add_permission)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::cancel_message_move_task)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::change_message_visibility)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::change_message_visibility_batch)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::create_queue)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::delete_message)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::delete_message_batch)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::delete_queue)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::get_queue_attributes)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::get_queue_url)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::list_dead_letter_source_queues)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::list_message_move_tasks)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::list_queue_tags)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::list_queues)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::purge_queue)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::receive_message)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::remove_permission)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::send_message)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::send_message_batch)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::set_queue_attributes)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::start_message_move_task)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::tag_queue)
SLUICE_INSTANTIATE_OPERATION(sqs::operations::untag_queue)

} // namespace sluice::service
