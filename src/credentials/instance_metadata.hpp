// The conversation with the metadata service of an EC2 instance, version 2. No I/O.
// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service"; AWS SDKs and Tools Reference Guide, "IMDS
// credential provider".
#pragma once

#include "credentials/provider_answer.hpp"
#include "transport/http_url.hpp"

#include <sluice/transport.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sluice {

struct instance_metadata_settings {
    http_url service; ///< the paths of the requests are appended to its path
    bool is_disabled = false;
    std::chrono::milliseconds patience{1'000}; ///< for each attempt
    int attempts = 4;                          ///< of each request, when it is answered with an error of the server
    bool attempts_given = false; ///< else a service that does not answer at all is asked once: this is no instance

    /// `AWS_EC2_METADATA_DISABLED`, `_SERVICE_ENDPOINT`, `_SERVICE_ENDPOINT_MODE`, `AWS_METADATA_SERVICE_TIMEOUT` (in
    /// seconds), `_NUM_ATTEMPTS`, each then from the profile, where it has the name in lower case without `aws_`.
    static result<instance_metadata_settings> find(const std::function<std::string(const char*)>& variable,
                                                   const std::function<std::string(const char*)>& profile_property);
};

class instance_metadata_exchange {
  public:
    explicit instance_metadata_exchange(instance_metadata_settings settings) : settings_(std::move(settings)) {}

    /// What to send now; nothing when the outcome is there.
    [[nodiscard]] std::optional<http_request> next() const;
    void answered(const result<http_reply>& reply);
    /// How long to wait before `next`: after an error of the server.
    [[nodiscard]] std::chrono::milliseconds pause() const noexcept;

    [[nodiscard]] provider_answer outcome() const { return outcome_; }

  private:
    enum class step {
        token, ///< a session token is asked for
        role,  ///< the name of the instance's role
        keys,  ///< the role's keys
        done,
    };

    void finish(provider_answer outcome);
    void go_on(step next);
    void token_answered(const http_reply& reply);
    void role_answered(const http_reply& reply);
    void keys_answered(const http_reply& reply);
    /// A renewed token for a GET that was refused with 401.
    void renew_token();
    [[nodiscard]] std::string where() const { return settings_.service.origin.host_header(); }

    instance_metadata_settings settings_;
    step step_ = step::token;
    step after_token_ = step::role;
    int failed_attempts_ = 0; ///< of this step
    int renewals_ = 0;        ///< of the token
    std::string token_;
    std::string role_;
    provider_answer outcome_;
};

/// What to do with keys that are past their end, or could not be renewed: they are used on until then, as the service
/// may be slow to have new ones and what they sign may still be accepted.
/// `random` is in [0, 1).
std::chrono::system_clock::time_point extended_expiration(std::chrono::system_clock::time_point now, double random);

} // namespace sluice
