// Error replies: whatever comes, there is an error with a text or a code, and its one line has no line break.
#include "protocol/error_reply.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    sluice::protocol::error_reply_source source;
    source.status = 300 + (data[0] | data[1] << 8) % 300;
    source.body = std::string_view(reinterpret_cast<const char*>(data) + 2, size - 2);
    source.query_error_header = source.body.substr(0, size % 40);
    const sluice::error_info info = sluice::protocol::parse_error_reply(source);
    if (info.message.empty() && info.service_code.empty()) std::abort();
    if (info.describe().find('\n') != std::string::npos) std::abort();
    return 0;
}
