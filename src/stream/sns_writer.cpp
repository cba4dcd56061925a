#include <sluice/sns/writer.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "service/operation.hpp"
#include "service/sns/topic_operations.hpp"
#include "session/session_state.hpp"
#include "stream/base_writer.hpp"

namespace sluice::sns {
namespace {

using boost::asio::awaitable;
using outcomes = std::vector<result<receipt>>;
using entry_list = stream::message_channel::entry_list;

awaitable<result<std::size_t>> read_limit(std::shared_ptr<calls::caller> caller, std::string topic_arn) {
    get_topic_attributes_request request(std::move(topic_arn));
    auto reply = co_await service::invoke<operations::get_topic_attributes>(std::move(caller), std::move(request));
    if (!reply) co_return result<std::size_t>(reply.error());
    co_return stream::max_message_bytes_of(reply->attributes, limits::sns_message_bytes);
}

result<void> check_topic(std::string_view topic_arn) {
    const auto parsed = protocol::parse_topic_arn(topic_arn);
    if (!parsed) return parsed.error();
    return {};
}

stream::destination_type topic_type(const session& session) {
    stream::destination_type type;
    type.kind = protocol::destination_kind::topic;
    type.max_message_bytes = limits::sns_message_bytes;
    type.max_batch_bytes = 0; // SNS counts a batch against the limit of one message
    type.check = &check_topic;
    type.encode = &service::encode_topic_entry;
    type.send = [caller = session.state()->caller()](std::string topic_arn, entry_list entries) {
        return service::publish_topic_batch(caller, std::move(topic_arn), std::move(entries));
    };
    type.read_max_message_bytes = [caller = session.state()->caller()](std::string topic_arn) {
        return read_limit(caller, std::move(topic_arn));
    };
    return type;
}

} // namespace

writer::writer(const session& session, std::string topic_arn, const writer_options& options) {
    check_topic(topic_arn).value();
    base_ = std::make_shared<stream::base_writer>(session, std::move(topic_arn), topic_type(session), options);
}

writer::writer(const session& session, const writer_options& options)
    : base_(std::make_shared<stream::base_writer>(session, std::string(), topic_type(session), options)) {}

awaitable<receipt> writer::write(message content) { return base_->write(std::move(content)); }
awaitable<outcomes> writer::write(std::vector<message> contents) { return base_->write(std::move(contents)); }
awaitable<receipt> writer::try_write(message content) { return base_->try_write(std::move(content)); }
awaitable<void> writer::flush() { return base_->flush(); }
awaitable<void> writer::close(std::chrono::milliseconds patience) { return base_->close(patience); }
bool writer::resume(const std::string& group, std::string topic_arn) {
    return base_->resume(group, std::move(topic_arn));
}
writer_statistics writer::statistics() const { return base_->statistics(); }

} // namespace sluice::sns
