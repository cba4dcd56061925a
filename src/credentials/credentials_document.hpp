// The JSON that hands out keys: of a process, a container's endpoint, an instance's metadata, SSO.
#pragma once

#include <sluice/credentials.hpp>
#include <sluice/error.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The texts and whole numbers of a JSON object and of the objects in it, by path: `rolecredentials.accesskeyid`. Names
/// are in lower case, as their case does not count. Overwrites them when it goes.
class credentials_document {
  public:
    credentials_document() = default;
    credentials_document(const credentials_document&) = delete;
    credentials_document(credentials_document&&) = default;
    credentials_document& operator=(const credentials_document&) = delete;
    credentials_document& operator=(credentials_document&&) = delete;
    ~credentials_document();

    /// Fails with `errc::credentials`, and does not quote what may be secret.
    static result<credentials_document> parse(std::string_view json);

    /// Empty where there is none.
    [[nodiscard]] const std::string& text(std::string_view path) const;
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view path) const;

    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, std::int64_t, std::less<>> numbers;
};

/// `{"Version":1,"AccessKeyId","SecretAccessKey","SessionToken","Expiration","AccountId"}`, the last three optional.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
result<credentials> parse_process_output(std::string_view json);

/// `{"AccessKeyId","SecretAccessKey","Token","Expiration","AccountId"}`, the last optional, as ECS and EKS answer.
result<credentials> parse_container_reply(std::string_view json);

/// The same with `"Code":"Success"`, as the metadata service of an instance answers.
result<credentials> parse_instance_reply(std::string_view json);

/// `{"roleCredentials":{"accessKeyId","secretAccessKey","sessionToken","expiration"}}`, milliseconds since 1970.
/// Source: AWS SSO portal API, GetRoleCredentials.
result<credentials> parse_sso_reply(std::string_view json);

/// `code` and `message` of an error reply in one line, for the container's endpoint and SSO; empty where there is none.
std::string error_text_of(std::string_view json);

} // namespace sluice
