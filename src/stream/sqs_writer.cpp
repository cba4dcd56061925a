#include <sluice/sqs/writer.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sqs/message_operations.hpp"
#include "session/session_state.hpp"
#include "stream/base_writer.hpp"

namespace sluice::sqs {
namespace {

using boost::asio::awaitable;
using outcomes = std::vector<result<receipt>>;

awaitable<outcomes> send_entries(std::shared_ptr<session_state> session, std::string queue,
                                 std::vector<message> entries) {
    const std::size_t count = entries.size();
    auto url = co_await session->queues()->url_of(queue);
    if (!url) co_return stream::all_failed<receipt>(count, url.error());
    send_message_batch_request request(std::move(*url), std::move(entries));
    auto reply = co_await service::invoke<operations::send_message_batch>(session->caller(), std::move(request));
    if (!reply) {
        if (reply.error().code == errc::not_found) session->queues()->forget(queue);
        co_return stream::all_failed<receipt>(count, reply.error());
    }
    co_return std::move(reply->entries);
}

} // namespace

writer::writer(const session& session, std::string queue, writer_options options) {
    protocol::parse_queue_reference(queue).value();
    stream::destination target;
    target.rules.kind = protocol::destination_kind::queue;
    target.rules.fifo = protocol::is_fifo(queue);
    target.rules.max_message_bytes =
        options.max_message_bytes == 0 ? limits::sqs_message_bytes : options.max_message_bytes;
    target.batch_bytes = limits::sqs_batch_bytes;
    target.send = [state = session.state(), queue = std::move(queue)](std::vector<message> entries) {
        return send_entries(state, queue, std::move(entries));
    };
    base_ = std::make_shared<stream::base_writer>(session.get_executor(), std::move(target), options);
}

awaitable<receipt> writer::write(message content) { return base_->write(std::move(content)); }
awaitable<void> writer::flush() { return base_->flush(); }
awaitable<void> writer::close(std::chrono::milliseconds patience) { return base_->close(patience); }
writer_statistics writer::statistics() const { return base_->statistics(); }

} // namespace sluice::sqs
