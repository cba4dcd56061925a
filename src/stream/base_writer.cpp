#include "stream/base_writer.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/reply_document.hpp"
#include "session/session_state.hpp"
#include "stream/added_attributes.hpp"
#include "stream/delivery_retries.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace sluice::stream {
namespace {

using boost::asio::awaitable;
using time_point = message_channel::time_point;
using outcome = result<receipt>;

channel_limits limits_of(const destination_type& type, bool for_one, const writer_options& options) {
    channel_limits limits;
    limits.batch.entries = limits::batch_entries;
    limits.batch.bytes = type.max_batch_bytes;
    // What is longer than a day is for ever to a batch; the clock's arithmetic must not overflow.
    limits.batch.linger = std::min<std::chrono::milliseconds>(options.linger, std::chrono::hours(24));
    limits.batch.requests_in_flight = std::max<std::size_t>(options.requests_in_flight, 1);
    limits.batch.entries_of_group = options.ordering == group_ordering::strict ? 1 : limits::batch_entries;
    limits.flow.entries = std::max<std::size_t>(options.pending_messages, 1);
    limits.flow.bytes = options.pending_bytes;
    if (!for_one) { // one that takes nothing must not stop the others
        limits.flow.entries_of_destination = std::max<std::size_t>(limits.flow.entries / 2, 1);
        limits.flow.bytes_of_destination = limits.flow.bytes / 2;
    }
    return limits;
}

delivery_limits delivery_limits_of(const writer_options& options, std::chrono::steady_clock::duration call_timeout) {
    constexpr std::chrono::steady_clock::duration remembered = std::chrono::seconds(limits::deduplication_seconds);
    delivery_limits limits;
    limits.timeout = std::min<std::chrono::milliseconds>(options.delivery_timeout, std::chrono::hours(24 * 14));
    // A call that begins then ends before the deduplication id is forgotten.
    limits.timeout_in_group = std::min(limits.timeout, std::max(remembered - call_timeout, remembered.zero()));
    return limits;
}

std::string make_id() {
    thread_local boost::uuids::random_generator generate;
    return boost::uuids::to_string(generate());
}

error_info wrong(std::string what) { return {errc::invalid_argument, std::move(what)}; }

} // namespace

result<std::size_t> max_message_bytes_of(const std::map<std::string, std::string>& attributes, std::size_t usual) {
    const auto found = attributes.find("MaximumMessageSize");
    if (found == attributes.end()) return usual;
    const auto bytes = protocol::parse_number(found->second);
    if (bytes && *bytes > 0) return static_cast<std::size_t>(*bytes);
    return error_info(errc::bad_reply, "MaximumMessageSize is \"" + found->second + "\", which is not a size");
}

struct base_writer::core {
    std::string destination; ///< empty: each message names its own
    destination_type type;
    std::size_t max_message_bytes = 0; ///< of every destination, unless there are `read_limits`
    std::shared_ptr<calls::asked_once<std::size_t>> read_limits;
    bool batch_is_limited_like_message = false;
    bool content_based_deduplication = false;
    bool stream_attributes = false;
    std::string content_type;
    when_full full = when_full::wait;
    std::shared_ptr<message_channel> channel;

    /// Whether there is exactly one, and a good one.
    [[nodiscard]] std::optional<error_info> check_destination(const message& content) const {
        if (destination.empty() != content.destination().has_value()) {
            return wrong(destination.empty() ? "the message has no destination, and neither has its writer: use to()"
                                             : "the message is to go to \"" + *content.destination() +
                                                   "\", but its writer was made for \"" + destination + "\"");
        }
        if (!destination.empty()) return std::nullopt;
        if (const result<void> good = type.check(*content.destination()); !good) return good.error();
        return std::nullopt;
    }
    [[nodiscard]] const std::string& destination_of(const message& content) const {
        return destination.empty() ? *content.destination() : destination;
    }

    /// Makes what is sent. Everything that can be wrong is found here, before anything is: then this is what.
    [[nodiscard]] std::optional<error_info> prepare(message content, std::size_t limit,
                                                    message_channel::addressed& made) const {
        if (auto broken = check_destination(content)) return broken;
        const std::string& to = destination_of(content);
        if (destination.empty()) made.address.destination = to; // the channel knows the only one
        const std::string id = stream_attributes ? make_id() : std::string();
        if (stream_attributes) {
            const std::size_t own = content.attributes().size();
            add_stream_attributes(content, to, id, content_type, std::chrono::system_clock::now());
            const std::size_t all = content.attributes().size();
            if (own <= limits::message_attributes && all > limits::message_attributes) {
                return wrong("the message has " + std::to_string(own) + " attributes, and stream_attributes adds " +
                             std::to_string(all - own) + ": at most 10 are allowed");
            }
        }
        protocol::message_rules rules;
        rules.kind = type.kind;
        rules.fifo = protocol::is_fifo(to);
        rules.max_message_bytes = limit;
        if (auto broken = protocol::check_message(content, rules)) return broken;
        if (rules.fifo) {
            made.address.group = content.group().value_or("");
            // Once for the message, not for each time that it is sent.
            if (!content.deduplication_id() && !content_based_deduplication) {
                content.deduplication_id(id.empty() ? make_id() : id);
            }
        }
        made.bytes = content.size_in_bytes();
        if (batch_is_limited_like_message) made.batch_bytes = limit;
        made.entry = type.encode(content);
        return std::nullopt;
    }
};

base_writer::base_writer(const session& session, std::string destination, destination_type type,
                         const writer_options& options)
    : core_(std::make_shared<core>()) {
    if (!destination.empty()) type.check(destination).value();
    core_->max_message_bytes = options.max_message_bytes == 0 ? type.max_message_bytes : options.max_message_bytes;
    core_->batch_is_limited_like_message = type.max_batch_bytes == 0;
    core_->content_based_deduplication = options.content_based_deduplication;
    core_->stream_attributes = options.stream_attributes;
    core_->content_type = options.content_type;
    core_->full = options.when_full == full_buffer::wait ? when_full::wait : when_full::reject;
    const auto& caller = session.state()->caller();
    const channel_limits limits = limits_of(type, !destination.empty(), options);
    core_->channel = std::make_shared<message_channel>(
        session.get_executor(), limits, type.send,
        std::make_shared<delivery_retries>(caller, delivery_limits_of(options, caller->operation_timeout())),
        options.observer, destination);
    if (options.read_max_message_bytes) {
        core_->read_limits =
            std::make_shared<calls::asked_once<std::size_t>>(session.get_executor(), type.read_max_message_bytes);
    }
    core_->destination = std::move(destination);
    core_->type = std::move(type);
}

namespace {

/// Of the destination of a message; of a message that names none, whatever: `prepare` refuses it.
template<class Core>
awaitable<result<std::size_t>> find_limit(const Core& core, const message& content) {
    if (core.check_destination(content)) co_return result<std::size_t>(core.max_message_bytes);
    const std::string to = core.destination_of(content);
    auto read = co_await core.read_limits->get(to);
    if (!read) {
        error_info failure = read.error();
        failure.message += " (the largest message that " + to + " takes could not be read; this was not sent)";
        failure.may_have_been_applied = false; // of the message, which is what the caller asks about
        co_return result<std::size_t>(std::move(failure));
    }
    co_return read;
}

/// Whoever waits for a message: a failure is thrown there.
template<class Handler>
struct write_handler {
    Handler told;

    void operator()(outcome ended) {
        std::exception_ptr failure = ended ? nullptr : std::make_exception_ptr(error(ended.error()));
        std::move(told)(std::move(failure), ended ? std::move(*ended) : receipt());
    }
};

/// As an operation of its own and not as a coroutine: its frame would cost as much as the channel does.
template<class Core>
awaitable<receipt> write_one(std::shared_ptr<Core> core, message content, std::size_t limit, when_full full) {
    auto start = [](auto handler, const std::shared_ptr<Core>& self, message given, std::size_t most, when_full then) {
        // Of our own: when the message ends, on another thread, whoever waited may destroy the writer and `self`.
        const std::shared_ptr<message_channel> channel = self->channel;
        const auto slot = boost::asio::get_associated_cancellation_slot(handler);
        const boost::asio::any_io_executor home = boost::asio::get_associated_executor(handler, channel->executor());
        auto added = message_channel::make_item(home, write_handler<decltype(handler)>{std::move(handler)});
        std::optional<error_info> broken;
        try {
            broken = self->prepare(std::move(given), most, *added);
        } catch (...) { // no memory, say: from here it would go to whoever runs the executor
            auto& told = added->handler->told;
            boost::asio::post(home, boost::asio::append(std::move(told), std::current_exception(), receipt()));
            return;
        }
        if (broken) channel->refuse(std::move(added), std::move(*broken));
        else channel->add(std::move(added), then, slot);
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::exception_ptr, receipt)>(
        start, boost::asio::use_awaitable, std::move(core), std::move(content), limit, full);
}

template<class Core>
awaitable<receipt> write_when_limit_is_read(std::shared_ptr<Core> core, message content, when_full full) {
    const result<std::size_t> limit = co_await find_limit(*core, content);
    if (!limit) throw error(limit.error());
    receipt sent = co_await write_one(std::move(core), std::move(content), *limit, full);
    co_return sent;
}

template<class Core>
awaitable<receipt> run_write(std::shared_ptr<Core> core, message content, when_full full) {
    if (core->read_limits) return write_when_limit_is_read(std::move(core), std::move(content), full);
    const std::size_t limit = core->max_message_bytes;
    return write_one(std::move(core), std::move(content), limit, full);
}

template<class Core>
awaitable<std::vector<outcome>> run_write_all(std::shared_ptr<Core> core, std::vector<message> contents) {
    std::vector<outcome> results;
    std::vector<std::size_t> places;
    std::vector<message_channel::addressed> good;
    results.reserve(contents.size());
    for (message& content : contents) {
        result<std::size_t> limit(core->max_message_bytes);
        if (core->read_limits) limit = co_await find_limit(*core, content);
        if (!limit) {
            results.emplace_back(limit.error());
            continue;
        }
        message_channel::addressed made;
        const std::optional<error_info> broken = core->prepare(std::move(content), *limit, made);
        results.emplace_back(broken ? outcome(*broken) : outcome(receipt()));
        if (broken) continue;
        places.push_back(results.size() - 1);
        good.push_back(std::move(made));
    }
    auto sent = co_await core->channel->push_all(std::move(good));
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(sent[i]);
    co_return results;
}

awaitable<void> run_flush(std::shared_ptr<message_channel> channel) {
    const bool flushed = co_await channel->flush(time_point::max());
    if (!flushed) throw error(error_info(errc::cancelled, "the flush was cancelled; the messages go on"));
}

} // namespace

awaitable<receipt> base_writer::write(message content) { return run_write(core_, std::move(content), core_->full); }

awaitable<std::vector<outcome>> base_writer::write(std::vector<message> contents) {
    return run_write_all(core_, std::move(contents));
}

awaitable<receipt> base_writer::try_write(message content) {
    return run_write(core_, std::move(content), when_full::reject);
}

awaitable<void> base_writer::flush() { return run_flush(core_->channel); }

awaitable<void> base_writer::close(std::chrono::milliseconds patience) {
    return core_->channel->close(deadline_after(patience));
}

bool base_writer::resume(const std::string& group, std::string destination) {
    entry_address address;
    if (destination != core_->destination) address.destination = std::move(destination);
    address.group = group;
    return core_->channel->resume(address);
}

writer_statistics base_writer::statistics() const {
    const channel_counts counts = core_->channel->counts();
    writer_statistics seen;
    seen.requests = counts.requests;
    seen.entries = counts.entries;
    seen.accepted = counts.accepted;
    seen.failed = counts.failed;
    seen.retried = counts.retried;
    seen.corked = counts.corked;
    seen.order_breaks = counts.order_breaks;
    seen.possible_duplicates = counts.possible_duplicates;
    seen.billed = counts.billed;
    seen.pending = counts.pending;
    seen.pending_bytes = counts.pending_bytes;
    seen.waiting = counts.waiting;
    seen.destinations = counts.destinations;
    return seen;
}

} // namespace sluice::stream
