// A session: configuration found, credentials, connections and endpoints in one object, for writers and readers.
#pragma once

#include <sluice/credentials.hpp>
#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/retry_mode.hpp>
#include <sluice/transport.hpp>
#include <sluice/wire_protocol.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

namespace sqs {
class client;
}
namespace sns {
class client;
}
namespace sts {
class client;
}

class session_state;

/// What is set here wins over the environment, and that over the profile in the files that all AWS tools share
/// (`~/.aws/config` and `~/.aws/credentials`, or where `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` say).
struct session_options {
    /// False: only these options count; no variable, proxies included, and no file is read. For tests and for programs
    /// that bring their own configuration. Keys come from `credentials` in any case.
    bool read_environment = true;
    /// Empty: `AWS_PROFILE`, then `default`.
    std::string profile;
    /// Empty: `AWS_REGION`, then `AWS_DEFAULT_REGION`, then `region` of the profile.
    std::string region;
    /// Null: `default_credentials`, which looks where every AWS tool looks.
    std::shared_ptr<credentials_provider> credentials;
    /// For one refresh of keys that are found outside: files, a process and all requests that it takes.
    std::chrono::milliseconds credentials_timeout{60'000};
    /// For all services, such as `http://127.0.0.1:4566` or `https://host/path`. Empty: the first of
    /// `AWS_ENDPOINT_URL_SQS` (`_SNS`, `_STS`), `AWS_ENDPOINT_URL`, `endpoint_url` in the profile's services section,
    /// `endpoint_url` of the profile; then AWS itself.
    std::string endpoint_url;
    /// For one service, before all of the above.
    std::string sqs_endpoint_url;
    std::string sns_endpoint_url;
    std::string sts_endpoint_url;
    /// Variables and profile set no endpoint. Empty: `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, then
    /// `ignore_configured_endpoint_urls` of the profile.
    std::optional<bool> ignore_configured_endpoint_urls;
    /// The endpoints with FIPS 140 modules, those with IPv4 and IPv6. Not with an endpoint URL. Empty:
    /// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, then `use_fips_endpoint` and
    /// `use_dualstack_endpoint` of the profile.
    std::optional<bool> use_fips;
    std::optional<bool> use_dual_stack;
    /// PEM file of the CAs to trust. Empty: `AWS_CA_BUNDLE`, then `ca_bundle` of the profile, then the system's store.
    std::string ca_bundle;
    /// Names the program in the User-Agent header: at most 50 of `A-Za-z0-9` and ``!#$%&'*+-.^_`|~``. Empty:
    /// `AWS_SDK_UA_APP_ID`, then `sdk_ua_app_id` of the profile.
    std::string app_id;
    /// How SQS is spoken to. Some local servers know JSON only.
    wire_protocol sqs_protocol = wire_protocol::query;
    /// PEM files of a client certificate with its chain, and of its key. Empty: none; the key may be in the first file.
    std::string client_certificate;
    std::string client_key;
    /// For the steps of one attempt: finding the address of the name, connecting (through a proxy's tunnel, too), the
    /// TLS handshake, and writing the request.
    std::chrono::milliseconds resolve_timeout{5'000};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds tls_handshake_timeout{5'000};
    std::chrono::milliseconds write_timeout{10'000};
    /// For one attempt, from the free connection to the whole reply. A long poll gets its wait time on top.
    std::chrono::milliseconds request_timeout{10'000};
    /// For a whole call: its attempts, the pauses between them, and waiting for a free connection. A long poll gets its
    /// wait time on top.
    std::chrono::milliseconds operation_timeout{60'000};
    /// Empty: `AWS_RETRY_MODE`, then `retry_mode` of the profile, then standard.
    std::optional<sluice::retry_mode> retry_mode;
    /// How often a call is tried in all, 1 or more. Empty: `AWS_MAX_ATTEMPTS`, then `max_attempts` of the profile,
    /// then 3.
    std::optional<int> max_attempts;
    /// Learn from the replies' dates how wrong this machine's clock is, and sign with the right time.
    bool correct_clock_skew = true;
    /// For each host; as many again for long polls.
    std::size_t max_connections = 32;
    /// For all hosts together, long polls and idle connections included.
    std::size_t max_connections_total = 256;
    /// Null: HTTP over sockets. A scripted one makes tests without a network.
    std::shared_ptr<sluice::transport> transport;
};

/// A cheap handle: copies share connections and credentials. Writers, readers and clients made from it stay usable
/// after it is gone. Usable from several threads when the executor has them.
class SLUICE_API session {
  public:
    /// Runs on `executor` and starts no thread of its own.
    /// Throws `error` with `errc::configuration` when no region is set or a setting is wrong.
    explicit session(boost::asio::any_io_executor executor, session_options options = {});

    [[nodiscard]] boost::asio::any_io_executor get_executor() const;
    [[nodiscard]] const std::string& region() const noexcept;

    /// Typed operations of one service.
    [[nodiscard]] sqs::client sqs() const;
    [[nodiscard]] sns::client sns() const;
    [[nodiscard]] sts::client sts() const;

    /// For sluice's own use.
    [[nodiscard]] const std::shared_ptr<session_state>& state() const noexcept { return state_; }

  private:
    std::shared_ptr<session_state> state_;
};

} // namespace sluice
