// The files that all AWS tools share: ~/.aws/config and ~/.aws/credentials.
#pragma once

#include "credentials/secret.hpp"

#include <sluice/error.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sluice {

/// The properties of a section, their names in lower case. A property with sub-properties has them as its value, a line
/// each, the first one empty: see `sub_properties`.
using profile_properties = std::map<std::string, std::string, std::less<>>;
using profile_sections = std::map<std::string, profile_properties, std::less<>>;

/// What both files say together. Overwrites all values when it goes, as keys are among them.
struct profile_files {
    profile_files() = default;
    profile_files(const profile_files&) = default;
    profile_files(profile_files&&) = default;
    profile_files& operator=(const profile_files&) = delete;
    profile_files& operator=(profile_files&&) = delete;
    ~profile_files();

    profile_sections profiles;
    profile_sections sso_sessions;
    profile_sections services;
    profile_sections places; ///< of the properties of profiles: `file:line`

    /// Where a property of a profile was found, as `file:line`; empty where there is none.
    [[nodiscard]] std::string place(std::string_view profile, std::string_view name) const;

    /// A property of a profile; empty where there is none.
    [[nodiscard]] std::string property(std::string_view profile, std::string_view name) const;
    /// True where it is set and not empty. Makes no copy, as the property may be a secret.
    [[nodiscard]] bool has(std::string_view profile, std::string_view name) const;
};

/// Parses both texts. `credentials` wins where both name a property. Sections and properties whose names cannot be are
/// ignored, as in the AWS SDKs. Fails with `errc::configuration` that names file, line and rule.
result<profile_files> parse_profile_files(std::string_view config, std::string_view config_name,
                                          std::string_view credentials, std::string_view credentials_name);

/// The lines `name = value` below a property such as `sqs =` of a services section.
profile_properties sub_properties(std::string_view value);

enum class path_style { posix, windows };

struct profile_locations {
    std::string config;
    std::string credentials;

    /// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else in the home directory: `HOME`; on Windows also
    /// `USERPROFILE`, then `HOMEDRIVE` with `HOMEPATH`. Empty where there is no home.
    static profile_locations find(const std::function<std::string(const char*)>& variable, path_style style);
};

/// The text of a file; one that is not there is empty.
using text_reader = std::function<result<secret_text>(const std::string& path)>;
result<secret_text> read_profile_text(const std::string& path);

/// Reads both files. Fails with `errc::configuration` that names the file: a directory, no permission, above 4 MiB, not
/// UTF-8, a line that is none.
result<profile_files> read_profile_files(const profile_locations& locations,
                                         const text_reader& read = &read_profile_text);

} // namespace sluice
