#include "local/form.hpp"

#include "local/fault.hpp"
#include "local/text.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

/// Far above the largest sensible request: ten entries with ten attributes each have about 400.
constexpr std::size_t most_parameters = 20'000;

/// Decodes to the end of `out`, which has room for it.
std::string_view decoded_into(std::string& out, std::string_view encoded) {
    const std::size_t begin = out.size();
    if (!append_form_component(out, encoded)) {
        throw make_fault("MalformedQueryString", "MalformedQueryString", "The query string contains a syntax error.",
                         404);
    }
    return std::string_view(out).substr(begin);
}

} // namespace

form::form(std::string_view encoded) : decoded_(std::make_unique<std::string>()) {
    decoded_->reserve(encoded.size()); // decoding never adds a byte: the views stay good
    while (!encoded.empty()) {
        const std::string_view pair = encoded.substr(0, encoded.find('&'));
        encoded.remove_prefix(std::min(encoded.size(), pair.size() + 1));
        if (pair.empty()) continue;
        if (parameters_.size() == most_parameters) {
            throw make_fault("MalformedQueryString", "MalformedQueryString",
                             "The request has more than " + std::to_string(most_parameters) + " parameters.");
        }
        const std::string_view name = pair.substr(0, pair.find('='));
        parameter one;
        one.name = decoded_into(*decoded_, name);
        one.value = decoded_into(*decoded_, pair.substr(std::min(pair.size(), name.size() + 1)));
        parameters_.push_back(one);
    }
    // What came later lies behind in memory, or, behind something empty, is longer. The last one of a name goes first,
    // and stays.
    std::ranges::sort(parameters_, [](const parameter& a, const parameter& b) {
        if (const int order = a.name.compare(b.name); order != 0) return order < 0;
        if (a.name.data() != b.name.data()) return a.name.data() > b.name.data();
        if (a.value.data() != b.value.data()) return a.value.data() > b.value.data();
        return a.value.size() > b.value.size();
    });
    const auto doubles = std::ranges::unique(parameters_, {}, &parameter::name);
    parameters_.erase(doubles.begin(), doubles.end());
}

std::optional<std::string_view> form::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(parameters_, name, {}, &parameter::name);
    if (found == parameters_.end() || found->name != name) return std::nullopt;
    return found->value;
}

std::span<const form::parameter> beginning_with(std::span<const form::parameter> sorted, std::size_t from,
                                                std::string_view prefix) {
    const auto part = [from, size = prefix.size()](const form::parameter& one) { return one.name.substr(from, size); };
    const auto found = std::ranges::equal_range(sorted, prefix, {}, part);
    return {found.begin(), found.end()};
}

} // namespace sluice::local
