// Variables and a home directory of a test's own; the old variables come back at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace integration {

class environment {
  public:
    /// None of the variables that matter to sluice is set, and the home directory is empty.
    environment() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-home-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
        home_ = name;
        for (const char* one : {"AWS_ACCESS_KEY_ID",
                                "AWS_SECRET_ACCESS_KEY",
                                "AWS_SESSION_TOKEN",
                                "AWS_ACCOUNT_ID",
                                "AWS_PROFILE",
                                "AWS_REGION",
                                "AWS_DEFAULT_REGION",
                                "AWS_CONFIG_FILE",
                                "AWS_SHARED_CREDENTIALS_FILE",
                                "AWS_ENDPOINT_URL",
                                "AWS_ENDPOINT_URL_SQS",
                                "AWS_ENDPOINT_URL_SNS",
                                "AWS_ENDPOINT_URL_STS",
                                "AWS_WEB_IDENTITY_TOKEN_FILE",
                                "AWS_ROLE_ARN",
                                "AWS_ROLE_SESSION_NAME",
                                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                "AWS_EC2_METADATA_DISABLED",
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                "AWS_METADATA_SERVICE_TIMEOUT",
                                "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                "AWS_CA_BUNDLE",
                                "AWS_SDK_UA_APP_ID",
                                "HTTP_PROXY",
                                "http_proxy",
                                "HTTPS_PROXY",
                                "https_proxy",
                                "NO_PROXY",
                                "no_proxy"}) {
            change(one, std::nullopt);
        }
        set("HOME", home());
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    ~environment() {
        for (const auto& [name, value] : before_) put(name, value);
        std::filesystem::remove_all(home_);
    }

    void set(const std::string& name, const std::string& value) { change(name, value); }
    [[nodiscard]] std::string home() const { return home_.string(); }
    /// Writes a file below the home directory.
    void file(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((home_ / name).parent_path());
        std::ofstream(home_ / name, std::ios::binary) << text;
    }

  private:
    void change(const std::string& name, const std::optional<std::string>& value) {
        const char* const old = std::getenv(name.c_str());
        before_.emplace(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
        put(name, value);
    }
    static void put(const std::string& name, const std::optional<std::string>& value) {
        if (value) ::setenv(name.c_str(), value->c_str(), 1);
        else ::unsetenv(name.c_str());
    }

    std::filesystem::path home_;
    std::map<std::string, std::optional<std::string>> before_;
};

} // namespace integration
