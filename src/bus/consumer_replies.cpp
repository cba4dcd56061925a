// What a consumer answers to whoever awaits a reply. A reply that cannot be sent fails nothing.
#include "bus/consumer_arrival.hpp"
#include "bus/reply_rules.hpp"
#include "stream/middleware/plain_text.hpp"

#include <sluice/middleware/failure.hpp>

#include <utility>

namespace sluice::bus {

using boost::asio::awaitable;

namespace {

constexpr const char* text_plain = "text/plain";

/// The reply itself is at fault, not where it goes.
bool is_refusal_of_reply(const error_info& failure) {
    return failure.code == errc::message_too_long || failure.code == errc::invalid_argument;
}

} // namespace

void consumer_core::find_reply_queue(arrival& one) const {
    const std::string& wanted = one.envelope->reply_to;
    if (wanted.empty() || !options_.replies) return;
    if (!options_.allows_reply_to) {
        auto allowed = reply_queue_of(wanted, url_, options_.reply_queue_prefix);
        if (allowed) one.reply_queue = std::move(*allowed);
        else one.reply_refused = allowed.error().message;
        return;
    }
    try {
        if (options_.allows_reply_to(wanted)) one.reply_queue = wanted;
        else one.reply_refused = "allows_reply_to does not allow " + wanted;
    } catch (...) {
        one.reply_refused = "allows_reply_to failed: " + describe_failure(std::current_exception());
    }
}

awaitable<void> consumer_core::answer(arrival& one, detail::encoded_reply reply) {
    using kind = detail::encoded_reply::kind;
    const std::size_t most = bus_->options().max_payload_bytes;
    std::string refusal;
    if (reply.how == kind::unsendable) refusal = std::move(reply.payload);
    else if (reply.payload.size() > most) {
        refusal =
            "the reply has " + std::to_string(reply.payload.size()) + " bytes, and may have " + std::to_string(most);
    }
    if (refusal.empty()) {
        const bool has_value = reply.how == kind::value;
        bus_envelope made = make_reply(*one.envelope, has_value ? reply_type : done_type, bus_->options().source);
        made.content_type = has_value ? std::move(reply.content_type) : text_plain;
        made.payload = has_value ? std::move(reply.payload) : "done";
        auto sending = try_reply(one, std::move(made));
        const auto sent = co_await std::move(sending);
        if (sent || !is_refusal_of_reply(sent.error())) {
            count_reply(one, sent);
            co_return;
        }
        refusal = sent.error().message; // with its attributes, or in base64, it is too large for the queue
    }
    log(one, "its reply cannot be sent: " + refusal);
    auto answering = answer_failure(one, unsendable, std::move(refusal));
    co_await std::move(answering);
}

awaitable<void> consumer_core::answer_failure(arrival& one, std::string_view kind, std::string text) {
    constexpr std::size_t longest_text = 2'000;
    if (one.reply_queue.empty() || !one.envelope) co_return;
    const std::string type = std::string(error_types) + std::string(kind);
    bus_envelope made = make_reply(*one.envelope, type, bus_->options().source);
    made.content_type = text_plain;
    made.payload = stream::one_line(text, longest_text);
    auto sending = try_reply(one, std::move(made));
    const auto sent = co_await std::move(sending);
    count_reply(one, sent);
}

awaitable<result<void>> consumer_core::try_reply(arrival& one, bus_envelope reply) {
    try {
        auto sending = bus_->reply(one.format, std::move(reply), one.reply_queue);
        const auto sent = co_await std::move(sending);
        co_return sent;
    } catch (...) { // a cancellation, too: what the command was to do is done
        co_return result<void>(error_info(errc::cancelled, describe_failure(std::current_exception())));
    }
}

void consumer_core::count_reply(const arrival& one, const result<void>& sent) {
    ++(sent ? replies_ : failed_replies_);
    if (!sent) log(one, "its reply was not sent: " + sent.error().describe());
}

} // namespace sluice::bus
