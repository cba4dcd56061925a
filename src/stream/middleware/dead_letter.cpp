#include <sluice/middleware/dead_letter.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"
#include "stream/middleware/plain_text.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/deduplicate.hpp>
#include <sluice/middleware/failure.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_reason = 65'536;

void require(bool holds, const std::string& text) {
    if (!holds) throw error(error_info(errc::invalid_argument, text));
}

void check(const dead_letter_options& options) {
    require(options.attempts >= 0, "attempts is " + std::to_string(options.attempts) + ": it must be 0 or more");
    require(options.reason_bytes >= 1 && options.reason_bytes <= longest_reason,
            "reason_bytes is " + std::to_string(options.reason_bytes) + ": it must be 1 to 65536");
    std::size_t bad = 0;
    const bool allowed = protocol::is_allowed_text(options.source, bad);
    require(allowed, "source has a character at byte " + std::to_string(bad) + " that attributes do not take");
}

bool is_own_attribute(const std::string& name) {
    constexpr std::array names{dead_letter_attributes::reason, dead_letter_attributes::message_id,
                               dead_letter_attributes::source, dead_letter_attributes::receive_count};
    return std::ranges::find(names, name) != names.end();
}

bool is_duplicate_under_way(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const duplicate_under_way&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// Of the letter itself, not of where it goes.
bool is_refusal_of_letter(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const error& thrown) {
        return thrown.code() == errc::message_too_long || thrown.code() == errc::invalid_argument;
    } catch (...) {
        return false;
    }
}

template<class Writer>
dead_letter::write_function writes_to(Writer writer) {
    auto shared = std::make_shared<Writer>(std::move(writer));
    return [shared = std::move(shared)](message letter) { return shared->write(std::move(letter)); };
}

} // namespace

std::string dead_letter_name(std::string_view queue) {
    protocol::parse_queue_reference(queue).value();
    constexpr std::string_view fifo_end = ".fifo";
    std::string_view stem = protocol::destination_name(queue);
    const bool fifo = protocol::is_fifo(stem);
    if (fifo) stem.remove_suffix(fifo_end.size());
    std::string name = std::string(stem) + "-dlq" + (fifo ? ".fifo" : "");
    if (const auto wrong = protocol::check_queue_name(name)) throw error(*wrong);
    return name;
}

dead_letter::dead_letter(sqs::writer writer) : dead_letter(std::move(writer), dead_letter_options()) {}

dead_letter::dead_letter(sqs::writer writer, dead_letter_options options)
    : dead_letter(destination::queue, writes_to(std::move(writer)), std::move(options)) {}

dead_letter::dead_letter(sns::writer writer) : dead_letter(std::move(writer), dead_letter_options()) {}

dead_letter::dead_letter(sns::writer writer, dead_letter_options options)
    : dead_letter(destination::topic, writes_to(std::move(writer)), std::move(options)) {}

dead_letter::dead_letter(write_function write) : dead_letter(std::move(write), dead_letter_options()) {}

dead_letter::dead_letter(write_function write, dead_letter_options options)
    : dead_letter(destination::unknown, std::move(write), std::move(options)) {}

dead_letter::dead_letter(destination kind, write_function write, dead_letter_options options)
    : kind_(kind), write_(std::move(write)), options_(std::move(options)) {
    require(write_ != nullptr, "the function that writes dead letters is empty");
    check(options_);
    if (protocol::is_fifo(options_.to)) options_.fifo = true;
}

bool dead_letter::is_dead(const sqs::delivery& delivery, const std::exception_ptr& failure) const {
    if (is_cancellation(failure) || is_duplicate_under_way(failure)) return false;
    if (delivery.lease_remaining().count() <= 0) return false; // somebody else may be handling it
    if (options_.attempts > 0 && delivery.receive_count() >= options_.attempts) return true;
    return options_.hopeless && options_.hopeless(failure);
}

message dead_letter::letter(const sqs::delivery& delivery, const std::exception_ptr& failure, content what) const {
    message made(delivery.body());
    const std::vector<named_attribute> reasons =
        what == content::with_reasons ? reasons_of(delivery, failure) : std::vector<named_attribute>();
    const auto is_replaced = [&](const std::string& name) {
        return what == content::with_reasons &&
               (is_own_attribute(name) || std::ranges::find(reasons, name, &named_attribute::name) != reasons.end());
    };
    std::vector<named_attribute> kept;
    for (const named_attribute& own : delivery.attributes()) {
        if (!is_replaced(own.name)) kept.push_back(own);
    }
    if (what == content::with_reasons) {
        for (const std::string& name : options_.expendable) {
            if (kept.size() + reasons.size() <= limits::message_attributes) break;
            std::erase_if(kept, [&name](const named_attribute& one) { return one.name == name; });
        }
    }
    for (const std::vector<named_attribute>* from : {&std::as_const(kept), &reasons}) {
        for (const named_attribute& one : *from) {
            if (made.attributes().size() == limits::message_attributes) break;
            made.attribute(one.name, one.value);
        }
    }
    if (!options_.to.empty()) made.to(options_.to);
    if (!delivery.group().empty()) made.group(std::string(delivery.group()));
    if (options_.fifo) {
        if (delivery.group().empty()) made.group(delivery.message_id());
        made.deduplication_id(delivery.message_id());
    }
    if (kind_ == destination::queue && !delivery.trace_header().empty()) {
        made.trace_header(std::string(delivery.trace_header()));
    }
    if (kind_ == destination::topic && !delivery.subject().empty()) made.subject(delivery.subject());
    return made;
}

std::vector<named_attribute> dead_letter::reasons_of(const sqs::delivery& delivery,
                                                     const std::exception_ptr& failure) const {
    std::vector<named_attribute> all;
    const auto add = [&all](std::string name, attribute_value value) {
        if (!value.value().empty()) all.emplace_back(std::move(name), std::move(value));
    };
    add(dead_letter_attributes::reason, stream::allowed_text(describe_failure(failure), options_.reason_bytes));
    if (options_.more_attributes) {
        for (named_attribute& one : options_.more_attributes(delivery, failure)) {
            add(std::move(one.name), std::move(one.value));
        }
    }
    add(dead_letter_attributes::message_id, delivery.message_id());
    add(dead_letter_attributes::source, options_.source);
    add(dead_letter_attributes::receive_count, attribute_value::number(std::int64_t(delivery.receive_count())));
    return all;
}

asio::awaitable<void> dead_letter::write_or_rethrow(const sqs::delivery& delivery, std::exception_ptr failure) const {
    if (!is_dead(delivery, failure)) std::rethrow_exception(failure);
    auto writing = write(letter(delivery, failure, content::with_reasons));
    std::exception_ptr refused = co_await std::move(writing);
    if (refused && is_refusal_of_letter(refused)) {
        auto writing_again = write(letter(delivery, failure, content::as_received));
        refused = co_await std::move(writing_again);
    }
    if (!refused) co_return;
    if (options_.write_failed) options_.write_failed(delivery, refused);
    std::rethrow_exception(failure);
}

asio::awaitable<std::exception_ptr> dead_letter::write(message letter) const {
    try {
        auto writing = write_(std::move(letter));
        co_await std::move(writing);
    } catch (...) {
        co_return std::current_exception();
    }
    co_return std::exception_ptr();
}

} // namespace sluice
