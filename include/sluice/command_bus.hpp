// A command bus for CQRS: commands and events are types with a name, sent through SQS and SNS writers and handled by
// consumers on SQS readers. Opt-in: sluice/sluice.hpp does not include this header, which needs nlohmann_json.
#pragma once

#include <sluice/bus/command_consumer.hpp>
#include <sluice/bus/command_context.hpp>
#include <sluice/bus/command_handlers.hpp>
#include <sluice/bus/command_traits.hpp>
#include <sluice/bus/envelope.hpp>
#include <sluice/bus/reply_queues.hpp>
#include <sluice/bus/send_options.hpp>
#include <sluice/export.hpp>
#include <sluice/json.hpp>
#include <sluice/session.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

struct command_bus_options {
    /// Where commands go, URL, ARN or name: those with a route of their own, by their name, and all others. Empty:
    /// `send_options::to` must say.
    std::string queue;
    std::map<std::string, std::string> queues;
    /// Where events go, by the ARN of a topic; likewise.
    std::string topic;
    std::map<std::string, std::string> topics;
    /// Names this program in what it sends; at most 256 bytes. Empty: without.
    std::string source;
    /// Envelopes are written in the first one; consumers and requests read all. Empty: `streams_envelope_format()`.
    std::vector<std::shared_ptr<const envelope_format>> formats;
    /// Larger payloads are refused before they are sent, 1 or more.
    std::size_t max_payload_bytes = std::size_t(1) << 20;
    writer_options commands; ///< of the writer of commands, and of replies
    writer_options events;
    /// Requests that wait at once, 1 or more; more fail with `errc::buffer_full`.
    std::size_t pending_requests = 1'000;
    /// Begins the names of reply queues: 8 to 40 of `A-Za-z0-9_-`.
    std::string reply_queue_prefix = default_reply_queue_prefix;
    /// How far ahead the tag of the reply queue lies, 1 min to 24 h: as long may it outlive a killed process. It is
    /// moved on each third of it.
    std::chrono::seconds reply_queue_lifetime = std::chrono::hours(1);
    /// Removes the reply queues of killed processes when it makes its own.
    bool sweep_reply_queues = true;
};

struct command_bus_statistics {
    std::uint64_t sent = 0;      ///< commands that the service took
    std::uint64_t published = 0; ///< events
    std::uint64_t failed = 0;    ///< commands and events that it did not
    std::uint64_t requests = 0;
    std::uint64_t replies = 0;           ///< that were awaited, error replies included
    std::uint64_t timeouts = 0;          ///< requests whose deadline passed
    std::uint64_t late_replies = 0;      ///< dropped: their requests had ended
    std::uint64_t duplicate_replies = 0; ///< dropped: there had been one
    std::uint64_t unknown_replies = 0;   ///< dropped: to no request that is remembered, or unreadable
    std::uint64_t swept_queues = 0;      ///< reply queues of others that were removed
    std::uint64_t reply_queues = 0;      ///< that were made
    std::size_t pending_requests = 0;    ///< now
    std::string reply_queue;             ///< URL; empty: none now
    writer_statistics commands;
    writer_statistics events;
};

/// The part of a bus that knows no codecs.
class SLUICE_API command_bus_base {
  public:
    /// Throws `error` with `errc::invalid_argument` for options out of range. Nothing is sent yet.
    command_bus_base(const session& session, command_bus_options options);

    /// Refuses what comes later, ends waiting requests with `errc::closed`, drains the writers and deletes the reply
    /// queue; at most for `patience`. Copies and consumers of this bus are closed with it: stop consumers first. When
    /// the last copy goes without it, waiting requests end likewise, and the reply queue is deleted if the executor
    /// goes on running. Closing twice is harmless. Cancellation (terminal): the wait ends with `errc::cancelled`, the
    /// closing goes on.
    boost::asio::awaitable<void> close(std::chrono::milliseconds patience = std::chrono::seconds(30)) const;

    /// After a command to a FIFO queue was not accepted, later ones of its aggregate fail with `errc::group_corked`, as
    /// they would overtake it; likewise events of one aggregate to a FIFO topic. Whoever calls this has decided what
    /// becomes of it. What has no aggregate never corks anything.
    /// `destination`: the queue, or for events the ARN of the topic, as the options say it; empty: the bus's own queue.
    /// False: it is not corked there.
    bool resume(const std::string& aggregate, std::string destination = {}) const;

    [[nodiscard]] command_bus_statistics statistics() const;

    /// For sluice's own use.
    [[nodiscard]] const std::shared_ptr<bus::bus_core>& core() const noexcept { return core_; }

  protected:
    boost::asio::awaitable<command_receipt> send_encoded(detail::encoded_payload content, send_options options) const;
    boost::asio::awaitable<command_receipt> publish_encoded(detail::encoded_payload content,
                                                            send_options options) const;
    boost::asio::awaitable<bus_envelope>
    request_encoded(detail::encoded_payload content, std::chrono::milliseconds patience, send_options options) const;

  private:
    std::shared_ptr<bus::bus_core> core_;
    std::shared_ptr<void> last_copy_; ///< its end is that of the last copy
};

namespace detail {

/// The value in a reply, which is not one of the error replies. Throws `error` with `errc::bad_reply`.
SLUICE_API void check_reply(const bus_envelope& reply, bool wants_value);
[[noreturn]] SLUICE_API void throw_bad_reply(const bus_envelope& reply, const std::string& why);

} // namespace detail

/// Sends commands, publishes events, awaits replies. A cheap handle: copies share everything.
///
/// Payloads are written by the first codec, and replies read by any of them, by their content type.
///
/// Threads: usable from any coroutine of the session's executor, also when several threads run it.
/// With g++ 12 name the command first, `const place_order order{…}; co_await bus.send(order);`: that compiler destroys
/// an aggregate that is made inside of the `co_await` expression twice.
template<class... Codecs>
class basic_command_bus : public command_bus_base {
  public:
    using handlers = basic_command_handlers<Codecs...>;
    using context = basic_command_context<Codecs...>;

    explicit basic_command_bus(const session& session, command_bus_options options = {})
        : command_bus_base(session, std::move(options)) {}

    /// Sends a command and returns the service's receipt with the command's id.
    ///
    /// FIFO queues: the message group is the aggregate's id (without one the command's id: it is in order with
    /// nothing), the deduplication id is the command's: sent twice within 5 min it is there once. The aggregate's id
    /// must then be a message group, 1 to 128 printable ASCII characters without space. On standard queues it is in
    /// the envelope only, and sending twice with one id leaves it to the consumer to handle it once.
    ///
    /// Completion, order, cancellation: as `sqs::writer::write`. Errors: as there; `errc::invalid_argument` also for
    /// what the envelope cannot carry, and when no queue is set; `errc::message_too_long` for a payload that is;
    /// what the codec throws.
    template<class Command>
    boost::asio::awaitable<command_receipt> send(const Command& command, send_options options = send_options()) const {
        static_assert(!detail::has_event_name<Command>, "an event is published, not sent");
        return send_encoded(detail::encode_payload<first_codec>(command), std::move(options));
    }

    /// The same for an event, to its topic. Consumers of the queues that are subscribed to it handle it, with raw
    /// delivery or without.
    template<class Event>
    boost::asio::awaitable<command_receipt> publish(const Event& event, send_options options = send_options()) const {
        static_assert(!detail::has_command_name<Event>, "a command is sent, not published");
        return publish_encoded(detail::encode_payload<first_codec>(event), std::move(options));
    }

    /// Sends a command and waits up to `patience` (1 ms to 1 h) for what its handler returns; `request<void>`: for its
    /// end. The first request makes the reply queue of this bus, which takes the rights to CreateQueue, TagQueue,
    /// DeleteQueue and, for what killed processes left, those of `sweep_reply_queues`.
    ///
    /// The command's deadline is that of the wait: a consumer that takes it later does not handle it.
    /// Errors (thrown as `sluice::error`): `errc::timeout`: it may have been handled, or may be yet, by a handler that
    /// has begun. `errc::service_error`: the consumer gave it up; `service_code()` is `rejected`, `failed`,
    /// `unknown-command`, `undecodable`, `expired`, `reply-unsendable` (it was handled, but what came of it does not
    /// fit) or `duplicate` (it was handled before, and the reply is not kept), and the text says why. A handler that
    /// fails is tried again first, so that `failed` comes late. `errc::buffer_full`: too many wait. `errc::closed`: the
    /// bus was. `errc::bad_reply`: it was handled, and the reply is no `Reply`. `errc::not_found`: the reply queue was
    /// deleted meanwhile. Those of `send`. Duplicates: the first reply counts. Cancellation (terminal): the wait ends
    /// with `errc::cancelled`, or with `errc::unknown_outcome` once the command may have been sent; it is not called
    /// back.
    template<class Reply, class Command>
    boost::asio::awaitable<Reply> request(const Command& command, std::chrono::milliseconds patience,
                                          send_options options = send_options()) const {
        static_assert(!detail::has_event_name<Command>, "an event is published; nobody answers it");
        return await_reply<Reply>(
            request_encoded(detail::encode_payload<first_codec>(command), patience, std::move(options)));
    }

  private:
    using first_codec = typename detail::first_of<Codecs...>::type;

    template<class Reply>
    static boost::asio::awaitable<Reply> await_reply(boost::asio::awaitable<bus_envelope> waiting) {
        const bus_envelope reply = co_await std::move(waiting);
        detail::check_reply(reply, !std::is_void_v<Reply>);
        if constexpr (!std::is_void_v<Reply>) co_return decode<Reply>(reply);
    }

    template<class Reply>
    static Reply decode(const bus_envelope& reply) {
        try {
            return detail::decode_payload<Reply, Codecs...>(reply);
        } catch (const std::exception& failure) {
            detail::throw_bad_reply(reply, detail::text_of(failure));
        }
    }
};

/// In JSON. For other codecs, say `using my_bus = sluice::basic_command_bus<my_codec, sluice::json_codec>;`, which has
/// `my_bus::handlers` and `my_bus::context`.
using command_bus = basic_command_bus<json_codec>;
using command_handlers = basic_command_handlers<json_codec>;
using command_context = basic_command_context<json_codec>;

} // namespace sluice
