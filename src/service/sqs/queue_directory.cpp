#include "service/sqs/queue_directory.hpp"

#include "protocol/arn.hpp"
#include "service/operation.hpp"
#include "service/sqs/queue_operations.hpp"

#include <utility>

namespace sluice::sqs {
namespace {

using boost::asio::awaitable;
using url_cache = calls::asked_once<std::string>;

awaitable<result<std::string>> ask(std::shared_ptr<calls::caller> caller, std::string reference) {
    const auto queue = protocol::parse_queue_reference(reference);
    if (!queue) co_return result<std::string>(queue.error());
    const auto elsewhere = protocol::check_region(*queue, caller->region());
    if (elsewhere) co_return result<std::string>(*elsewhere);
    get_queue_url_request request(queue->name);
    request.owner_account_id = queue->account;
    auto reply = co_await service::invoke<operations::get_queue_url>(std::move(caller), std::move(request));
    if (!reply) {
        error_info failure = reply.error();
        if (failure.code == errc::not_found) failure.message += " (queue " + reference + ")";
        co_return result<std::string>(std::move(failure));
    }
    co_return result<std::string>(std::move(reply->queue_url));
}

awaitable<result<std::string>> find(std::shared_ptr<url_cache> urls, std::string reference) {
    auto queue = protocol::parse_queue_reference(reference);
    if (!queue) co_return result<std::string>(queue.error());
    if (!queue->url.empty()) co_return result<std::string>(std::move(queue->url));
    auto url = co_await urls->get(std::move(reference));
    co_return url;
}

} // namespace

queue_directory::queue_directory(std::shared_ptr<calls::caller> caller)
    : urls_(std::make_shared<url_cache>(
          caller->executor(), [caller](std::string reference) { return ask(caller, std::move(reference)); })) {}

awaitable<result<std::string>> queue_directory::url_of(std::string reference) {
    return find(urls_, std::move(reference));
}

} // namespace sluice::sqs
