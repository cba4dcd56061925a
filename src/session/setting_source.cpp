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
    found_text found(files_.property(profile_, property), std::string(property) + " of the profile " + profile_);
    found.file = files_.place(profile_, property);
    return found;
}

setting_source::found_text setting_source::text(std::string_view option, std::initializer_list<const char*> variables,
                                                std::string_view property) const {
    return option.empty() ? outside(variables, property) : found_text(std::string(option), "option");
}

result<bool> setting_source::flag(std::optional<bool> option, const char* variable, std::string_view property) const {
    if (option) return *option;
    const found_text found = outside({variable}, property);
    const std::string value = in_case(found.value, 'A', 'Z', 'a' - 'A');
    if (value.empty() || value == "false") return false;
    if (value == "true") return true;
    return error_info(errc::configuration, found.where + " is \"" + found.value + "\": it must be true or false");
}

setting_source::found_text setting_source::endpoint_url(std::string_view service) const {
    const std::string variable = "AWS_ENDPOINT_URL_" + in_case(service, 'a', 'z', 'A' - 'a');
    std::string own = variable_(variable.c_str());
    if (!own.empty()) return {std::move(own), variable};
    std::string for_all = variable_("AWS_ENDPOINT_URL");
    if (!for_all.empty()) return {std::move(for_all), "AWS_ENDPOINT_URL"};
    const auto section = files_.services.find(files_.property(profile_, "services"));
    if (section != files_.services.end()) {
        const auto settings = section->second.find(service);
        if (settings != section->second.end()) {
            const profile_properties found = sub_properties(settings->second);
            const auto url = found.find("endpoint_url");
            if (url != found.end() && !url->second.empty()) {
                return {url->second, std::string(service) + " in the services section " + section->first};
            }
        }
    }
    return outside({}, "endpoint_url");
}

} // namespace sluice
