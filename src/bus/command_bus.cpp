// The public functions of the bus that know no types.
#include <sluice/command_bus.hpp>

#include "bus/bus_core.hpp"
#include "bus/envelope_rules.hpp"
#include "bus/reply_rules.hpp"
#include "protocol/strict_json.hpp"
#include "stream/middleware/plain_text.hpp"

#include <utility>

namespace sluice {

using boost::asio::awaitable;
using bus::bus_core;

namespace {

/// What every copy of a bus shares, and nothing else: contexts and coroutines under way do not keep it alive.
class copies {
  public:
    explicit copies(std::shared_ptr<bus_core> core) : core_(std::move(core)) {}
    copies(const copies&) = delete;
    copies& operator=(const copies&) = delete;
    ~copies() {
        try {
            core_->abandon();
        } catch (...) { // for lack of memory: the queue is swept when its time is over
            return;
        }
    }

  private:
    std::shared_ptr<bus_core> core_;
};

} // namespace

command_bus_base::command_bus_base(const session& session, command_bus_options options)
    : core_(std::make_shared<bus_core>(session, std::move(options))), last_copy_(std::make_shared<copies>(core_)) {}

awaitable<void> command_bus_base::close(std::chrono::milliseconds patience) const { return core_->close(patience); }
bool command_bus_base::resume(const std::string& aggregate, std::string destination) const {
    return core_->resume(aggregate, std::move(destination));
}
command_bus_statistics command_bus_base::statistics() const { return core_->statistics(); }

awaitable<command_receipt> command_bus_base::send_encoded(detail::encoded_payload content, send_options options) const {
    return core_->send(bus_core::kind::command, std::move(content), std::move(options), nullptr);
}
awaitable<command_receipt> command_bus_base::publish_encoded(detail::encoded_payload content,
                                                             send_options options) const {
    return core_->send(bus_core::kind::event, std::move(content), std::move(options), nullptr);
}
awaitable<bus_envelope> command_bus_base::request_encoded(detail::encoded_payload content,
                                                          std::chrono::milliseconds patience,
                                                          send_options options) const {
    return core_->request(std::move(content), patience, std::move(options));
}

awaitable<command_receipt> command_context_base::send_encoded(detail::encoded_payload content,
                                                              send_options options) const {
    return bus_->send(bus_core::kind::command, std::move(content), std::move(options), envelope_);
}
awaitable<command_receipt> command_context_base::publish_encoded(detail::encoded_payload content,
                                                                 send_options options) const {
    return bus_->send(bus_core::kind::event, std::move(content), std::move(options), envelope_);
}

std::vector<std::string> command_handlers_base::names() const {
    std::vector<std::string> all;
    all.reserve(handlers_.size());
    for (const auto& [name, handler] : handlers_) all.push_back(name);
    return all;
}

std::shared_ptr<const detail::erased_handler> command_handlers_base::find(std::string_view name) const {
    const auto at = handlers_.find(name);
    return at == handlers_.end() ? nullptr : at->second;
}

void command_handlers_base::add(std::string_view name, detail::erased_handler handler) {
    if (!bus::is_type_name(name) || name.starts_with(bus::own_types)) {
        throw error(bus::bad_envelope("the name of a command", name,
                                      "it must be 1 to 256 printable ASCII characters without space, and not begin "
                                      "with sluice."));
    }
    if (!handler) throw error(error_info(errc::invalid_argument, "the handler of " + std::string(name) + " is empty"));
    if (handlers_.contains(name)) {
        throw error(error_info(errc::invalid_argument, std::string(name) + " has a handler already: a type has one"));
    }
    handlers_.emplace(std::string(name), std::make_shared<const detail::erased_handler>(std::move(handler)));
}

namespace detail {

void check_json_nesting(std::string_view text) {
    constexpr std::size_t deepest = 64;
    if (protocol::json_nesting(text) > deepest) {
        throw error(error_info(errc::invalid_argument, "the JSON nests deeper than " + std::to_string(deepest)));
    }
}

std::size_t choose_codec(std::string_view content_type, std::span<const std::string_view> known) {
    const std::string wanted = bus::media_type(content_type);
    if (wanted.empty()) return 0;
    std::string all;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (bus::media_type(known[i]) == wanted) return i;
        if (!all.empty()) all += ", ";
        all += known[i];
    }
    throw error(bus::bad_envelope("the content type", content_type, "this process reads " + all));
}

std::string text_of(const std::exception& failure) {
    const auto* const own = dynamic_cast<const error*>(&failure);
    return own == nullptr ? failure.what() : own->info().message;
}

void throw_undecodable(const bus_envelope& envelope, const std::string& why) {
    constexpr std::size_t longest = 500;
    throw bus::given_up(bus::failure_kind::undecodable, envelope.type,
                        "undecodable: the payload of " + envelope.type + ": " + stream::one_line(why, longest));
}

void check_reply(const bus_envelope& reply, bool wants_value) {
    const bool has_value = reply.type == bus::reply_type;
    if (!has_value && reply.type != bus::done_type) throw_bad_reply(reply, "its type is " + reply.type);
    if (wants_value && !has_value) throw_bad_reply(reply, "the handler returned nothing");
}

void throw_bad_reply(const bus_envelope& reply, const std::string& why) {
    error_info failure(errc::bad_reply, "the reply to " + reply.causation_id + " cannot be read: " + why);
    failure.may_have_been_applied = true;
    throw error(std::move(failure));
}

} // namespace detail

} // namespace sluice
