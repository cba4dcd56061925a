// Filter policies and what they are asked about: a policy, a line break, the value of an attribute or the body. A
// policy that is accepted gives the same answer twice.
#include "local/filter_policy.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::local;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    try {
        const filter_policy policy(text.substr(0, line), size % 2 == 0 ? filter_scope::body : filter_scope::attributes);
        attribute one;
        one.name = "a";
        one.type = size % 3 == 0 ? "String.Array" : size % 3 == 1 ? "Number" : "String";
        if (line != std::string_view::npos) one.value = text.substr(line + 1);
        const bool first = policy.matches({one}, one.value);
        if (policy.matches({one}, one.value) != first) std::abort();
    } catch (const bad_filter_policy& why) {
        if (why.text.empty()) std::abort();
    }
    return 0;
}
