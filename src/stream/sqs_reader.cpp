#include <sluice/sqs/reader.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/reply_document.hpp"
#include "protocol/timestamp.hpp"
#include "session/session_state.hpp"
#include "stream/reader_core.hpp"

#include <sluice/stream_attributes.hpp>

#include <algorithm>
#include <utility>

namespace sluice::sqs {
namespace {

void check(const reader_options& options) {
    const auto require = [](bool holds, const std::string& text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    const auto require_seconds = [&require](const char* name, std::chrono::seconds value, std::int64_t least) {
        require(value.count() >= least && value.count() <= limits::visibility_seconds,
                std::string(name) + " is " + std::to_string(value.count()) + " s: it must be " + std::to_string(least) +
                    " s to 43200 s (12 h)");
    };
    const auto wait = options.wait_time.count();
    require(wait >= 0 && wait <= limits::wait_seconds,
            "wait_time is " + std::to_string(wait) + " s: it must be 0 to 20 s");
    require(options.shortest_wait_time.count() >= 0, "shortest_wait_time is negative");
    if (options.visibility_timeout) require_seconds("visibility_timeout", *options.visibility_timeout, 1);
    const auto require_some = [&require](const char* name, std::size_t value) {
        require(value >= 1, std::string(name) + " is 0: it must be 1 or more");
    };
    require_some("pollers", options.pollers);
    require_some("buffered_messages", options.buffered_messages);
    require_some("messages_in_flight", options.messages_in_flight);
    require_some("bytes_in_flight", options.bytes_in_flight);
    require(options.messages_in_flight <= limits::in_flight_messages,
            "messages_in_flight is " + std::to_string(options.messages_in_flight) +
                ": SQS lets 120000 messages of a queue be in flight");
    require_seconds("max_lease", options.max_lease, 1);
    require_seconds("release_delay", options.release_delay, 1);
    require_seconds("longest_release_delay", options.longest_release_delay, 1);
    const auto linger = options.acknowledge_linger.count();
    require(linger >= 0 && linger <= 1000,
            "acknowledge_linger is " + std::to_string(linger) + " ms: it must be 0 to 1000 ms");
    for (const std::string& topic : options.topics) protocol::parse_topic_arn(topic).value();
}

error_info empty_delivery() {
    return {errc::invalid_argument, "this delivery is empty: it was not read from a queue, or was moved from"};
}

boost::asio::awaitable<void> refuse_empty() {
    throw error(empty_delivery());
    co_return;
}

using system_time = std::chrono::system_clock::time_point;

std::optional<system_time> time_of(std::string_view text) noexcept {
    const auto count = protocol::parse_number(text);
    if (!count) return std::nullopt;
    return protocol::time_of_milliseconds(*count);
}

} // namespace

delivery::delivery() = default;
delivery::delivery(delivery&&) noexcept = default;
delivery& delivery::operator=(delivery&&) noexcept = default;
delivery::~delivery() = default;

const attribute_value* delivery::attribute(std::string_view name) const noexcept {
    const auto found = std::ranges::find(content_.attributes, name, &named_attribute::name);
    return found == content_.attributes.end() ? nullptr : &found->value;
}

std::string_view delivery::system_attribute(const char* name) const noexcept {
    const auto found = content_.system_attributes.find(name);
    return found == content_.system_attributes.end() ? std::string_view() : std::string_view(found->second);
}

int delivery::receive_count() const noexcept {
    return static_cast<int>(protocol::parse_number(system_attribute("ApproximateReceiveCount")).value_or(0));
}

std::optional<system_time> delivery::sent_at() const noexcept { return time_of(system_attribute("SentTimestamp")); }

std::optional<system_time> delivery::first_received_at() const noexcept {
    return time_of(system_attribute("ApproximateFirstReceiveTimestamp"));
}

std::optional<system_time> delivery::stream_time() const noexcept {
    const attribute_value* const time = attribute(stream_attributes::message_time);
    if (time == nullptr) return std::nullopt;
    if (const auto milliseconds = time_of(time->value())) return milliseconds;
    return protocol::parse_date_time(time->value());
}

std::chrono::milliseconds delivery::lease_remaining() const {
    if (!claim_) return std::chrono::milliseconds(0);
    const auto end = claim_->core()->end_of_lease(claim_->lease());
    const auto now = std::chrono::steady_clock::now();
    return end <= now ? std::chrono::milliseconds(0) : std::chrono::floor<std::chrono::milliseconds>(end - now);
}

boost::asio::awaitable<void> delivery::ack() {
    if (!claim_) return refuse_empty();
    return claim_->core()->acknowledge(claim_->lease());
}

void delivery::ack_in_background() {
    if (!claim_) throw error(empty_delivery());
    claim_->core()->acknowledge_in_background(claim_->lease());
}

boost::asio::awaitable<void> delivery::release(std::chrono::seconds delay) {
    if (!claim_) return refuse_empty();
    return claim_->core()->release(claim_->lease(), delay);
}

boost::asio::awaitable<void> delivery::release() {
    if (!claim_) return refuse_empty();
    return release(claim_->core()->delay_of_release(receive_count()));
}

reader::reader(const session& session, std::string queue, const reader_options& options) {
    protocol::parse_queue_reference(queue).value();
    check(options);
    core_ = std::make_shared<detail::reader_core>(session.state(), std::move(queue), options);
}

reader& reader::operator=(reader&& other) noexcept {
    core_.swap(other.core_); // the other one's destructor ends what this one had
    return *this;
}

reader::~reader() {
    if (core_) core_->begin_stop();
}

boost::asio::awaitable<delivery> reader::read() { return core_->read(); }

boost::asio::awaitable<std::vector<delivery>> reader::read_batch(std::size_t most, std::chrono::milliseconds patience) {
    return core_->read_batch(most, deadline_after(patience));
}

boost::asio::awaitable<void> reader::run(message_handler handler) { return run(std::move(handler), run_options()); }

boost::asio::awaitable<void> reader::run(message_handler handler, run_options options) {
    batch_handler one_by_one;
    if (handler) {
        one_by_one = [kept = std::move(handler)](std::vector<delivery>& messages) { return kept(messages.front()); };
    }
    return core_->run(std::move(one_by_one), options, 1);
}

boost::asio::awaitable<void> reader::run_batch(batch_handler handler) {
    return run_batch(std::move(handler), run_options());
}

boost::asio::awaitable<void> reader::run_batch(batch_handler handler, run_options options) {
    const std::size_t batch = options.batch_messages;
    return core_->run(std::move(handler), options, batch);
}

void reader::pause() { core_->pause(true); }
void reader::resume() { core_->pause(false); }

boost::asio::awaitable<stop_report> reader::stop(std::chrono::milliseconds patience) {
    return stop(stop_policy::drain, patience);
}

boost::asio::awaitable<stop_report> reader::stop(stop_policy policy, std::chrono::milliseconds patience) {
    return core_->stop(policy, deadline_after(patience));
}

reader_statistics reader::statistics() const { return core_->statistics(); }

} // namespace sluice::sqs
