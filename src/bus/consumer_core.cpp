#include "bus/consumer_core.hpp"

#include "bus/consumer_arrival.hpp"
#include "bus/option_rules.hpp"
#include "bus/reply_rules.hpp"
#include "protocol/arn.hpp"
#include "stream/middleware/plain_text.hpp"

#include <sluice/middleware/failure.hpp>
#include <sluice/stream_attributes.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace sluice::bus {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::system_clock;

namespace {

command_consumer_options checked(command_consumer_options options, const command_handlers_base& handlers,
                                 const command_bus_options& of_bus) {
    if (options.reply_queue_prefix.empty()) options.reply_queue_prefix = of_bus.reply_queue_prefix;
    require_option(handlers.size() > 0, "there are no handlers");
    require_option(options.attempts >= 1, "attempts is " + std::to_string(options.attempts) + ": it must be 1 or more");
    require_option(options.most_receives >= 0,
                   "most_receives is " + std::to_string(options.most_receives) + ": it must be 0 or more");
    require_option(options.max_payload_bytes >= 1, "max_payload_bytes is 0: it must be 1 or more");
    require_option(options.run.acknowledge == sqs::acknowledge_mode::on_success,
                   "run.acknowledge must stay on_success: a command is deleted when it was handled");
    if (const auto wrong = check_reply_prefix(options.reply_queue_prefix)) throw error(*wrong);
    return options;
}

std::string dead_letter_queue_of(const command_consumer_options& options, const std::string& queue) {
    protocol::parse_queue_reference(queue).value();
    if (!options.dead_letters) return {};
    if (options.dead_letter_queue.empty()) return dead_letter_name(queue);
    protocol::parse_queue_reference(options.dead_letter_queue).value();
    require_option(options.dead_letter_queue != queue, "dead_letter_queue is the queue itself: " + queue);
    return options.dead_letter_queue;
}

std::vector<named_attribute> kind_and_type(const sqs::delivery& /*delivery*/, const std::exception_ptr& failure) {
    std::vector<named_attribute> more;
    if_given_up(failure, [&more](const given_up& reason) {
        more.emplace_back(dead_letter_attributes::kind, std::string(name_of(reason.kind())));
        more.emplace_back(dead_letter_attributes::type, reason.type());
    });
    return more;
}

bool is_hopeless(const std::exception_ptr& failure) {
    return if_given_up(failure, [](const given_up&) {});
}

bool is_rejection(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const command_rejected&) {
        return true;
    } catch (...) {
        return false;
    }
}

std::optional<retry_in_place> checked_retries(std::optional<retry_in_place_options> options) {
    if (!options) return std::nullopt;
    auto retried = std::move(options->retried);
    options->retried = [retried = std::move(retried)](const std::exception_ptr& failure) {
        return !is_hopeless(failure) && !is_rejection(failure) && (!retried || retried(failure));
    };
    return retry_in_place(std::move(*options));
}

} // namespace

consumer_core::consumer_core(std::shared_ptr<bus_core> bus, std::string queue, command_handlers_base handlers,
                             command_consumer_options options)
    : bus_(std::move(bus)), queue_(std::move(queue)), handlers_(std::move(handlers)),
      options_(checked(std::move(options), handlers_, bus_->options())),
      dead_letter_queue_(dead_letter_queue_of(options_, queue_)),
      deduplication_(std::make_shared<command_deduplication>(options_.deduplication)),
      retries_(checked_retries(options_.retry_in_place)), dead_letter_writer_(bus_->used_session()),
      stopped_(std::make_shared<one_shot_event>(bus_->used_session().get_executor())) {
    if (options_.dead_letters) dead_letter_.emplace(make_dead_letter());
    reader_.emplace(bus_->used_session(), queue_, options_.reader);
}

dead_letter consumer_core::make_dead_letter() {
    dead_letter_options letters;
    letters.attempts = 0; // counted here
    letters.hopeless = is_hopeless;
    letters.source = std::string(protocol::destination_name(queue_));
    letters.to = dead_letter_queue_;
    letters.expendable = {stream_attributes::reply_to, "ce-replyto", stream_attributes::source,
                          stream_attributes::message_time, "ce-time"};
    letters.more_attributes = kind_and_type;
    letters.write_failed = [this](const sqs::delivery& delivery, const std::exception_ptr&) {
        // Of what is given up the order matters less than that it gets there: the group must not stay corked.
        dead_letter_writer_.resume(std::string(delivery.group()), dead_letter_queue_);
        dead_letter_writer_.resume(delivery.message_id(), dead_letter_queue_);
    };
    return dead_letter(dead_letter_writer_, std::move(letters));
}

void consumer_core::read_into(arrival& one) const {
    const received_content what(one.delivery);
    const envelope_format* used = nullptr;
    const auto& formats = bus_->options().formats;
    try {
        one.envelope = read_envelope(formats, what, used);
        if (one.envelope) one.key = used->deduplication_key(*one.envelope);
        if (one.envelope && (one.envelope->id.empty() || one.envelope->type.empty() || one.key.empty())) {
            one.envelope = error_info(errc::invalid_argument, std::string(used->name()) + " found no id or no type");
        }
    } catch (...) { // a format of somebody else's: it would throw the next time, too
        one.envelope = error_info(errc::invalid_argument,
                                  "its format failed to read it: " + describe_failure(std::current_exception()));
    }
    for (const auto& format : formats) {
        if (format.get() == used) one.format = format;
    }
}

void consumer_core::look_at(arrival& one) const {
    read_into(one);
    if (one.envelope) one.handler = handlers_.find(one.envelope->type);
    one.refused = judge_arrival(one.envelope, one.handler != nullptr, options_.max_payload_bytes);
    if (one.envelope) find_reply_queue(one);
}

awaitable<void> consumer_core::handle(std::shared_ptr<consumer_core> self, sqs::delivery& delivery) {
    arrival one(delivery);
    self->look_at(one);
    if (!one.reply_refused.empty()) {
        ++self->refused_replies_;
        self->log(one, "gets no reply: " + one.reply_refused);
    }
    std::exception_ptr failure;
    const bool dead_letter_is_off = !self->dead_letter_;
    const auto next = [&self, &one](sqs::delivery&) -> awaitable<void> { return self->attempt(one); };
    try {
        if (self->dead_letter_) {
            const dead_letter& letters = *self->dead_letter_;
            auto handling = letters(delivery, next);
            co_await std::move(handling);
        } else {
            auto handling = self->attempt(one);
            co_await std::move(handling);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (one.given_up_as && dead_letter_is_off) {
        self->log(one, "failed, comes again, as dead letters are off: " + one.why);
    } else if (one.given_up_as) {
        ++(failure ? self->failed_dead_letters_ : self->dead_letters_);
        if (failure) self->log(one, "could not be given up, comes again: " + one.why);
        else self->log(one, "given up, in " + self->dead_letter_queue_ + ": " + one.why);
        if (!failure) {
            self->forget_failures(one);
            // Cancelled or not, its letter is written: it must not come again.
            auto answering = self->answer_failure(one, name_of(*one.given_up_as), one.why);
            const bool throws = co_await asio::this_coro::throw_if_cancelled();
            co_await asio::this_coro::throw_if_cancelled(false);
            co_await std::move(answering);
            co_await asio::this_coro::throw_if_cancelled(throws);
        }
    } else if (failure) {
        ++self->failed_;
        self->log(one, "failed, comes again: " + describe_failure(failure));
    }
    if (failure) std::rethrow_exception(failure);
}

void consumer_core::forget_failures(const arrival& one) {
    if (one.key.empty()) return;
    const std::lock_guard lock(mutex_);
    failures_.forget(one.key);
}

awaitable<void> consumer_core::attempt(arrival& one) {
    std::exception_ptr failure;
    try {
        auto handling = once(one);
        co_await std::move(handling);
    } catch (...) {
        failure = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (failure && state.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failure);
    if (failure) std::rethrow_exception(judged(one, failure));
    forget_failures(one);
}

std::exception_ptr consumer_core::judged(arrival& one, const std::exception_ptr& failure) {
    const auto give_up = [&one, this](failure_kind kind, const std::string& why) {
        one.given_up_as = kind;
        one.why = why;
        count(kind);
        return std::make_exception_ptr(given_up(kind, one.envelope ? one.envelope->type : std::string(), why));
    };
    std::exception_ptr instead;
    if (if_given_up(failure, [&](const given_up& reason) { instead = give_up(reason.kind(), reason.what()); })) {
        return instead;
    }
    const std::string text = describe_failure(failure);
    if (is_rejection(failure)) return give_up(failure_kind::rejected, "rejected: " + text);
    // A store that failed, or a duplicate under way: says nothing of the command.
    if (!one.called || is_cancellation(failure)) return failure;
    int failures = 0;
    {
        const std::lock_guard lock(mutex_);
        failures = failures_.add(one.key);
    }
    const failure_limits limits{options_.attempts, options_.most_receives};
    if (!is_given_up(limits, failures, one.delivery.receive_count())) return failure;
    return give_up(failure_kind::failed, "failed: given up after " + std::to_string(failures) + " attempts here and " +
                                             std::to_string(one.delivery.receive_count()) + " receives: " + text);
}

awaitable<void> consumer_core::once(arrival& one) {
    if (one.refused) throw given_up(*one.refused);
    if (!deduplication_->is_on()) {
        auto handling = with_retries(one);
        co_await std::move(handling);
        co_return;
    }
    deduplicate_options by_key;
    by_key.key = [key = one.key](const sqs::delivery&) { return key; };
    const deduplicate<command_deduplication> guard(deduplication_, std::move(by_key));
    const auto next = [this, &one](sqs::delivery&) -> awaitable<void> { return with_retries(one); };
    try {
        auto guarding = guard(one.delivery, next);
        co_await std::move(guarding);
    } catch (const duplicate_under_way&) {
        ++duplicates_;
        throw;
    }
    if (one.called) co_return;
    ++duplicates_;
    // Perhaps a request that was sent once more. If the reply to the first one has come, this one is dropped.
    auto answering = answer_failure(one, duplicate, "it was handled before; its reply is not kept");
    co_await std::move(answering);
}

awaitable<void> consumer_core::with_retries(arrival& one) {
    // Not before the deduplication: what was handled in time and comes again is no failure.
    const int receives = one.delivery.receive_count();
    const bool in_order = protocol::is_fifo(queue_); // there it also grows for what waits behind a failed one
    const int most_receives = dead_letter_ && !in_order ? options_.most_receives : 0;
    if (auto late = judge_call(*one.envelope, receives, most_receives, system_clock::now())) {
        throw given_up(std::move(*late));
    }
    one.called = true;
    if (!retries_) {
        auto calling = call(one);
        co_await std::move(calling);
        co_return;
    }
    const auto next = [this, &one](sqs::delivery&) -> awaitable<void> { return call(one); };
    const retry_in_place& retries = *retries_;
    auto trying = retries(one.delivery, next);
    co_await std::move(trying);
}

awaitable<void> consumer_core::call(arrival& one) {
    const bool wants_reply = !one.reply_queue.empty();
    const command_context_base context(*one.envelope, one.delivery, bus_, wants_reply, one.key);
    const std::shared_ptr<const detail::erased_handler> handler = one.handler;
    std::string rejection;
    bool rejected = false;
    detail::encoded_reply reply;
    try {
        auto handling = (*handler)(*one.envelope, context);
        reply = co_await std::move(handling);
    } catch (const command_rejected& refusal) {
        if (!wants_reply) throw;
        rejected = true;
        rejection = refusal.what();
    }
    ++(rejected ? rejected_ : handled_);
    if (!wants_reply) co_return; // a handler that was cancelled and has ended well all the same has ended well
    awaitable<void> answering;
    if (rejected) { // whoever asked hears of it: that is what becomes of it
        answering = answer_failure(one, name_of(failure_kind::rejected), std::move(rejection));
    } else {
        answering = answer(one, std::move(reply));
    }
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(answering);
    co_await asio::this_coro::throw_if_cancelled(throws);
}

void consumer_core::count(failure_kind kind) {
    switch (kind) {
    case failure_kind::unknown_command: ++unknown_; break;
    case failure_kind::undecodable: ++undecodable_; break;
    case failure_kind::expired: ++expired_; break;
    case failure_kind::rejected: ++rejected_; break;
    case failure_kind::failed: ++given_up_; break;
    }
}

void consumer_core::log(const arrival& one, const std::string& what) const {
    if (!options_.log) return;
    constexpr std::size_t longest = 2'000;
    std::string line =
        one.envelope ? one.envelope->type + " " + one.envelope->id : "message " + one.delivery.message_id();
    line += ", receive " + std::to_string(one.delivery.receive_count()) + ": " + what;
    options_.log(stream::one_line(line, longest));
}

command_consumer_statistics consumer_core::statistics() const {
    command_consumer_statistics now;
    now.handled = handled_;
    now.duplicates = duplicates_;
    now.failed = failed_;
    now.rejected = rejected_;
    now.unknown = unknown_;
    now.undecodable = undecodable_;
    now.expired = expired_;
    now.given_up = given_up_;
    now.dead_letters = dead_letters_;
    now.failed_dead_letters = failed_dead_letters_;
    now.replies = replies_;
    now.failed_replies = failed_replies_;
    now.refused_replies = refused_replies_;
    if (reader_) now.reader = reader_->statistics();
    const std::lock_guard lock(mutex_);
    now.remembered_failures = failures_.size();
    return now;
}

} // namespace sluice::bus
