#include "stream/replaced_content.hpp"

#include "protocol/limits.hpp"

#include <algorithm>
#include <utility>

namespace sluice::stream {
namespace {

error_info wrong(std::string_view what, const std::string& why) {
    return {errc::invalid_argument, std::string(what) + ": " + why};
}

} // namespace

message replace_content(const message& from, std::string body, std::vector<named_attribute> attributes) {
    message made(std::move(body));
    for (auto& [name, value] : attributes) made.attribute(std::move(name), std::move(value));
    if (from.group()) made.group(*from.group());
    if (from.deduplication_id()) made.deduplication_id(*from.deduplication_id());
    if (from.delay()) made.delay(*from.delay());
    if (from.destination()) made.to(*from.destination());
    if (from.subject()) made.subject(*from.subject());
    if (from.structure()) made.structure(*from.structure());
    if (from.trace_header()) made.trace_header(*from.trace_header());
    return made;
}

std::optional<error_info> check_not_reserved(const message& content, std::span<const std::string_view> reserved,
                                             std::string_view what) {
    const auto& attributes = content.attributes();
    for (const std::string_view name : reserved) {
        if (std::ranges::find(attributes, name, &named_attribute::name) != attributes.end()) {
            return wrong(what, "it has the attribute " + std::string(name) + " already");
        }
    }
    return std::nullopt;
}

std::optional<error_info> check_replaceable(const message& content, std::size_t added, std::string_view what) {
    if (content.structure()) return wrong(what, "its structure is " + *content.structure() + ", so it is not one text");
    const std::size_t own = content.attributes().size();
    if (own + added <= limits::message_attributes) return std::nullopt;
    return wrong(what, "it has " + std::to_string(own) + " attributes, and " + std::to_string(added) +
                           " would be added: at most 10 are allowed");
}

void remove_attribute(std::vector<named_attribute>& from, std::string_view name) {
    std::erase_if(from, [&name](const named_attribute& one) { return one.name == name; });
}

} // namespace sluice::stream
