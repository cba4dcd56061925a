#include "bus/bus_core.hpp"

#include "bus/envelope_rules.hpp"
#include "bus/option_rules.hpp"
#include "bus/random_id.hpp"
#include "bus/reply_rules.hpp"
#include "protocol/arn.hpp"
#include "protocol/message_rules.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/as_result.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sluice::bus {

using boost::asio::awaitable;
using std::chrono::system_clock;
using namespace std::chrono_literals;

namespace {

/// By the writer, before anything left: the group is as it was.
bool was_refused_unsent(const error_info& failure) {
    switch (failure.code) {
    case errc::group_corked:
    case errc::cancelled: return true;
    case errc::invalid_argument:
    case errc::message_too_long:
    case errc::buffer_full: return failure.service_code.empty() && failure.http_status == 0;
    default: return false;
    }
}

/// Answers are wanted now or never.
writer_options for_replies(writer_options options) {
    constexpr std::chrono::milliseconds longest(10'000);
    options.linger = 0ms;
    options.delivery_timeout = std::min(options.delivery_timeout, longest);
    return options;
}

reply_inbox_options inbox_options(const command_bus_options& options) {
    reply_inbox_options inbox;
    inbox.formats = options.formats;
    inbox.pending_requests = options.pending_requests;
    inbox.prefix = options.reply_queue_prefix;
    inbox.lifetime = options.reply_queue_lifetime;
    inbox.sweep = options.sweep_reply_queues;
    return inbox;
}

} // namespace

command_bus_options checked(command_bus_options options) {
    if (!options.queue.empty()) protocol::parse_queue_reference(options.queue).value();
    for (const auto& [type, queue] : options.queues) protocol::parse_queue_reference(queue).value();
    if (!options.topic.empty()) protocol::parse_topic_arn(options.topic).value();
    for (const auto& [type, topic] : options.topics) protocol::parse_topic_arn(topic).value();
    std::size_t bad = 0;
    require_option(options.source.size() <= longest_name && protocol::is_allowed_text(options.source, bad),
                   "source must be UTF-8 of at most 256 bytes, of characters that message attributes take");
    require_option(!options.commands.stream_attributes && !options.events.stream_attributes,
                   "stream_attributes of the writers must stay false: the envelope format has attributes of its own");
    require_option(options.max_payload_bytes >= 1, "max_payload_bytes is 0: it must be 1 or more");
    require_option(options.pending_requests >= 1, "pending_requests is 0: it must be 1 or more");
    require_option(options.reply_queue_lifetime >= 1min && options.reply_queue_lifetime <= 24h,
                   "reply_queue_lifetime is " + std::to_string(options.reply_queue_lifetime.count()) +
                       " s: it must be 60 s to 24 h");
    if (const auto wrong = check_reply_prefix(options.reply_queue_prefix)) throw error(*wrong);
    for (const auto& one : options.formats) require_option(one != nullptr, "one of the formats is null");
    if (options.formats.empty()) options.formats.push_back(streams_envelope_format());
    return options;
}

bus_core::bus_core(const session& session, command_bus_options options)
    : session_(session), options_(checked(std::move(options))), commands_(session, options_.commands),
      replies_(session, for_replies(options_.commands)), events_(session, options_.events),
      inbox_(std::make_shared<reply_inbox>(session, inbox_options(options_))) {}

result<std::string> bus_core::destination_of(kind what, const std::string& type, const send_options& options) const {
    const bool is_command = what == kind::command;
    if (!options.to().empty()) return options.to();
    const auto& routes = is_command ? options_.queues : options_.topics;
    const auto route = routes.find(type);
    if (route != routes.end()) return route->second;
    const std::string& usual = is_command ? options_.queue : options_.topic;
    if (!usual.empty()) return usual;
    return error_info(errc::invalid_argument,
                      is_command ? "no queue is set for " + type + ": see command_bus_options::queue and queues"
                                 : "no topic is set for " + type + ": see command_bus_options::topic and topics");
}

result<message> bus_core::message_of(bus_envelope envelope) const {
    if (envelope.payload.size() > options_.max_payload_bytes) {
        return error_info(errc::message_too_long,
                          "the payload of " + envelope.type + " has " + std::to_string(envelope.payload.size()) +
                              " bytes, and may have " + std::to_string(options_.max_payload_bytes));
    }
    return options_.formats.front()->write(std::move(envelope));
}

result<bus_core::outgoing> bus_core::prepare(kind what, detail::encoded_payload content, const send_options& options,
                                             const bus_envelope* cause, std::string reply_to) const {
    auto to = destination_of(what, content.type, options);
    if (!to) return to.error();
    if (std::string_view(content.type).starts_with(own_types)) {
        return bad_envelope("the type", content.type, "names that begin with sluice. are taken");
    }
    bus_envelope envelope;
    envelope.id = options.id().empty() ? random_id() : options.id();
    envelope.type = std::move(content.type);
    envelope.source = options_.source;
    envelope.subject = options.aggregate().value_or(std::move(content.aggregate));
    envelope.correlation_id = options.correlation_id();
    envelope.causation_id = options.causation_id();
    if (cause != nullptr && envelope.correlation_id.empty()) envelope.correlation_id = cause->correlation_id;
    if (cause != nullptr && envelope.causation_id.empty()) envelope.causation_id = cause->id;
    if (envelope.correlation_id.empty()) envelope.correlation_id = envelope.id;
    envelope.reply_to = std::move(reply_to);
    envelope.content_type = std::move(content.content_type);
    envelope.payload = std::move(content.payload);
    envelope.time = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    envelope.deadline = options.deadline();
    outgoing one;
    one.id = envelope.id;
    const std::string type = envelope.type;
    const std::string aggregate = envelope.subject;
    auto made = message_of(std::move(envelope));
    if (!made) return made.error();
    one.content = std::move(*made);
    if (protocol::is_fifo(*to)) {
        one.is_alone = aggregate.empty();
        one.group = one.is_alone ? one.id : aggregate;
        if (!protocol::is_allowed_id(one.group)) {
            return bad_envelope("the aggregate id of " + type, one.group,
                                "on FIFO destinations it is the message group, and must be 1 to 128 printable ASCII "
                                "characters without space");
        }
        one.content.group(one.group).deduplication_id(one.id);
    }
    if (options.delay()) one.content.delay(*options.delay());
    one.to = *to;
    one.content.to(std::move(*to));
    return one;
}

awaitable<command_receipt> bus_core::send(kind what, detail::encoded_payload content, send_options options,
                                          const bus_envelope* cause) {
    auto one = prepare(what, std::move(content), options, cause, {});
    if (!one) {
        ++failed_;
        return run_refused(one.error());
    }
    return run_send(shared_from_this(), what, std::move(*one), cause != nullptr);
}

awaitable<command_receipt> bus_core::run_refused(error_info why) {
    throw error(std::move(why));
    co_return command_receipt(); // makes it a coroutine: it throws when it is awaited
}

awaitable<result<void>> bus_core::refused(error_info why) { co_return result<void>(std::move(why)); }

awaitable<result<receipt>> bus_core::write(kind what, message content) {
    if (what == kind::command) return as_result(commands_.write(std::move(content)));
    return as_result(events_.write(std::move(content)));
}

awaitable<command_receipt> bus_core::run_send(std::shared_ptr<bus_core> self, kind what, outgoing one, bool uncork) {
    auto writing = self->write(what, std::move(one.content));
    auto sent = co_await std::move(writing);
    if (!sent) {
        ++self->failed_;
        // A handler that failed to send fails, and its command comes again, in its order: to keep the group corked
        // would have it fail for ever. But a cork that was there before is somebody else's. And what is in order with
        // nothing has nothing behind it: its group would stay corked until the end, and refuse it when it is tried
        // again.
        if (one.is_alone || (uncork && !one.group.empty() && !was_refused_unsent(sent.error()))) {
            if (what == kind::command) self->commands_.resume(one.group, one.to);
            else self->events_.resume(one.group, one.to);
        }
        throw error(sent.error());
    }
    ++(what == kind::command ? self->sent_ : self->published_);
    command_receipt receipt;
    receipt.command_id = std::move(one.id);
    receipt.sent = std::move(*sent);
    co_return receipt;
}

awaitable<bus_envelope> bus_core::request(detail::encoded_payload content, std::chrono::milliseconds patience,
                                          send_options options) {
    return run_request(shared_from_this(), std::move(content), patience, std::move(options));
}

awaitable<bus_envelope> bus_core::run_request(std::shared_ptr<bus_core> self, detail::encoded_payload content,
                                              std::chrono::milliseconds patience, send_options options) {
    require_option(patience >= 1ms && patience <= 1h,
                   "the patience of a request is " + std::to_string(patience.count()) + " ms: it must be 1 ms to 1 h");
    const std::string type = content.type;
    const auto deadline = deadline_after(patience);
    if (options.id().empty()) options.id(random_id());
    if (!options.deadline())
        options.deadline(std::chrono::ceil<std::chrono::milliseconds>(system_clock::now() + patience));
    // All but the address is known to be right before anything is done. What has no address is as long as one.
    auto tried = self->prepare(kind::command, content, options, nullptr, std::string());
    if (!tried) throw error(tried.error());
    std::string id = options.id();
    auto send = [self, content = std::move(content), options](std::string reply_to) -> awaitable<result<void>> {
        auto one = self->prepare(kind::command, content, options, nullptr, std::move(reply_to));
        if (!one) return refused(one.error());
        return run_request_send(self, std::move(*one));
    };
    auto asking = reply_inbox::ask(self->inbox_, std::move(id), deadline, std::move(send));
    auto reply = co_await std::move(asking);
    if (reply) {
        if (auto failure = failure_in_reply(*reply)) reply = std::move(*failure);
    }
    if (!reply) {
        error_info failure = reply.error();
        if (failure.operation.empty()) failure.operation = type;
        throw error(std::move(failure));
    }
    co_return std::move(*reply);
}

awaitable<result<void>> bus_core::run_request_send(std::shared_ptr<bus_core> self, outgoing one) {
    auto sending = as_result(run_send(self, kind::command, std::move(one), false));
    const auto sent = co_await std::move(sending);
    if (!sent) co_return result<void>(sent.error());
    co_return result<void>();
}

awaitable<result<void>> bus_core::reply(std::shared_ptr<const envelope_format> format, bus_envelope reply,
                                        std::string queue_url) {
    reply.time = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    auto made = format->write(std::move(reply));
    if (!made) return refused(made.error());
    made->to(std::move(queue_url));
    return run_reply(shared_from_this(), std::move(*made));
}

awaitable<result<void>> bus_core::run_reply(std::shared_ptr<bus_core> self, message content) {
    auto writing = as_result(self->replies_.write(std::move(content)));
    const auto sent = co_await std::move(writing);
    if (!sent) co_return result<void>(sent.error());
    co_return result<void>();
}

awaitable<void> bus_core::close(std::chrono::milliseconds patience) {
    return await_close(shared_from_this(), patience);
}

/// What is to go on without its caller has a coroutine of its own.
awaitable<void> bus_core::await_close(std::shared_ptr<bus_core> self, std::chrono::milliseconds patience) {
    const auto executor = self->session_.get_executor();
    const auto ended = std::make_shared<one_shot_event>(executor);
    const auto failure = std::make_shared<std::exception_ptr>();
    auto closing = run_close(self, patience);
    boost::asio::co_spawn(executor, std::move(closing), [ended, failure](const std::exception_ptr& thrown) {
        *failure = thrown;
        ended->set();
    });
    co_await ended->wait_until(one_shot_event::time_point::max());
    if (!ended->is_set())
        throw error(error_info(errc::cancelled, "cancelled: the command bus closes without being awaited"));
    if (*failure) std::rethrow_exception(*failure);
}

awaitable<void> bus_core::run_close(std::shared_ptr<bus_core> self, std::chrono::milliseconds patience) {
    const auto deadline = deadline_after(patience);
    const auto left = [deadline] {
        return std::chrono::ceil<std::chrono::milliseconds>(
            std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration(0)));
    };
    self->inbox_->abandon();
    auto closing_commands = self->commands_.close(left());
    co_await std::move(closing_commands);
    auto closing_events = self->events_.close(left());
    co_await std::move(closing_events);
    auto closing_replies = self->replies_.close(left());
    co_await std::move(closing_replies);
    auto closing_inbox = reply_inbox::close(self->inbox_, deadline);
    co_await std::move(closing_inbox);
}

bool bus_core::resume(const std::string& aggregate, std::string destination) {
    if (protocol::parse_topic_arn(destination)) return events_.resume(aggregate, std::move(destination));
    return commands_.resume(aggregate, destination.empty() ? options_.queue : std::move(destination));
}

command_bus_statistics bus_core::statistics() const {
    const reply_inbox_statistics inbox = inbox_->statistics();
    command_bus_statistics now;
    now.sent = sent_;
    now.published = published_;
    now.failed = failed_;
    now.requests = inbox.requests;
    now.replies = inbox.replies;
    now.timeouts = inbox.timeouts;
    now.late_replies = inbox.late;
    now.duplicate_replies = inbox.duplicates;
    now.unknown_replies = inbox.unknown;
    now.swept_queues = inbox.swept;
    now.reply_queues = inbox.queues;
    now.pending_requests = inbox.pending;
    now.reply_queue = inbox.url;
    now.commands = commands_.statistics();
    now.events = events_.statistics();
    return now;
}

} // namespace sluice::bus
