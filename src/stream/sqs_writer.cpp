#include <sluice/sqs/writer.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sqs/queue_operations.hpp"
#include "session/session_state.hpp"
#include "stream/base_writer.hpp"

namespace sluice::sqs {
namespace {

using boost::asio::awaitable;
using outcomes = std::vector<result<receipt>>;
using entry_list = stream::message_channel::entry_list;

awaitable<outcomes> send_entries(std::shared_ptr<session_state> session, std::string queue, entry_list entries) {
    const std::size_t count = entries.size();
    auto url = co_await session->queues()->url_of(queue);
    if (!url) co_return outcomes(count, result<receipt>(url.error()));
    auto sent = co_await service::send_queue_batch(session->caller(), std::move(*url), std::move(entries));
    const bool gone = !sent.front() && sent.front().error().code == errc::not_found;
    if (gone) session->queues()->forget(queue);
    co_return sent;
}

awaitable<result<std::size_t>> read_limit(std::shared_ptr<session_state> session, std::string queue) {
    auto url = co_await session->queues()->url_of(std::move(queue));
    if (!url) co_return result<std::size_t>(url.error());
    get_queue_attributes_request request(std::move(*url));
    request.names = {"MaximumMessageSize"};
    auto reply = co_await service::invoke<operations::get_queue_attributes>(session->caller(), std::move(request));
    if (!reply) co_return result<std::size_t>(reply.error());
    co_return stream::max_message_bytes_of(reply->attributes, limits::sqs_message_bytes);
}

result<void> check_queue(std::string_view queue) {
    const auto parsed = protocol::parse_queue_reference(queue);
    if (!parsed) return parsed.error();
    return {};
}

stream::destination_type queue_type(const session& session) {
    const auto& state = session.state();
    const wire_protocol protocol = state->caller()->protocol_of(calls::service_id::sqs);
    stream::destination_type type;
    type.kind = protocol::destination_kind::queue;
    type.max_message_bytes = limits::sqs_message_bytes;
    type.max_batch_bytes = limits::sqs_batch_bytes;
    type.check = &check_queue;
    type.encode = [protocol](const message& content) { return service::encode_queue_entry(content, protocol); };
    type.send = [state](std::string queue, entry_list entries) {
        return send_entries(state, std::move(queue), std::move(entries));
    };
    type.read_max_message_bytes = [state](std::string queue) { return read_limit(state, std::move(queue)); };
    return type;
}

} // namespace

writer::writer(const session& session, std::string queue, const writer_options& options) {
    check_queue(queue).value();
    base_ = std::make_shared<stream::base_writer>(session, std::move(queue), queue_type(session), options);
}

writer::writer(const session& session, const writer_options& options)
    : base_(std::make_shared<stream::base_writer>(session, std::string(), queue_type(session), options)) {}

awaitable<receipt> writer::write(message content) { return base_->write(std::move(content)); }
awaitable<outcomes> writer::write(std::vector<message> contents) { return base_->write(std::move(contents)); }
awaitable<receipt> writer::try_write(message content) { return base_->try_write(std::move(content)); }
awaitable<void> writer::flush() { return base_->flush(); }
awaitable<void> writer::close(std::chrono::milliseconds patience) { return base_->close(patience); }
bool writer::resume(const std::string& group, std::string queue) { return base_->resume(group, std::move(queue)); }
writer_statistics writer::statistics() const { return base_->statistics(); }

} // namespace sluice::sqs
