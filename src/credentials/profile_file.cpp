#include "credentials/profile_file.hpp"

#include "credentials/small_file.hpp"
#include "protocol/ascii.hpp"
#include "protocol/message_rules.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace sluice {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_made_of(std::string_view name, std::string_view others) {
    return !name.empty() && std::ranges::all_of(name, [others](char c) {
        return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

/// Up to a comment that has a blank before it: `a#b` is a value.
std::string_view without_comment(std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool mark = value[i] == '#' || value[i] == ';';
        if (mark && (i == 0 || blanks.find(value[i - 1]) != std::string_view::npos)) return value.substr(0, i);
    }
    return value;
}

enum class file_kind { config, credentials };
enum class section_kind { profile, sso_session, services, ignored };

struct section_name {
    section_kind kind = section_kind::ignored;
    std::string name;
    bool prefixed = false; ///< `[profile default]`, which wins over `[default]`
};

section_name read_section_name(std::string_view text, file_kind file) {
    constexpr std::string_view name_characters = "-_/.%@:+";
    const auto blank = text.find_first_of(blanks);
    const std::string_view first = text.substr(0, blank);
    const std::string_view rest = blank == std::string_view::npos ? std::string_view() : trimmed(text.substr(blank));
    section_name found;
    if (file == file_kind::credentials || (rest.empty() && text == "default")) {
        if (is_made_of(text, name_characters)) found = {section_kind::profile, std::string(text), false};
        return found;
    }
    if (!is_made_of(rest, name_characters)) return found;
    if (first == "profile") found = {section_kind::profile, std::string(rest), true};
    if (first == "sso-session") found = {section_kind::sso_session, std::string(rest), true};
    if (first == "services") found = {section_kind::services, std::string(rest), true};
    return found;
}

/// One file, line by line.
class parser {
  public:
    parser(file_kind kind, std::string_view file_name, profile_files& into)
        : kind_(kind), file_name_(file_name), into_(into) {}

    std::optional<error_info> run(std::string_view text) {
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        while (!text.empty()) {
            ++line_number_;
            const auto end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            if (line.ends_with('\r')) line.remove_suffix(1);
            auto failure = read_line(line);
            if (failure) return failure;
        }
        const auto plain = plain_default_.profiles.find("default");
        if (plain != plain_default_.profiles.end() && !has_prefixed_default_) {
            merge(plain->second, into_.profiles["default"]);
            merge(plain_default_.places["default"], into_.places["default"]);
        }
        return std::nullopt;
    }

  private:
    std::optional<error_info> read_line(std::string_view line) {
        std::size_t odd = 0;
        if (!protocol::is_allowed_text(line, odd)) return wrong("This is not UTF-8 text");
        const std::string_view content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';')) return std::nullopt;
        if (line.starts_with('[')) return read_section(line);
        if (blanks.find(line.front()) != std::string_view::npos) return read_continuation(content);
        return read_property(line);
    }

    std::optional<error_info> read_section(std::string_view line) {
        property_ = nullptr;
        in_property_ = false;
        line = trimmed(line.substr(0, line.find_first_of("#;")));
        if (!line.ends_with(']')) return wrong("Profile definition must end with ']'");
        const section_name found = read_section_name(trimmed(line.substr(1, line.size() - 2)), kind_);
        in_section_ = true;
        section_ = nullptr;
        places_ = nullptr;
        switch (found.kind) {
        case section_kind::profile:
            if (kind_ == file_kind::config && found.name == "default" && !found.prefixed) {
                section_ = &plain_default_.profiles["default"];
                places_ = &plain_default_.places["default"];
            } else {
                has_prefixed_default_ = has_prefixed_default_ || found.name == "default";
                section_ = &into_.profiles[found.name];
                places_ = &into_.places[found.name];
            }
            break;
        case section_kind::sso_session: section_ = &into_.sso_sessions[found.name]; break;
        case section_kind::services: section_ = &into_.services[found.name]; break;
        case section_kind::ignored: break;
        }
        return std::nullopt;
    }

    std::optional<error_info> read_property(std::string_view line) {
        if (!in_section_) return wrong("Expected a profile definition");
        const std::string_view content = trimmed(without_comment(line));
        const auto equals = content.find('=');
        if (equals == std::string_view::npos) return wrong("Expected an '=' sign defining a property");
        const std::string_view name = trimmed(content.substr(0, equals));
        const std::string_view value = trimmed(content.substr(equals + 1));
        if (name.empty()) return wrong("Property did not have a name");
        property_ = nullptr;
        in_property_ = true;
        has_sub_properties_ = value.empty();
        if (section_ == nullptr || !is_made_of(name, "-_/.%@:+")) return std::nullopt;
        const std::string key = protocol::lower_case(name);
        property_ = &(*section_)[key];
        wipe(*property_);
        *property_ = value;
        if (places_ != nullptr) (*places_)[key] = file_name_ + ":" + std::to_string(line_number_);
        return std::nullopt;
    }

    std::optional<error_info> read_continuation(std::string_view content) {
        if (!in_section_) return wrong("Expected a profile definition");
        if (!in_property_) return wrong("Expected a property definition, found continuation");
        if (has_sub_properties_) {
            const auto equals = content.find('=');
            if (equals == std::string_view::npos) return wrong("Expected an '=' sign defining a sub-property");
            if (trimmed(content.substr(0, equals)).empty()) return wrong("Sub-property did not have a name");
        }
        if (property_ != nullptr) append_line(*property_, content);
        return std::nullopt;
    }

    /// Grows without leaving a copy of the old text.
    static void append_line(std::string& value, std::string_view line) {
        std::string longer;
        longer.reserve(value.size() + 1 + line.size());
        longer.append(value).append("\n").append(line);
        value.swap(longer);
        wipe(longer);
    }

    static void merge(const profile_properties& from, profile_properties& into) {
        for (const auto& [name, value] : from) {
            wipe(into[name]);
            into[name] = value;
        }
    }

    [[nodiscard]] error_info wrong(std::string_view rule) const {
        return error_info(errc::configuration,
                          file_name_ + ", line " + std::to_string(line_number_) + ": " + std::string(rule));
    }

    file_kind kind_;
    std::string file_name_;
    profile_files& into_;
    profile_files plain_default_;
    bool has_prefixed_default_ = false;
    std::size_t line_number_ = 0;
    bool in_section_ = false;
    profile_properties* section_ = nullptr; ///< null: one that is ignored
    profile_properties* places_ = nullptr;  ///< null: nobody asks
    bool in_property_ = false;
    std::string* property_ = nullptr; ///< null: one that is ignored
    bool has_sub_properties_ = false;
};

// No file of this kind is as large: what is read is something else.
constexpr std::size_t largest_file = std::size_t(4) << 20;

/// `~/…` is in the home directory, as in a shell.
std::string expanded(const std::string& path, const std::string& home) {
    const bool in_home = path == "~" || path.starts_with("~/");
    return in_home && !home.empty() ? home + path.substr(1) : path;
}

} // namespace

profile_files::~profile_files() {
    for (auto* const sections : {&profiles, &sso_sessions, &services}) {
        for (auto& [name, properties] : *sections) {
            for (auto& [key, value] : properties) wipe(value);
        }
    }
}

namespace {

const std::string* find_in(const profile_sections& sections, std::string_view section, std::string_view name) {
    const auto properties = sections.find(section);
    if (properties == sections.end()) return nullptr;
    const auto found = properties->second.find(name);
    return found == properties->second.end() ? nullptr : &found->second;
}

} // namespace

std::string profile_files::place(std::string_view profile, std::string_view name) const {
    const std::string* const found = find_in(places, profile, name);
    return found == nullptr ? std::string() : *found;
}

std::string profile_files::property(std::string_view profile, std::string_view name) const {
    const std::string* const found = find_in(profiles, profile, name);
    return found == nullptr ? std::string() : *found;
}

bool profile_files::has(std::string_view profile, std::string_view name) const {
    const std::string* const found = find_in(profiles, profile, name);
    return found != nullptr && !found->empty();
}

result<profile_files> parse_profile_files(std::string_view config, std::string_view config_name,
                                          std::string_view credentials, std::string_view credentials_name) {
    profile_files files;
    if (auto failure = parser(file_kind::config, config_name, files).run(config)) return *failure;
    if (auto failure = parser(file_kind::credentials, credentials_name, files).run(credentials)) return *failure;
    return files;
}

profile_properties sub_properties(std::string_view value) {
    profile_properties found;
    while (!value.empty()) {
        const auto end = value.find('\n');
        const std::string_view line = without_comment(value.substr(0, end));
        value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        found[protocol::lower_case(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
    }
    return found;
}

profile_locations profile_locations::find(const std::function<std::string(const char*)>& variable, path_style style) {
    std::string home = variable("HOME");
    if (home.empty() && style == path_style::windows) home = variable("USERPROFILE");
    if (home.empty() && style == path_style::windows) home = variable("HOMEDRIVE") + variable("HOMEPATH");
    const std::string folder = style == path_style::windows ? "\\.aws\\" : "/.aws/";
    const auto locate = [&](const char* name, const char* file) {
        const std::string given = variable(name);
        if (!given.empty()) return expanded(given, home);
        return home.empty() ? std::string() : home + folder + file;
    };
    profile_locations found;
    found.config = locate("AWS_CONFIG_FILE", "config");
    found.credentials = locate("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    return found;
}

result<secret_text> read_profile_text(const std::string& path) {
    std::error_code failure;
    if (path.empty() || !std::filesystem::exists(std::filesystem::status(path, failure))) return secret_text();
    return read_small_file(path, largest_file);
}

result<profile_files> read_profile_files(const profile_locations& locations, const text_reader& read) {
    const auto config = read(locations.config);
    if (!config) return config.error();
    const auto credentials = read(locations.credentials);
    if (!credentials) return credentials.error();
    return parse_profile_files(view_of(*config), locations.config, view_of(*credentials), locations.credentials);
}

} // namespace sluice
