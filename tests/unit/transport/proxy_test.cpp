#include "transport/proxy.hpp"

#include "transport/address_race.hpp"
#include "transport/connection.hpp"

#include <doctest/doctest.h>

#include <map>

namespace proxy_test {

using sluice::http_origin;
using sluice::parse_proxy_url;
using sluice::proxy_settings;

namespace {

proxy_settings settings(const std::map<std::string, std::string>& environment) {
    return proxy_settings::find([&environment](const char* name) {
               const auto found = environment.find(name);
               return found == environment.end() ? std::string() : found->second;
           })
        .value();
}

http_origin origin(const std::string& host, bool tls = true) {
    http_origin made;
    made.tls = tls;
    made.host = host;
    made.port = tls ? 443 : 80;
    return made;
}

} // namespace

TEST_CASE("proxy: its URL") {
    const auto plain = parse_proxy_url("http://Proxy.example:3128/", "HTTPS_PROXY").value();
    CHECK(plain.origin.host == "proxy.example");
    CHECK(plain.origin.port == 3128);
    CHECK_FALSE(plain.origin.tls);
    CHECK(plain.authorization.empty());
    CHECK(parse_proxy_url("proxy.example", "X")->origin.port == 80);
    CHECK(parse_proxy_url("http://[::1]:8080", "X")->origin.host == "::1");
    // RFC 7617's own example; the colon and the at sign of the password are encoded.
    CHECK(parse_proxy_url("http://Aladdin:open%20sesame@p:1", "X")->authorization ==
          "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK(parse_proxy_url("http://u:a%40b%3Ac@p:1", "X")->authorization == "Basic dTphQGI6Yw==");
    CHECK(parse_proxy_url("http://u@p", "X")->authorization == "Basic dTo=");
}

TEST_CASE("proxy: a URL that is none is an error that names the variable, and never the password") {
    for (const char* bad : {"https://u:hunter2@p:1", "socks5://p:1", "http://u:hunter2@", "http://u:hunter2@p:0",
                            "http://u:hunter2@p:70000", "http://u:hunter2@p:12x", "http://u:hunter2@p/path",
                            "http://u:hunter2@p\r\nX: y", "http://u:hunter2@[::1"}) {
        INFO(bad);
        const auto parsed = parse_proxy_url(bad, "HTTPS_PROXY");
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().code == sluice::errc::configuration);
        CHECK(parsed.error().message.starts_with("HTTPS_PROXY is not usable"));
        CHECK(parsed.error().message.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("proxy: by scheme, the lower-case variable first, and none for a program that answers strangers") {
    const auto both = settings(
        {{"HTTPS_PROXY", "http://big:1"}, {"https_proxy", "http://small:2"}, {"HTTP_PROXY", "http://plain:3"}});
    CHECK(both.proxy_for(origin("sqs.eu-west-1.amazonaws.com"))->origin.host == "small");
    CHECK(both.proxy_for(origin("x.example", false))->origin.host == "plain");
    CHECK(settings({}).proxy_for(origin("x.example")) == nullptr);
    const auto cgi = settings({{"HTTP_PROXY", "http://evil:3"}, {"REQUEST_METHOD", "GET"}});
    CHECK(cgi.proxy_for(origin("x.example", false)) == nullptr);
}

TEST_CASE("proxy: what NO_PROXY names is reached directly") {
    const auto some = settings(
        {{"HTTPS_PROXY", "http://p:1"},
         {"NO_PROXY",
          "internal.example, .corp.example,*.lab.example ,10.1.0.0/16,192.0.2.7,fd00::/8,ported.example:443"}});
    for (const char* direct : {"internal.example", "INTERNAL.example", "a.internal.example", "corp.example",
                               "x.corp.example", "x.lab.example", "10.1.2.3", "192.0.2.7", "fd00::1", "ported.example",
                               "localhost", "q.localhost", "127.0.0.1", "127.8.8.8", "::1"}) {
        INFO(direct);
        CHECK(some.proxy_for(origin(direct)) == nullptr);
    }
    for (const char* through :
         {"notinternal.example", "internal.example.org", "10.2.0.1", "192.0.2.70", "fe80::1", "example"}) {
        INFO(through);
        CHECK(some.proxy_for(origin(through)) != nullptr);
    }
    http_origin other_port = origin("ported.example");
    other_port.port = 8443;
    CHECK(some.proxy_for(other_port) != nullptr);
    CHECK(settings({{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "*"}}).proxy_for(origin("any.example")) == nullptr);
}

TEST_CASE("proxy: what it is sent") {
    const auto proxy = parse_proxy_url("http://u:p@proxy:3128", "X").value();
    CHECK(sluice::tunnel_request(proxy, origin("sqs.eu-west-1.amazonaws.com")) ==
          "CONNECT sqs.eu-west-1.amazonaws.com:443 HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com:443\r\n"
          "Proxy-Authorization: Basic dTpw\r\n\r\n");
    CHECK(
        sluice::tunnel_request(parse_proxy_url("proxy", "X").value(), origin("::1")).starts_with("CONNECT [::1]:443 "));
    sluice::http_request request;
    request.origin = origin("local.example", false);
    const std::string text = sluice::serialise(request, &proxy);
    CHECK(text.starts_with("POST http://local.example/ HTTP/1.1\r\nHost: local.example\r\n"));
    CHECK(text.find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
}

TEST_CASE("addresses: the families take turns") {
    const auto address = [](const char* text) {
        return boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address(text), 443);
    };
    const std::vector<boost::asio::ip::tcp::endpoint> mixed{address("2001:db8::1"), address("2001:db8::2"),
                                                            address("192.0.2.1"), address("2001:db8::3")};
    const std::vector<boost::asio::ip::tcp::endpoint> turns{address("2001:db8::1"), address("192.0.2.1"),
                                                            address("2001:db8::2"), address("2001:db8::3")};
    CHECK(sluice::alternate_families(mixed) == turns);
    CHECK(sluice::alternate_families({}).empty());
}

} // namespace proxy_test
