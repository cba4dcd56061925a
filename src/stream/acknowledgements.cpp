#include "stream/acknowledgements.hpp"

#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "session/session_state.hpp"

#include <algorithm>

namespace sluice::stream {
namespace {

using boost::asio::awaitable;
using outcomes = std::vector<result<void>>;

/// `Operation` is a batch operation whose request is made of the queue's URL and its entries.
template<class Operation, class Entry>
awaitable<outcomes> send_entries(std::shared_ptr<session_state> session, std::string queue,
                                 std::vector<const Entry*> entries) {
    const std::size_t count = entries.size();
    auto url = co_await session->queues()->url_of(std::move(queue));
    if (!url) co_return outcomes(count, result<void>(url.error()));
    std::vector<Entry> copies;
    copies.reserve(count);
    for (const Entry* one : entries) copies.push_back(*one);
    typename Operation::request request(std::move(*url), std::move(copies));
    auto reply = co_await service::invoke<Operation>(session->caller(), std::move(request));
    if (!reply) co_return outcomes(count, result<void>(reply.error()));
    co_return std::move(reply->entries);
}

template<class Operation, class Entry>
std::shared_ptr<batch_channel<Entry, void>> make_channel(const std::shared_ptr<session_state>& session,
                                                         const std::string& queue, std::chrono::milliseconds linger) {
    channel_limits limits;
    limits.batch.entries = limits::batch_entries;
    limits.batch.linger = std::min<std::chrono::milliseconds>(linger, std::chrono::hours(24));
    auto send = [session, queue](const std::string&, std::vector<const Entry*> entries) {
        return send_entries<Operation, Entry>(session, queue, std::move(entries));
    };
    return std::make_shared<batch_channel<Entry, void>>(session->caller()->executor(), limits, std::move(send));
}

} // namespace

std::shared_ptr<delete_channel> make_delete_channel(const std::shared_ptr<session_state>& session,
                                                    const std::string& queue, std::chrono::milliseconds linger) {
    return make_channel<sqs::operations::delete_message_batch, std::string>(session, queue, linger);
}

std::shared_ptr<visibility_channel> make_visibility_channel(const std::shared_ptr<session_state>& session,
                                                            const std::string& queue,
                                                            std::chrono::milliseconds linger) {
    return make_channel<sqs::operations::change_message_visibility_batch, sqs::visibility_change>(session, queue,
                                                                                                  linger);
}

} // namespace sluice::stream
