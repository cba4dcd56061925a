// CloudEvents in messages: what the public functions do, with failures as values.
#pragma once

#include <sluice/cloud_event.hpp>
#include <sluice/error.hpp>

#include <span>
#include <string_view>

namespace sluice::stream {

result<message> encode_cloud_event(const cloud_event& event, cloud_event_mode mode);
result<cloud_event> decode_cloud_event(std::string_view body, std::span<const named_attribute> attributes);

} // namespace sluice::stream
