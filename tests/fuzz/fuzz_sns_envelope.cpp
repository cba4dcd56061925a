// What comes in a queue behind a topic. What is taken for an envelope has its members and attributes that a message may
// have; the text of its message stands in the body, unless it was escaped.
#include "stream/sns_envelope.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto found = sluice::stream::parse_sns_envelope(body);
    if (!found) return 0;
    if (body.find("\"Notification\"") == std::string_view::npos) std::abort();
    if (body.find('\\') == std::string_view::npos && body.find(found->message) == std::string_view::npos) std::abort();
    if (found->message.size() > body.size()) std::abort();
    for (const auto& [name, value] : found->attributes) {
        if (value.value().size() > body.size()) std::abort();
    }
    return 0;
}
