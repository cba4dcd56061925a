// The public operations of SQS.
#include "service/pages.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/list_operations.hpp"
#include "service/sqs/message_operations.hpp"
#include "service/sqs/move_task_operations.hpp"
#include "service/sqs/permission_operations.hpp"
#include "service/sqs/queue_directory.hpp"
#include "service/sqs/queue_operations.hpp"
#include "service/sqs/tag_operations.hpp"

#include "protocol/limits.hpp"

#include <sluice/sqs/client.hpp>

namespace sluice {

template class pages<sqs::queue_page>;

} // namespace sluice

namespace sluice::sqs {

namespace asio = boost::asio;

namespace {

using caller_ptr = std::shared_ptr<calls::caller>;
using queues_ptr = std::shared_ptr<queue_directory>;

/// `service::invoke_or_throw` for what is done to a queue that may be given by URL, ARN or name.
template<class Operation>
asio::awaitable<typename Operation::reply> invoke_on_queue(caller_ptr caller, queues_ptr queues,
                                                           typename Operation::request request) {
    if (auto broken = service::check_request<Operation>(request)) throw error(std::move(*broken));
    const std::string reference = request.queue_url;
    auto url = co_await queues->url_of(reference);
    request.queue_url = std::move(url).value();
    auto reply = co_await service::invoke<Operation>(caller, std::move(request));
    if (!reply && reply.error().code == errc::not_found) queues->forget(reference);
    co_return std::move(reply).value();
}

} // namespace

asio::awaitable<queue_url_reply> client::create_queue(create_queue_request request) const {
    return service::invoke_or_throw<operations::create_queue>(caller_, std::move(request));
}

asio::awaitable<queue_url_reply> client::get_queue_url(get_queue_url_request request) const {
    return service::invoke_or_throw<operations::get_queue_url>(caller_, std::move(request));
}

asio::awaitable<queue_attributes_reply> client::get_queue_attributes(get_queue_attributes_request request) const {
    return invoke_on_queue<operations::get_queue_attributes>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::set_queue_attributes(set_queue_attributes_request request) const {
    return invoke_on_queue<operations::set_queue_attributes>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_queue(delete_queue_request request) const {
    return invoke_on_queue<operations::delete_queue>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::purge_queue(purge_queue_request request) const {
    return invoke_on_queue<operations::purge_queue>(caller_, queues_, std::move(request));
}

asio::awaitable<queue_page> client::list_queues(list_queues_request request) const {
    return service::invoke_or_throw<operations::list_queues>(caller_, std::move(request));
}

asio::awaitable<queue_page>
client::list_dead_letter_source_queues(list_dead_letter_source_queues_request request) const {
    return invoke_on_queue<operations::list_dead_letter_source_queues>(caller_, queues_, std::move(request));
}

asio::awaitable<receipt> client::send_message(send_message_request request) const {
    return invoke_on_queue<operations::send_message>(caller_, queues_, std::move(request));
}

asio::awaitable<batch_reply<receipt>> client::send_message_batch(send_message_batch_request request) const {
    return invoke_on_queue<operations::send_message_batch>(caller_, queues_, std::move(request));
}

asio::awaitable<receive_message_reply> client::receive_message(receive_message_request request) const {
    return invoke_on_queue<operations::receive_message>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::delete_message(delete_message_request request) const {
    return invoke_on_queue<operations::delete_message>(caller_, queues_, std::move(request));
}

asio::awaitable<batch_reply<void>> client::delete_message_batch(delete_message_batch_request request) const {
    return invoke_on_queue<operations::delete_message_batch>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::change_message_visibility(change_message_visibility_request request) const {
    return invoke_on_queue<operations::change_message_visibility>(caller_, queues_, std::move(request));
}

asio::awaitable<batch_reply<void>>
client::change_message_visibility_batch(change_message_visibility_batch_request request) const {
    return invoke_on_queue<operations::change_message_visibility_batch>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::add_permission(add_permission_request request) const {
    return invoke_on_queue<operations::add_permission>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::remove_permission(remove_permission_request request) const {
    return invoke_on_queue<operations::remove_permission>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::tag_queue(tag_queue_request request) const {
    return invoke_on_queue<operations::tag_queue>(caller_, queues_, std::move(request));
}

asio::awaitable<empty_reply> client::untag_queue(untag_queue_request request) const {
    return invoke_on_queue<operations::untag_queue>(caller_, queues_, std::move(request));
}

asio::awaitable<queue_tags_reply> client::list_queue_tags(list_queue_tags_request request) const {
    return invoke_on_queue<operations::list_queue_tags>(caller_, queues_, std::move(request));
}

asio::awaitable<start_message_move_task_reply>
client::start_message_move_task(start_message_move_task_request request) const {
    return service::invoke_or_throw<operations::start_message_move_task>(caller_, std::move(request));
}

asio::awaitable<cancel_message_move_task_reply>
client::cancel_message_move_task(cancel_message_move_task_request request) const {
    return service::invoke_or_throw<operations::cancel_message_move_task>(caller_, std::move(request));
}

asio::awaitable<list_message_move_tasks_reply>
client::list_message_move_tasks(list_message_move_tasks_request request) const {
    return service::invoke_or_throw<operations::list_message_move_tasks>(caller_, std::move(request));
}

// SQS gives no token to go on with unless it is told how long a page is.
pages<queue_page> client::queue_pages(list_queues_request request) const {
    if (!request.max_results) request.max_results = static_cast<int>(limits::listed_queues);
    return service::pages_of<operations::list_queues>(caller_, std::move(request));
}

pages<queue_page> client::dead_letter_source_queue_pages(list_dead_letter_source_queues_request request) const {
    if (!request.max_results) request.max_results = static_cast<int>(limits::listed_queues);
    const auto fetch = [caller = caller_, queues = queues_](list_dead_letter_source_queues_request one) {
        return invoke_on_queue<operations::list_dead_letter_source_queues>(caller, queues, std::move(one));
    };
    return service::pages_of<operations::list_dead_letter_source_queues>(fetch, std::move(request));
}

} // namespace sluice::sqs
