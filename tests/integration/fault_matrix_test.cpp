// Everything that can go wrong between a call and its answer: what the error says, whether it was tried again, whether
// it says that the request may have been applied, and that nothing is left behind.
#include "support/full_port.hpp"
#include "support/one_call.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <future>
#include <iostream>

namespace fault_matrix_test {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using integration::call_once;
using integration::identity_body;
using integration::ok_reply;
using integration::read_request;
using integration::scripted_server;
using sluice::errc;

namespace {

struct expected {
    errc code;
    int attempts; ///< of two
    bool may_have_been_applied;
};

int rows = 0;

void check(const std::string& row, const integration::call_result& seen, const expected& wanted) {
    INFO("row: " << row);
    ++rows;
    REQUIRE(seen.failure.has_value());
    INFO("says: " << seen.failure->describe());
    CHECK(seen.failure->code == wanted.code);
    CHECK(seen.failure->attempts == wanted.attempts);
    CHECK(seen.failure->may_have_been_applied == wanted.may_have_been_applied);
    CHECK(seen.failure->operation == "GetCallerIdentity");
    CHECK(seen.failure->describe().find('\n') == std::string::npos);
    CHECK(seen.transport_is_free);
}

void check_success(const std::string& row, const integration::call_result& seen) {
    INFO("row: " << row);
    ++rows;
    if (seen.failure) INFO("says: " << seen.failure->describe());
    CHECK_FALSE(seen.failure.has_value());
    CHECK(seen.transport_is_free);
}

std::string at(const scripted_server& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }
std::string tls_at(const scripted_server& server) { return "https://localhost:" + std::to_string(server.port()); }

void send(tcp::socket& socket, const std::string& text) { boost::asio::write(socket, boost::asio::buffer(text)); }

/// Closes with a reset instead of an end.
void reset(tcp::socket& socket) {
    socket.set_option(boost::asio::socket_base::linger(true, 0));
    socket.close();
}

/// Reads the request, sends `reply` and closes.
scripted_server::script answer_with(std::string reply) {
    return [reply = std::move(reply)](tcp::socket& socket, int) {
        std::string request;
        if (read_request(socket, request)) send(socket, reply);
    };
}

std::string status_reply(int status, const std::string& body = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

/// Serves whoever connects until it is told to stop; never says a word.
class silent_server {
  public:
    silent_server()
        : server_([wait = std::shared_future<void>(over_.get_future())](tcp::socket&, int) { wait.wait(); }) {}
    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;
    ~silent_server() { over_.set_value(); }
    [[nodiscard]] const scripted_server& server() const { return server_; }

  private:
    std::promise<void> over_;
    scripted_server server_;
};

sluice::http_transport_options through_proxy(const scripted_server& proxy) {
    sluice::http_transport_options options;
    const std::string url = "http://user:hunter2@127.0.0.1:" + std::to_string(proxy.port());
    options.proxies = sluice::proxy_settings::find([&url](const char* name) {
                          return std::string_view(name).ends_with("s_proxy") ? url : std::string();
                      }).value();
    return options;
}

} // namespace

TEST_CASE("faults: the connection") {
    std::uint16_t closed_port = 0;
    {
        const scripted_server gone([](auto&, int) {});
        closed_port = gone.port();
    }
    check("refused", call_once("http://127.0.0.1:" + std::to_string(closed_port), {}), {errc::connection, 2, false});
    sluice::http_transport_options patient; // a lost question to the name server is asked again after 5 s
    patient.timeouts.resolve = 30s;
    check("no such host", call_once("http://no-such-host.invalid", patient, 2, 60s), {errc::resolve, 2, false});
    {
        // Not before something came: a connection reset at once may fail as one that never was.
        const scripted_server server([](tcp::socket& socket, int) {
            socket.wait(tcp::socket::wait_read);
            reset(socket);
        });
        check("reset before the request was read", call_once(at(server), {}), {errc::connection, 2, true});
    }
    {
        const scripted_server server([](tcp::socket& socket, int) {
            std::string request;
            read_request(socket, request);
            reset(socket);
        });
        check("reset after the request", call_once(at(server), {}), {errc::connection, 2, true});
    }
    {
        const scripted_server server([](tcp::socket& socket, int) {
            std::string request;
            read_request(socket, request);
            send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<GetCaller");
            reset(socket);
        });
        check("reset in the middle of the reply", call_once(at(server), {}), {errc::connection, 2, true});
    }
    {
        const scripted_server server([](tcp::socket& socket, int) {
            std::string request;
            read_request(socket, request);
            send(socket, ok_reply(identity_body()));
            read_request(socket, request); // until the client has read the reply and gone
            reset(socket);
        });
        check_success("reset after the reply", call_once(at(server), {}));
    }
    {
        const scripted_server server([](tcp::socket& socket, int) {
            std::string request;
            read_request(socket, request);
            socket.shutdown(tcp::socket::shutdown_send);
            read_request(socket, request);
        });
        check("half closed instead of a reply", call_once(at(server), {}), {errc::connection, 2, true});
    }
}

TEST_CASE("faults: a stall in each phase") {
    sluice::http_transport_options hasty;
    hasty.timeouts.connect = 150ms;
    const integration::full_port full;
    check("connection not taken", call_once("http://127.0.0.1:" + std::to_string(full.endpoint().port()), hasty),
          {errc::timeout, 2, false});
    hasty = {};
    hasty.timeouts.tls_handshake = 150ms;
    {
        const silent_server silent;
        check("handshake not answered", call_once(tls_at(silent.server()), hasty), {errc::timeout, 2, false});
    }
    // Enough for the connection on a busy machine: a deadline that passes before it stands is another row.
    constexpr auto enough_to_ask = 1s;
    {
        const silent_server silent;
        check("request not answered", call_once(at(silent.server()), {}, 2, enough_to_ask), {errc::timeout, 2, true});
    }
    {
        std::promise<void> over;
        const scripted_server server([wait = std::shared_future<void>(over.get_future())](tcp::socket& socket, int) {
            std::string request;
            read_request(socket, request);
            send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<GetCaller");
            wait.wait();
        });
        check("reply stops in the middle", call_once(at(server), {}, 2, enough_to_ask), {errc::timeout, 2, true});
        over.set_value();
    }
    {
        // More than the buffers of both ends hold, to a server that does not read.
        const silent_server silent;
        boost::asio::io_context context;
        hasty = {};
        hasty.timeouts.write = 150ms;
        const auto transport = std::make_shared<sluice::http_transport>(context.get_executor(), hasty);
        sluice::http_request request;
        request.origin.tls = false;
        request.origin.host = "127.0.0.1";
        request.origin.port = silent.server().port();
        request.body.assign(std::size_t(64) << 20, 'x');
        sluice::result<sluice::http_reply> reply{sluice::error_info()};
        integration::run_coroutine(
            context, [&]() -> boost::asio::awaitable<void> { reply = co_await transport->send(request); });
        ++rows;
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.error().code == errc::timeout);
        CHECK(reply.error().may_have_been_applied);
        CHECK(reply.error().message.find("written") != std::string::npos);
        CHECK(transport->connections().busy == 0);
    }
}

TEST_CASE("faults: TLS") {
    const auto good = integration::make_self_signed("localhost");
    const integration::temporary_file trusted(good.certificate_pem);
    sluice::http_transport_options trusting;
    trusting.tls.ca_bundle = trusted.path();
    const auto serve = [](const integration::certificate& identity) {
        return [&identity](tcp::socket& socket, int) {
            integration::serve_tls(socket, identity, ok_reply(identity_body()));
        };
    };
    {
        const scripted_server server(serve(good));
        check("certificate of an unknown CA", call_once(tls_at(server), {}), {errc::tls, 1, false});
        check_success("the same, trusted", call_once(tls_at(server), trusting));
    }
    for (const auto& [row, hours] : {std::pair("certificate that expired", -48h), std::pair("not yet valid", 48h)}) {
        const auto bad = integration::make_self_signed("localhost", hours);
        const integration::temporary_file bundle(bad.certificate_pem);
        sluice::http_transport_options options;
        options.tls.ca_bundle = bundle.path();
        const scripted_server server(serve(bad));
        check(row, call_once(tls_at(server), options), {errc::tls, 1, false});
    }
    {
        const auto other = integration::make_self_signed("other.example");
        const integration::temporary_file bundle(other.certificate_pem);
        sluice::http_transport_options options;
        options.tls.ca_bundle = bundle.path();
        const scripted_server server(serve(other));
        check("certificate of another host", call_once(tls_at(server), options), {errc::tls, 1, false});
    }
    {
        const scripted_server server([&good](tcp::socket& socket, int) {
            auto context = integration::server_context(good);
            SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_1_VERSION);
            SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
            SSL_CTX_set_cipher_list(context.native_handle(), "DEFAULT:@SECLEVEL=0");
            integration::serve_tls(socket, context, ok_reply(identity_body()));
        });
        check("TLS 1.1 only", call_once(tls_at(server), trusting), {errc::tls, 1, false});
    }
    {
        const scripted_server server([](tcp::socket& socket, int) { send(socket, "HTTP/1.1 400 No\r\n\r\n"); });
        check("no TLS at all", call_once(tls_at(server), trusting), {errc::tls, 1, false});
    }
    sluice::http_transport_options no_bundle;
    no_bundle.tls.ca_bundle = "/no/such/file.pem";
    check("CA bundle that is not there", call_once("https://localhost:1", no_bundle), {errc::configuration, 1, false});
}

TEST_CASE("faults: replies that are none") {
    const struct {
        const char* row;
        std::string reply;
        expected wanted;
    } cases[] = {
        {"truncated", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", {errc::connection, 2, true}},
        {"truncated chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nx",
         {errc::connection, 2, true}},
        {"only 100 Continue", "HTTP/1.1 100 Continue\r\n\r\n", {errc::connection, 2, true}},
        {"too large, and says so",
         "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
         {errc::bad_reply, 1, true}},
        {"too large, in fact", "HTTP/1.1 200 OK\r\n\r\n" + std::string(3 << 20, 'x'), {errc::bad_reply, 1, true}},
        {"endless head", "HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'x'), {errc::bad_reply, 1, true}},
        {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", {errc::bad_reply, 1, true}},
        {"noise", std::string("\x00\xff\x17\x03\r\n\r\n", 8), {errc::bad_reply, 1, true}},
        {"HTML of a proxy", status_reply(200, "<html>Sign in</html>"), {errc::bad_reply, 1, true}},
        {"empty", status_reply(200), {errc::bad_reply, 1, true}},
    };
    for (const auto& one : cases) {
        const scripted_server server(answer_with(one.reply));
        check(one.row, call_once(at(server), {}), one.wanted);
    }
}

TEST_CASE("faults: HTTP statuses without a code") {
    const struct {
        int status;
        expected wanted;
    } cases[] = {
        {301, {errc::service_error, 1, false}},      {403, {errc::access_denied, 1, false}},
        {404, {errc::service_error, 1, false}},      {408, {errc::service_error, 1, false}},
        {429, {errc::throttled, 2, false}},          {500, {errc::service_unavailable, 2, true}},
        {502, {errc::service_unavailable, 2, true}}, {503, {errc::service_unavailable, 2, false}},
        {504, {errc::service_unavailable, 2, true}},
    };
    for (const auto& one : cases) {
        const scripted_server server(answer_with(status_reply(one.status)));
        const auto seen = call_once(at(server), {});
        check("status " + std::to_string(one.status), seen, one.wanted);
        CHECK(seen.failure->http_status == one.status);
    }
}

TEST_CASE("faults: replies that only look odd") {
    const std::string body = identity_body();
    const std::string chunked =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + body.substr(0, 5) +
        "\r\n" +
        [&body] {
            std::ostringstream size;
            size << std::hex << body.size() - 5;
            return size.str();
        }() +
        "\r\n" + body.substr(5) + "\r\n0\r\n\r\n";
    const scripted_server slow([&chunked](tcp::socket& socket, int) {
        std::string request;
        socket.set_option(tcp::no_delay(true));
        if (!read_request(socket, request)) return;
        for (const char byte : chunked) send(socket, std::string(1, byte));
        read_request(socket, request);
    });
    check_success("100, then chunks, byte by byte", call_once(at(slow), {}));
    const scripted_server closing(answer_with("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body));
    check_success("no length, ends with the connection", call_once(at(closing), {}));
    const scripted_server old(
        answer_with("HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
    check_success("HTTP/1.0", call_once(at(old), {}));
}

TEST_CASE("faults: the proxy") {
    const std::string target = "https://sqs.eu-west-1.amazonaws.com";
    const struct {
        const char* row;
        std::string reply;
        expected wanted;
    } cases[] = {
        {"proxy wants a password", status_reply(407), {errc::configuration, 1, false}},
        {"proxy forbids", status_reply(403, "no"), {errc::configuration, 1, false}},
        {"proxy cannot reach it", status_reply(502), {errc::connection, 2, false}},
        {"proxy hangs up", "", {errc::connection, 2, false}},
        {"proxy speaks no HTTP", "220 smtp.example\r\n\r\n", {errc::connection, 2, false}},
    };
    for (const auto& one : cases) {
        const scripted_server proxy(answer_with(one.reply));
        const auto seen = call_once(target, through_proxy(proxy));
        check(one.row, seen, one.wanted);
        CHECK(seen.failure->describe().find("hunter2") == std::string::npos);
        CHECK(seen.failure->describe().find("proxy 127.0.0.1") != std::string::npos);
    }
    std::uint16_t closed_port = 0;
    sluice::http_transport_options gone_proxy;
    {
        const scripted_server gone([](auto&, int) {});
        gone_proxy = through_proxy(gone);
        closed_port = gone.port();
    }
    const auto refused = call_once(target, gone_proxy);
    check("proxy not there", refused, {errc::connection, 2, false});
    CHECK(refused.failure->describe().find(std::to_string(closed_port)) != std::string::npos);
}

TEST_CASE("a tunnel through a proxy carries TLS to the origin, its name verified") {
    const auto identity = integration::make_self_signed("sqs.eu-west-1.amazonaws.com");
    const integration::temporary_file bundle(identity.certificate_pem);
    std::string connect;
    const scripted_server proxy([&](tcp::socket& socket, int) {
        read_request(socket, connect);
        send(socket, "HTTP/1.1 200 Connection established\r\nContent-Length: 0\r\n\r\n");
        integration::serve_tls(socket, identity, ok_reply(identity_body()));
    });
    auto options = through_proxy(proxy);
    options.tls.ca_bundle = bundle.path();
    check_success("tunnel", call_once("https://sqs.eu-west-1.amazonaws.com", options));
    CHECK(connect.starts_with("CONNECT sqs.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n"));
    CHECK(connect.find("Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n") != std::string::npos);
}

TEST_CASE("faults: all rows ran") {
    std::cout << "faults: " << rows << " rows\n";
    CHECK(rows == 49);
}

} // namespace fault_matrix_test
