// Text of others on its way to a terminal: what comes out is UTF-8 without anything that a terminal obeys, escaping it
// again changes nothing, and what is shortened fits.
#include "cli/terminal_text.hpp"
#include "protocol/message_rules.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string safe = sluice::cli::escaped(text);
    for (const char c : safe) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
    }
    if (safe.find("\xC2\x80") != std::string::npos || safe.find("\xC2\x9B") != std::string::npos) std::abort();
    std::size_t bad = 0;
    const bool valid = sluice::protocol::is_allowed_text(safe, bad);
    // Non-characters such as U+FFFE are no text for SQS, and harmless to a terminal.
    if (!valid && (bad + 3 > safe.size() || safe.compare(bad, 2, "\xEF\xBF") != 0)) std::abort();
    if (sluice::cli::escaped(safe) != safe) std::abort();
    const std::size_t columns = 1 + size % 40;
    const std::string cut = sluice::cli::shortened(safe, columns);
    if (sluice::cli::display_width(cut) > columns) std::abort();
    return 0;
}
