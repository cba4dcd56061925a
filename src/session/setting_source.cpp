#include "session/setting_source.hpp"

#include <algorithm>

namespace sluice {
namespace {

std::string in_case(std::string_view text, char first, char last, int shift) {
    std::string changed(text);
    std::ranges::transform(changed, changed.begin(),
                           [=](char c) { return c >= first && c <= last ? static_cast<char>(c + shift) : c; });
    return changed;
}

} // namespace

setting_source::found_text setting_source::outside(std::initializer_list<const char*> variables,
                                                   std::string_view property) const {
    for (const char* name : variables) {
        std::string value = variable_(name);
        if (!value.empty()) return {std::move(value), name};
    }
    return {files_.property(profile_, property), std::string(property) + " of the profile " + profile_};
}

std::string setting_source::text(std::string_view option, std::initializer_list<const char*> variables,
                                 std::string_view property) const {
    return option.empty() ? outside(variables, property).value : std::string(option);
}

result<bool> setting_source::flag(std::optional<bool> option, const char* variable, std::string_view property) const {
    if (option) return *option;
    const found_text found = outside({variable}, property);
    const std::string value = in_case(found.value, 'A', 'Z', 'a' - 'A');
    if (value.empty() || value == "false") return false;
    if (value == "true") return true;
    return error_info(errc::configuration, found.where + " is \"" + found.value + "\": it must be true or false");
}

std::string setting_source::endpoint_url(std::string_view service) const {
    std::string own = variable_(("AWS_ENDPOINT_URL_" + in_case(service, 'a', 'z', 'A' - 'a')).c_str());
    if (!own.empty()) return own;
    std::string for_all = variable_("AWS_ENDPOINT_URL");
    if (!for_all.empty()) return for_all;
    const auto section = files_.services.find(files_.property(profile_, "services"));
    if (section != files_.services.end()) {
        const auto settings = section->second.find(service);
        if (settings != section->second.end()) {
            const profile_properties found = sub_properties(settings->second);
            const auto url = found.find("endpoint_url");
            if (url != found.end() && !url->second.empty()) return url->second;
        }
    }
    return files_.property(profile_, "endpoint_url");
}

} // namespace sluice
