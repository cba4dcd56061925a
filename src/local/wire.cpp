#include "local/wire.hpp"

namespace sluice::local {

std::string input::required(std::string_view name) const {
    auto value = text(name);
    if (!value || value->empty()) throw missing_parameter(name);
    return std::move(*value);
}

std::optional<std::int64_t> input::integer(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto number = parse_integer(*value);
    if (!number) throw invalid_value(*value, name, "Must be an integer.");
    return number;
}

} // namespace sluice::local
