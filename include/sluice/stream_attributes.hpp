// The names of the message attributes that the Go library `streams` (alexandria-oss) puts on what it writes, so that
// its programs and ours can share queues. `writer_options::stream_attributes` has a writer add them.
#pragma once

namespace sluice::stream_attributes {

inline constexpr const char* message_id = "streams-message-id";     ///< a UUID
inline constexpr const char* stream_name = "streams-stream-name";   ///< the queue's or topic's name, `.fifo` included
inline constexpr const char* stream_key = "streams-stream-key";     ///< the message group
inline constexpr const char* content_type = "streams-content-type"; ///< such as `application/json`
inline constexpr const char* message_time = "streams-message-time"; ///< when it was written, in ms since 1970 (UTC)

} // namespace sluice::stream_attributes
