#include <sluice/sqs/reader.hpp>

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "session/session_state.hpp"
#include "stream/reader_core.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::sqs {
namespace {

void check(const reader_options& options) {
    const auto require = [](bool holds, const std::string& text) {
        if (!holds) throw error(error_info(errc::invalid_argument, text));
    };
    const auto wait = options.wait_time.count();
    require(wait >= 0 && wait <= limits::wait_seconds,
            "wait_time is " + std::to_string(wait) + " s: it must be 0 to 20 s");
    if (options.visibility_timeout) {
        const auto visibility = options.visibility_timeout->count();
        require(visibility >= 1 && visibility <= limits::visibility_seconds,
                "visibility_timeout is " + std::to_string(visibility) + " s: it must be 1 s to 43200 s (12 h)");
    }
    require(options.pollers >= 1, "pollers is 0: it must be 1 or more");
    require(options.acknowledge_linger.count() >= 0, "acknowledge_linger is negative");
}

boost::asio::awaitable<void> refuse_empty() {
    throw error(
        error_info(errc::invalid_argument, "this delivery is empty: it was not read from a queue, or was moved from"));
    co_return;
}

} // namespace

const attribute_value* delivery::attribute(std::string_view name) const noexcept {
    const auto found = std::ranges::find(content_.attributes, name, &named_attribute::name);
    return found == content_.attributes.end() ? nullptr : &found->value;
}

int delivery::receive_count() const noexcept {
    const auto found = content_.system_attributes.find("ApproximateReceiveCount");
    int count = 0;
    if (found == content_.system_attributes.end()) return count;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), count);
    return count;
}

boost::asio::awaitable<void> delivery::ack() {
    if (!core_) return refuse_empty();
    return core_->acknowledge(content_.receipt_handle);
}

boost::asio::awaitable<void> delivery::release(std::chrono::seconds delay) {
    if (!core_) return refuse_empty();
    return core_->change_visibility(content_.receipt_handle, delay);
}

reader::reader(const session& session, std::string queue, reader_options options) {
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

boost::asio::awaitable<void> reader::stop(std::chrono::milliseconds patience) {
    return core_->stop(deadline_after(patience));
}

reader_statistics reader::statistics() const { return core_->statistics(); }

} // namespace sluice::sqs
