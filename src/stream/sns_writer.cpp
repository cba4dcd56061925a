#include <sluice/sns/writer.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sns/publish_operations.hpp"
#include "session/session_state.hpp"
#include "stream/base_writer.hpp"

namespace sluice::sns {
namespace {

using boost::asio::awaitable;
using outcomes = std::vector<result<receipt>>;

awaitable<outcomes> publish_entries(std::shared_ptr<session_state> session, std::string topic_arn,
                                    std::vector<message> entries) {
    const std::size_t count = entries.size();
    publish_batch_request request(std::move(topic_arn), std::move(entries));
    auto reply = co_await service::invoke<operations::publish_batch>(session->caller(), std::move(request));
    if (!reply) co_return stream::all_failed<receipt>(count, reply.error());
    co_return std::move(reply->entries);
}

} // namespace

writer::writer(const session& session, std::string topic_arn, writer_options options) {
    protocol::parse_topic_arn(topic_arn).value();
    stream::destination target;
    target.rules.kind = protocol::destination_kind::topic;
    target.rules.fifo = protocol::is_fifo(topic_arn);
    target.rules.max_message_bytes =
        options.max_message_bytes == 0 ? limits::sns_message_bytes : options.max_message_bytes;
    // SNS counts a batch against the limit of one message.
    target.batch_bytes = target.rules.max_message_bytes;
    target.send = [state = session.state(), topic_arn = std::move(topic_arn)](std::vector<message> entries) {
        return publish_entries(state, topic_arn, std::move(entries));
    };
    base_ = std::make_shared<stream::base_writer>(session.get_executor(), std::move(target), options);
}

awaitable<receipt> writer::write(message content) { return base_->write(std::move(content)); }
awaitable<void> writer::flush() { return base_->flush(); }
awaitable<void> writer::close(std::chrono::milliseconds patience) { return base_->close(patience); }
writer_statistics writer::statistics() const { return base_->statistics(); }

} // namespace sluice::sns
