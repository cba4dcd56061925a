#include "cli/error_advice.hpp"

#include "cli/terminal_text.hpp"

#include <string_view>

namespace sluice::cli {
namespace {

std::string_view what_to_do(const error_info& failure) {
    switch (failure.code) {
    case errc::access_denied:
        return "check the keys (sluice config shows which they are), the region, and that the keys may do this";
    case errc::credentials: return "sluice config shows what is found, and where";
    case errc::not_found: return "check the name, the region and the endpoint, or create it: sluice chain TOPIC QUEUE";
    case errc::connection: return "is the endpoint right, and does a server listen there?";
    case errc::timeout: return "is the endpoint right, and can it be reached from here?";
    case errc::resolve: return "check the endpoint and the region";
    case errc::throttled: return "try again later, or with fewer writers";
    default: return {};
    }
}

} // namespace

std::string advice_for(const error_info& failure) {
    std::string line = failure.describe();
    const std::string_view advice = what_to_do(failure);
    if (!advice.empty()) line += " - " + std::string(advice);
    return escaped(line); // a service wrote part of it
}

std::string advice_for(const std::exception& failure) {
    if (const auto* ours = dynamic_cast<const error*>(&failure)) return advice_for(ours->info());
    return escaped(failure.what());
}

} // namespace sluice::cli
