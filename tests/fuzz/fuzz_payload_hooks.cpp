// Claims and compressed bodies as they come from a queue: `name: value` lines for the attributes, an empty line, the
// body. What is fetched has a key that stays in its store and a size within the bound; nothing unfolds beyond it.
#include <sluice/error.hpp>
#include <sluice/middleware/claim_check.hpp>
#include <sluice/middleware/compression.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t most_bytes = 1'000;

void require(bool holds) {
    if (!holds) std::abort();
}

/// A byte, and how often.
std::string unroll(std::string_view packed, std::size_t most) {
    if (packed.size() % 2 != 0) throw std::runtime_error("a run is cut");
    std::string bytes;
    for (std::size_t i = 0; i < packed.size() && bytes.size() <= most; i += 2) {
        bytes.append(static_cast<unsigned char>(packed[i + 1]), packed[i]);
    }
    return bytes;
}

void look_at_claim(std::string_view body, const std::vector<sluice::named_attribute>& attributes) {
    sluice::claim_check_options options;
    options.most_bytes = most_bytes;
    options.key_prefix = "k";
    const auto ticket = sluice::detail::read_claim(options, body, attributes);
    if (!ticket) return;
    require(ticket->bytes <= most_bytes);
    require(ticket->key.starts_with('k') && ticket->key.size() <= 1'024);
    const std::string path = "/" + ticket->key + "/";
    require(path.find("//") == std::string::npos && path.find("/./") == std::string::npos &&
            path.find("/../") == std::string::npos);
    require(std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F && c != '\\' && c != ':'; }));
    require(body.find(options.bucket) != std::string::npos || body.find('\\') != std::string::npos);
    const auto content = sluice::detail::redeem_claim(*ticket, std::string(ticket->bytes, 'x'), attributes);
    require(!sluice::detail::read_claim(options, content.body, content.attributes));
}

void look_at_compressed(std::string_view body, const std::vector<sluice::named_attribute>& attributes) {
    sluice::compression_options options;
    options.most_bytes = most_bytes;
    const auto as_it_is = [](std::string_view bytes) { return std::string(bytes); };
    const sluice::compression runs(sluice::compression_codec("runs", as_it_is, &unroll), options);
    const sluice::message_content received(std::string(body), attributes);
    const auto content = runs.unpack(received);
    require(content == received || content.body.size() <= most_bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::vector<sluice::named_attribute> attributes;
    while (attributes.size() < 20) {
        const auto end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        const auto colon = line.find(": ");
        if (end == std::string_view::npos || colon == std::string_view::npos) break;
        attributes.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
        rest.remove_prefix(end + 1);
    }
    if (rest.starts_with('\n')) rest.remove_prefix(1);
    for (const auto look : {&look_at_claim, &look_at_compressed}) {
        try {
            look(rest, attributes);
        } catch (const sluice::error& refused) {
            require(!refused.info().message.empty());
        }
    }
    return 0;
}
