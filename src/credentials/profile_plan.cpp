#include "credentials/profile_plan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace sluice {
namespace {

using verdict = profile_plan::verdict;

class planner {
  public:
    explicit planner(const profile_files& files) : files_(files) {}

    profile_finding run(const std::string& name) {
        if (files_.profiles.empty() || (name == "default" && !files_.profiles.contains(name))) {
            found_.verdict = verdict::no_profile;
            found_.why = files_.profiles.empty() ? "No profiles were defined" : "there is no profile named default";
            return std::move(found_);
        }
        found_.verdict = verdict::planned;
        follow(name);
        std::ranges::reverse(found_.plan.roles);
        return std::move(found_);
    }

  private:
    void follow(std::string name) {
        std::vector<std::string> visited;
        std::set<std::string> seen;
        for (;;) {
            if (!files_.profiles.contains(name)) {
                return fail(visited.empty()
                                ? "there is no profile named " + name
                                : "could not find source profile " + name + " referenced from " + visited.back());
            }
            if (!seen.insert(name).second) {
                std::string text = "profile formed an infinite loop: ";
                for (const std::string& one : visited) text.append(one).append(" -> ");
                return fail(text.append(name));
            }
            visited.push_back(name);
            profile_ = name;
            // A profile that was referred to gives its own keys first.
            if (visited.size() > 1 && has_both_keys()) return take_keys();
            const std::optional<std::string> next = next_in_chain();
            if (found_.verdict != verdict::planned) return;
            if (!next || *next == name) return take_base(visited.size() == 1);
            name = *next;
        }
    }

    /// The profile whose keys take on this one's role; itself, when it has them; nothing, when it has no such role.
    std::optional<std::string> next_in_chain() {
        const std::string role_arn = value("role_arn");
        if (role_arn.empty() || has("web_identity_token_file")) return std::nullopt;
        const std::string source_profile = value("source_profile");
        const std::string source = value("credential_source");
        if (source_profile.empty() && source.empty()) {
            fail("profile must contain `source_profile` or `credential_source` beside role_arn");
            return std::nullopt;
        }
        if (!source_profile.empty() && !source.empty()) {
            fail("profile contained both source_profile and credential_source: only one of them can be");
            return std::nullopt;
        }
        auto role = read_role();
        if (!role) return std::nullopt;
        found_.plan.roles.push_back(std::move(*role));
        return source.empty() ? source_profile : profile_;
    }

    std::optional<role_settings> read_role() {
        role_settings role;
        role.role_arn = value("role_arn");
        role.session_name = value("role_session_name");
        role.external_id = value("external_id");
        role.mfa_serial = value("mfa_serial");
        role.web_identity_token_file = value("web_identity_token_file");
        const std::string duration = value("duration_seconds");
        if (!duration.empty()) {
            int seconds = 0;
            const char* const end = duration.data() + duration.size();
            const auto [stopped, failure] = std::from_chars(duration.data(), end, seconds);
            if (failure != std::errc() || stopped != end) {
                fail("duration_seconds is \"" + duration + "\": it must be a number");
                return std::nullopt;
            }
            role.duration = std::chrono::seconds(seconds);
        }
        return role;
    }

    void take_base(bool is_first) {
        found_.plan.base_profile = profile_;
        const std::string source = value("credential_source");
        // Beside a role only: alone it means nothing, as in the AWS SDKs.
        if (!source.empty() && has("role_arn")) return take_named_source(source);
        if (has("web_identity_token_file")) return take_web_identity();
        const bool has_sso = std::ranges::any_of(sso_names, [this](const char* name) { return has(name); });
        if (has_sso) return take_sso();
        if (has("credential_process")) {
            found_.plan.base = process_settings{value("credential_process")};
            return;
        }
        if (!has("aws_access_key_id") && !has("aws_secret_access_key")) {
            const std::string why = "profile `" + profile_ + "` did not contain credential information";
            if (!is_first || !found_.plan.roles.empty()) return fail(why);
            found_.verdict = verdict::no_keys;
            found_.why = why;
            return;
        }
        if (!has("aws_access_key_id")) return fail("profile missing aws_access_key_id");
        if (!has("aws_secret_access_key")) return fail("profile missing aws_secret_access_key");
        take_keys();
    }

    void take_keys() {
        found_.plan.base_profile = profile_;
        credentials keys(value("aws_access_key_id"), value("aws_secret_access_key"), value("aws_session_token"));
        keys.account_id = value("aws_account_id");
        found_.plan.base = std::move(keys);
    }

    void take_named_source(const std::string& source) {
        if (source == "Environment") found_.plan.base = named_source::environment;
        else if (source == "EcsContainer") found_.plan.base = named_source::container;
        else if (source == "Ec2InstanceMetadata") found_.plan.base = named_source::instance;
        else
            fail("credential_source is \"" + source +
                 "\": it must be Environment, EcsContainer or Ec2InstanceMetadata");
    }

    void take_web_identity() {
        if (!has("role_arn")) {
            return fail("`web_identity_token_file` was specified but `role_arn` was missing");
        }
        auto role = read_role();
        if (role) found_.plan.base = std::move(*role);
    }

    void take_sso() {
        sso_settings sso;
        sso.account_id = value("sso_account_id");
        sso.role_name = value("sso_role_name");
        sso.session = value("sso_session");
        if (sso.account_id.empty() && !sso.role_name.empty()) {
            return fail("if `sso_role_name` is set, then `sso_account_id` must also be set");
        }
        if (!sso.account_id.empty() && sso.role_name.empty()) {
            return fail("if `sso_account_id` is set, then `sso_role_name` must also be set");
        }
        sso.region = value("sso_region");
        sso.start_url = value("sso_start_url");
        if (!sso.session.empty()) {
            for (const char* const name : {"sso_region", "sso_start_url"}) {
                if (!has(name)) continue;
                return fail("`" + std::string(name) +
                            "` can only be specified in the [sso-session] config when a session name is given");
            }
            const auto session = files_.sso_sessions.find(sso.session);
            if (session == files_.sso_sessions.end()) {
                return fail("sso-session named `" + sso.session + "` (referenced by profile `" + profile_ +
                            "`) was not found");
            }
            const auto property = [&session](std::string_view name) {
                const auto found = session->second.find(name);
                return found == session->second.end() ? std::string() : found->second;
            };
            sso.region = property("sso_region");
            sso.start_url = property("sso_start_url");
        }
        if (sso.region.empty()) return fail("sso_region is missing");
        if (sso.start_url.empty()) return fail("sso_start_url is missing");
        found_.plan.base = std::move(sso);
    }

    [[nodiscard]] bool has_both_keys() const { return has("aws_access_key_id") && has("aws_secret_access_key"); }
    [[nodiscard]] std::string value(std::string_view name) const { return files_.property(profile_, name); }
    [[nodiscard]] bool has(std::string_view name) const { return files_.has(profile_, name); }
    void fail(std::string why) {
        found_.verdict = verdict::wrong;
        found_.why = std::move(why);
    }

    static constexpr const char* sso_names[] = {"sso_session", "sso_start_url", "sso_region", "sso_account_id",
                                                "sso_role_name"};

    const profile_files& files_;
    std::string profile_; ///< the one that is looked at
    profile_finding found_;
};

} // namespace

profile_finding plan_profile(const profile_files& files, const std::string& name) { return planner(files).run(name); }

} // namespace sluice
