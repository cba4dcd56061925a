#include "stream/added_attributes.hpp"

#include "protocol/arn.hpp"

#include <sluice/stream_attributes.hpp>

#include <algorithm>

namespace sluice::stream {

void add_stream_attributes(message& to, std::string_view destination, const std::string& id,
                           const std::string& content_type, std::chrono::system_clock::time_point now) {
    const auto add = [&to](const char* name, std::string value) {
        // An empty attribute would have the message refused.
        const bool there = std::ranges::find(to.attributes(), name, &named_attribute::name) != to.attributes().end();
        if (!there && !value.empty()) to.attribute(name, std::move(value));
    };
    const auto since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    add(stream_attributes::message_id, id);
    add(stream_attributes::stream_name, std::string(protocol::destination_name(destination)));
    add(stream_attributes::stream_key, to.group().value_or(""));
    add(stream_attributes::content_type, content_type);
    add(stream_attributes::message_time, std::to_string(since_1970.count()));
}

} // namespace sluice::stream
