// The `streams-*` attributes of a message that is about to be written.
#pragma once

#include <sluice/message.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::stream {

/// Adds those that the message does not have itself; without a group no key, without `content_type` none.
void add_stream_attributes(message& to, std::string_view destination, const std::string& id,
                           const std::string& content_type, std::chrono::system_clock::time_point now);

} // namespace sluice::stream
