// HTTP replies: fed whole and fed byte by byte they must end alike.
#include "transport/reply_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using sluice::reply_reader;

std::string outcome(std::string_view bytes, std::size_t piece) {
    reply_reader reader(4096);
    auto state = reply_reader::state::need_more;
    while (state == reply_reader::state::need_more && !bytes.empty()) {
        const auto space = reader.space();
        const std::size_t count = std::min({piece, space.size(), bytes.size()});
        std::memcpy(space.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        state = reader.commit(count);
    }
    if (state == reply_reader::state::need_more) state = reader.finish();
    if (state != reply_reader::state::done) return "failed";
    const sluice::http_reply reply = reader.take();
    if (reply.body.size() > 4096) std::abort();
    return std::to_string(reply.status) + " " + std::to_string(reply.headers.size()) + " " + reply.body;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (outcome(bytes, bytes.size()) != outcome(bytes, 1)) std::abort();
    return 0;
}
