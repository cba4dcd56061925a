// The places that a setting comes from besides the session's options: a variable, then the profile.
#pragma once

#include "credentials/profile_file.hpp"

#include <sluice/error.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class setting_source {
  public:
    using variable_reader = std::function<std::string(const char*)>;

    setting_source(variable_reader variable, const profile_files& files, std::string profile)
        : variable_(std::move(variable)), files_(files), profile_(std::move(profile)) {}

    /// A value and where it is from, in words: a variable's name, or `region of the profile dev`.
    struct found_text {
        found_text() = default;
        found_text(std::string found, std::string place) : value(std::move(found)), where(std::move(place)) {}

        std::string value;
        std::string where;
        std::string file; ///< `file:line` of what a profile says; else empty
    };

    /// The first that is not empty: the option, the variables in their order, the profile's property.
    [[nodiscard]] found_text text(std::string_view option, std::initializer_list<const char*> variables,
                                  std::string_view property) const;

    /// `true` or `false` in any case; unset is false. Fails with `errc::configuration` that names variable or property.
    [[nodiscard]] result<bool> flag(std::optional<bool> option, const char* variable, std::string_view property) const;

    /// The variable, else the property.
    [[nodiscard]] found_text outside(std::initializer_list<const char*> variables, std::string_view property) const;

    /// The URL that the user set for a service: its own variable, the one for all, the profile's services section, the
    /// profile's property for all. `service` is the service's name in lower case, as in `[services]` sections.
    [[nodiscard]] found_text endpoint_url(std::string_view service) const;

  private:
    variable_reader variable_;
    const profile_files& files_;
    std::string profile_;
};

} // namespace sluice
