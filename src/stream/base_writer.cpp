#include "stream/base_writer.hpp"

#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::stream {
namespace {

using boost::asio::awaitable;
using time_point = message_channel::time_point;

channel_limits limits_of(const destination& target, const writer_options& options) {
    channel_limits limits;
    limits.batch.entries = limits::batch_entries;
    limits.batch.bytes = target.batch_bytes;
    // What is longer than a day is for ever to a batch; the clock's arithmetic must not overflow.
    limits.batch.linger = std::min<std::chrono::milliseconds>(options.linger, std::chrono::hours(24));
    limits.batch.requests_in_flight = target.rules.fifo ? 1 : std::max<std::size_t>(options.requests_in_flight, 1);
    limits.pending_entries = std::max<std::size_t>(options.pending_messages, 1);
    limits.pending_bytes = options.pending_bytes;
    return limits;
}

awaitable<receipt> run_write(std::shared_ptr<message_channel> channel, protocol::message_rules rules, message content) {
    std::optional<error_info> wrong = protocol::check_message(content, rules);
    if (wrong) throw error(std::move(*wrong));
    const std::size_t bytes = content.size_in_bytes();
    auto outcome = co_await channel->push(std::move(content), bytes);
    co_return std::move(outcome).value();
}

awaitable<void> run_flush(std::shared_ptr<message_channel> channel) {
    const bool flushed = co_await channel->flush(time_point::max());
    if (!flushed) throw error(error_info(errc::cancelled, "the flush was cancelled; the messages go on"));
}

} // namespace

base_writer::base_writer(boost::asio::any_io_executor executor, destination target, const writer_options& options)
    : rules_(target.rules) {
    const channel_limits limits = limits_of(target, options);
    channel_ = std::make_shared<message_channel>(std::move(executor), limits, std::move(target.send));
}

awaitable<receipt> base_writer::write(message content) { return run_write(channel_, rules_, std::move(content)); }

awaitable<void> base_writer::flush() { return run_flush(channel_); }

awaitable<void> base_writer::close(std::chrono::milliseconds patience) {
    return channel_->close(deadline_after(patience));
}

writer_statistics base_writer::statistics() const {
    const channel_counts counts = channel_->counts();
    writer_statistics seen;
    seen.requests = counts.requests;
    seen.entries = counts.entries;
    seen.accepted = counts.accepted;
    seen.failed = counts.failed;
    seen.pending = counts.pending;
    seen.waiting = counts.waiting;
    return seen;
}

} // namespace sluice::stream
