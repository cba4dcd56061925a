// Providers of keys over real HTTP: the metadata service, a container's endpoint, SSO and STS on loopback ports; the
// embedded broker and moto for AssumeRole.
#include "credentials/container_endpoint.hpp"
#include "support/environment.hpp"
#include "support/path_server.hpp"
#include "support/run_coroutine.hpp"
#include "support/servers.hpp"
#include "transport/http_transport.hpp"

#include <doctest/doctest.h>
#include <sluice/as_result.hpp>
#include <sluice/credentials_providers.hpp>
#include <sluice/sts/client.hpp>

#include <boost/asio/this_coro.hpp>

#include <filesystem>
#include <optional>

namespace credentials_test {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using integration::environment;
using integration::heard_request;
using integration::path_server;
using sluice::credentials;
using sluice::result;

namespace {

using provider_ptr = std::shared_ptr<sluice::credentials_provider>;

result<credentials> get_keys(const std::function<provider_ptr(const boost::asio::any_io_executor&)>& make) {
    boost::asio::io_context context;
    std::optional<result<credentials>> got;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const provider_ptr provider = make(executor);
        auto asking = provider->get();
        auto keys = co_await std::move(asking);
        got.emplace(std::move(keys));
    });
    return std::move(*got);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string keys_json(const std::string& id) {
    return R"({"Code":"Success","AccessKeyId":")" + id +
           R"(","SecretAccessKey":"S","Token":"T","Expiration":"2199-01-01T00:00:00Z"})";
}

std::string role_reply(const std::string& operation, const std::string& id) {
    return "<" + operation + "Response><" + operation +
           "Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:"
           "assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>" +
           id +
           "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>"
           "2199-01-01T00:00:00Z</Expiration></Credentials></" +
           operation + "Result></" + operation + "Response>";
}

/// Takes on a role at an endpoint and asks with its keys who we are.
std::string who_after_assuming(const std::string& endpoint, const std::string& role_arn) {
    boost::asio::io_context context;
    std::string arn;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = endpoint;
        options.credentials = sluice::static_credentials(credentials("test", "test"));
        const sluice::sts::assume_role_request role(role_arn, "me");
        options.credentials = sluice::assume_role_credentials(executor, role, options);
        const sluice::session session(executor, options);
        const auto identity = co_await session.sts().get_caller_identity();
        arn = identity.arn;
    });
    return arn;
}

} // namespace

TEST_CASE("credentials over HTTP: the metadata service of an instance, with a token that it forgets") {
    int tokens = 0;
    const path_server service([&tokens](const heard_request& request) -> path_server::answer {
        if (request.method == "PUT") return {200, "token-" + std::to_string(++tokens)};
        if (request.header("x-aws-ec2-metadata-token") == "token-1") return {401, ""};
        if (request.target.ends_with("/security-credentials/")) return {200, "my-role"};
        return {200, keys_json("OF-INSTANCE")};
    });
    environment variables;
    variables.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url() + "/");
    variables.set("AWS_METADATA_SERVICE_TIMEOUT", "30");
    variables.set("HTTP_PROXY", "http://127.0.0.1:1"); // not for this
    const auto keys = get_keys([](const auto& executor) { return sluice::instance_credentials(executor); });
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "OF-INSTANCE");
    CHECK(keys->session_token == "T");
    const auto heard = service.heard();
    REQUIRE(heard.size() == 5);
    CHECK(heard[0].method == "PUT");
    CHECK(heard[0].target == "/latest/api/token");
    CHECK(heard[0].header("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
    CHECK(heard[2].method == "PUT");
    CHECK(heard[4].target == "/latest/meta-data/iam/security-credentials/my-role");
    CHECK(heard[4].header("x-aws-ec2-metadata-token") == "token-2");
}

TEST_CASE("credentials over HTTP: a metadata service that says nothing is given up after its time") {
    const integration::scripted_server silent([](boost::asio::ip::tcp::socket& socket, int) {
        std::string request;
        integration::read_request(socket, request);
        integration::read_request(socket, request); // until the client goes away
    });
    environment variables;
    variables.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:" + std::to_string(silent.port()));
    const auto begun = std::chrono::steady_clock::now();
    const auto keys = get_keys([](const auto& executor) { return sluice::default_credentials(executor); });
    REQUIRE_FALSE(keys.has_value());
    CHECK(keys.error().code == sluice::errc::credentials);
    CHECK(contains(keys.error().message, "instance metadata: no answer from 127.0.0.1:"));
    CHECK(contains(keys.error().message, "environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"));
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(took >= 900ms);
    CHECK(took < 20s);
}

TEST_CASE("credentials over HTTP: a container's endpoint, by name, with the token of a file") {
    const path_server service(
        [](const heard_request&) -> path_server::answer { return {200, keys_json("OF-CONTAINER")}; });
    environment variables;
    variables.file("token", "Bearer abc\n");
    variables.set("AWS_CONTAINER_CREDENTIALS_FULL_URI",
                  "http://localhost:" + std::to_string(service.port()) + "/keys?a=1");
    variables.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", variables.home() + "/token");
    const auto keys = get_keys([](const auto& executor) { return sluice::default_credentials(executor); });
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "OF-CONTAINER");
    const auto heard = service.heard();
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].target == "/keys?a=1");
    CHECK(heard[0].header("Authorization") == "Bearer abc");
}

TEST_CASE("credentials over HTTP: a name with one address that must not be asked is not connected to at all") {
    const path_server service([](const heard_request&) -> path_server::answer { return {200, keys_json("NOBODY")}; });
    boost::asio::io_context context;
    std::optional<result<sluice::http_reply>> reply;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        sluice::http_transport_options options;
        // `localhost` stands for a name whose last address is another's: the rule sees every address, not the first.
        std::size_t asked = 0;
        options.allowed_address = [&asked](const boost::asio::ip::address& address) {
            ++asked;
            return !address.is_loopback() || sluice::is_container_address(boost::asio::ip::make_address("10.0.0.1"));
        };
        const auto transport = std::make_shared<sluice::http_transport>(executor, options);
        sluice::http_request request;
        request.origin.tls = false;
        request.origin.host = "localhost";
        request.origin.port = service.port();
        auto sending = transport->send(std::move(request));
        auto got = co_await std::move(sending);
        reply.emplace(std::move(got));
        CHECK(asked >= 1);
    });
    REQUIRE_FALSE(reply->has_value());
    CHECK(reply->error().code == sluice::errc::configuration);
    CHECK(contains(reply->error().message, "localhost is "));
    CHECK(service.connections() == 0);
}

TEST_CASE("credentials over HTTP: a web identity token, read anew, and an unsigned request to STS") {
    const path_server service([](const heard_request&) -> path_server::answer {
        return {200, role_reply("AssumeRoleWithWebIdentity", "OF-TOKEN")};
    });
    environment variables;
    variables.file("token", "jwt.of.me");
    variables.set("AWS_WEB_IDENTITY_TOKEN_FILE", variables.home() + "/token");
    variables.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
    variables.set("AWS_ROLE_SESSION_NAME", "ci-job");
    variables.set("AWS_REGION", "eu-west-1");
    variables.set("AWS_ENDPOINT_URL_STS", service.url());
    const auto keys = get_keys([](const auto& executor) { return sluice::web_identity_credentials(executor); });
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "OF-TOKEN");
    CHECK(keys->account_id == "123456789012");
    const auto heard = service.heard();
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].header("Authorization").empty());
    CHECK(contains(heard[0].text, "WebIdentityToken=jwt.of.me"));
    CHECK(contains(heard[0].text, "RoleSessionName=ci-job"));
}

TEST_CASE("credentials over HTTP: SSO with a token that is renewed") {
    const path_server service([](const heard_request& request) -> path_server::answer {
        if (request.target == "/token") return {200, R"({"accessToken":"new","expiresIn":3600})"};
        return {200, R"({"roleCredentials":{"accessKeyId":"OF-SSO","secretAccessKey":"S","sessionToken":"T",)"
                     R"("expiration":7226582400000}})"};
    });
    environment variables;
    variables.file(".aws/config", "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
                                  "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x/start\n");
    variables.file(".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                   R"({"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","clientId":"c","clientSecret":"s",)"
                   R"("refreshToken":"r"})");
    variables.set("AWS_ENDPOINT_URL_SSO", service.url());
    variables.set("AWS_ENDPOINT_URL_SSO_OIDC", service.url());
    const auto keys = get_keys([](const auto& executor) { return sluice::profile_credentials(executor); });
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "OF-SSO");
    const auto heard = service.heard();
    REQUIRE(heard.size() == 2);
    CHECK(contains(heard[0].text, R"("grantType":"refresh_token")"));
    CHECK(heard[1].header("x-amz-sso_bearer_token") == "new");
}

TEST_CASE("credentials over HTTP: a profile takes on a role at the embedded broker, and its keys work there") {
    environment variables;
    variables.file(".aws/config", "[profile app]\nrole_arn = arn:aws:iam::000000000000:role/team/app\n"
                                  "source_profile = base\nrole_session_name = sluice-test\nregion = us-east-1\n"
                                  "endpoint_url = " +
                                      integration::embedded_broker().endpoint + "\n");
    variables.file(".aws/credentials", "[base]\naws_access_key_id = test\naws_secret_access_key = test\n");
    variables.set("AWS_PROFILE", "app");
    boost::asio::io_context context;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const sluice::session session{executor}; // as in the README: nothing but an executor
        const auto identity = co_await session.sts().get_caller_identity();
        CHECK(identity.arn == "arn:aws:sts::000000000000:assumed-role/app/sluice-test");
    });
}

TEST_CASE("credentials over HTTP: AssumeRole at the embedded broker") {
    const auto arn = who_after_assuming(integration::embedded_broker().endpoint, "arn:aws:iam::000000000000:role/r");
    CHECK(arn == "arn:aws:sts::000000000000:assumed-role/r/me");
}

TEST_CASE("credentials over HTTP: AssumeRole at moto") {
    const auto moto = integration::find_server("moto");
    if (!moto) return;
    const auto arn = who_after_assuming(moto->endpoint, "arn:aws:iam::123456789012:role/r");
    CHECK(contains(arn, "assumed-role/r/me"));
}

TEST_CASE("credentials over HTTP: a session whose service refuses expired keys asks for new ones, once") {
    std::atomic<int> generation{0};
    const path_server service([&generation](const heard_request& request) -> path_server::answer {
        if (request.target == "/keys") return {200, keys_json("KEYS-" + std::to_string(++generation))};
        if (contains(request.text, "Credential=KEYS-1/")) {
            return {403,
                    "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>over</Message></Error></ErrorResponse>"};
        }
        return {200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1"
                     "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"};
    });
    environment variables;
    variables.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url() + "/keys");
    variables.set("AWS_ENDPOINT_URL", service.url());
    variables.set("AWS_REGION", "eu-west-1");
    boost::asio::io_context context;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const sluice::session session{executor};
        for (int i = 0; i < 3; ++i) {
            const auto identity = co_await session.sts().get_caller_identity();
            CHECK(identity.account == "1");
        }
    });
    CHECK(generation == 2);
}

} // namespace credentials_test
