// HTTPS: the certificate that the broker makes or gets, and what happens when the two schemes meet.
#include "support/http_client.hpp"
#include "support/log_lines.hpp"

#include <local/tls_certificate.hpp>

#include <boost/asio/write.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tls_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::log_lines;
using local_tests::open_options;
using local_tests::running_broker;
using sluice::local::make_identity;
using sluice::local::names_of_broker;
using sluice::local::server_identity;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

x509_ptr parse(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                           &BIO_free);
    return {PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free};
}

bool is_for_host(const std::string& pem, const std::string& name) {
    return X509_check_host(parse(pem).get(), name.c_str(), name.size(), 0, nullptr) == 1;
}
bool is_for_address(const std::string& pem, const std::string& address) {
    return X509_check_ip_asc(parse(pem).get(), address.c_str(), 0) == 1;
}

sluice::local::broker_options https() {
    auto options = open_options();
    options.tls.emplace();
    return options;
}

std::string refusal_of(const sluice::local::tls_options& tls) {
    asio::io_context context;
    auto options = open_options();
    options.tls = tls;
    try {
        const sluice::local::broker broker(context.get_executor(), options);
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
    return "";
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A handshake in one version of TLS; what was agreed on.
struct agreed {
    std::string version;
    std::string protocol;
};
agreed handshake(std::uint16_t port, const std::string& pem, int version, std::string_view offered) {
    asio::io_context context;
    asio::ssl::context trust(asio::ssl::context::tls_client);
    trust.set_verify_mode(asio::ssl::verify_peer);
    trust.add_certificate_authority(asio::buffer(pem));
    SSL_CTX_set_min_proto_version(trust.native_handle(), version);
    SSL_CTX_set_max_proto_version(trust.native_handle(), version);
    asio::ssl::stream<asio::ip::tcp::socket> stream(context, trust);
    SSL_set_alpn_protos(stream.native_handle(), reinterpret_cast<const unsigned char*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
    stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream.handshake(asio::ssl::stream_base::client);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream.native_handle(), &chosen, &size);
    return {SSL_get_version(stream.native_handle()), std::string(reinterpret_cast<const char*>(chosen), size)};
}

} // namespace

TEST_CASE("the certificate that is made is for the names under which a broker on this machine is reached") {
    const auto now = std::chrono::system_clock::now();
    const std::string pem =
        make_identity(names_of_broker("127.0.0.1", {"us-east-1", "eu-north-1"}), now).certificate_chain;
    for (const char* name : {"localhost", "sqs.us-east-1.localhost", "sns.eu-north-1.localhost", "sqs.localhost",
                             "queue.eu-north-1.localhost", "host.docker.internal"}) {
        CAPTURE(name);
        CHECK(is_for_host(pem, name));
    }
    for (const char* address : {"127.0.0.1", "::1"}) CHECK(is_for_address(pem, address));
    for (const char* name : {"example.com", "sqs.us-east-1.amazonaws.com", "localhost.example.com"}) {
        CHECK_FALSE(is_for_host(pem, name));
    }
    CHECK_FALSE(is_for_address(pem, "127.0.0.2"));
    const std::string elsewhere = make_identity(names_of_broker("192.0.2.7", {"us-east-1"}), now).certificate_chain;
    CHECK(is_for_address(elsewhere, "192.0.2.7"));
    const std::string everywhere = make_identity(names_of_broker("0.0.0.0", {"us-east-1"}), now).certificate_chain;
    CHECK_FALSE(is_for_address(everywhere, "0.0.0.0"));
}

TEST_CASE("it is good for a year, no CA, and another one each time") {
    const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + 12h;
    const x509_ptr made = parse(make_identity({"localhost"}, now).certificate_chain);
    const auto state_at = [&made](std::chrono::system_clock::time_point when) {
        std::time_t at = std::chrono::system_clock::to_time_t(when);
        return std::pair(X509_cmp_time(X509_get0_notBefore(made.get()), &at) < 0,
                         X509_cmp_time(X509_get0_notAfter(made.get()), &at) > 0);
    };
    CHECK(state_at(now) == std::pair(true, true));
    CHECK(state_at(now - 2h) == std::pair(false, true));
    CHECK(state_at(now + 24h * 364) == std::pair(true, true));
    CHECK(state_at(now + 24h * 366) == std::pair(true, false));
    CHECK(X509_check_ca(made.get()) == 0);
    CHECK(EVP_PKEY_is_a(X509_get0_pubkey(made.get()), "EC") == 1);
    CHECK(X509_verify(made.get(), X509_get0_pubkey(made.get())) == 1);
    const x509_ptr other = parse(make_identity({"localhost"}, now).certificate_chain);
    CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(made.get()), X509_get0_serialNumber(other.get())) != 0);
}

TEST_CASE("names for it that cannot be are said") {
    for (const char* name : {"", "two words", "a,DNS:b", "caf\xC3\xA9"}) {
        sluice::local::tls_options tls;
        tls.names = {name};
        CHECK(has(refusal_of(tls), std::string("\"") + name + "\" is no host name or IP address"));
    }
    auto options = https();
    options.tls->names = {"broker.test", "10.1.2.3"};
    const running_broker server(options);
    auto& broker = const_cast<running_broker&>(server).broker();
    CHECK(is_for_host(broker.certificate_pem(), "broker.test"));
    CHECK(is_for_address(broker.certificate_pem(), "10.1.2.3"));
}

TEST_CASE("a broker with TLS says https, in its endpoint and in the URLs of queues") {
    running_broker server(https());
    CHECK(server.broker().endpoint() == "https://127.0.0.1:" + std::to_string(server.port()));
    http_client client(server.port(), server.broker().certificate_pem());
    const http_reply made = client.sqs("Action=CreateQueue&QueueName=q");
    CHECK(has(made.body, "<QueueUrl>https://127.0.0.1/000000000000/q</QueueUrl>"));
    running_broker plain(open_options());
    CHECK(plain.broker().certificate_pem().empty());
}

TEST_CASE("TLS 1.2 and 1.3, with HTTP/1.1 for whoever asks; nothing older") {
    running_broker server(https());
    const std::string pem = server.broker().certificate_pem();
    const agreed newest = handshake(server.port(), pem, TLS1_3_VERSION, "\x02h2\x08http/1.1");
    CHECK(newest.version == "TLSv1.3");
    CHECK(newest.protocol == "http/1.1");
    CHECK(handshake(server.port(), pem, TLS1_2_VERSION, "\x08http/1.1").version == "TLSv1.2");
    CHECK(handshake(server.port(), pem, TLS1_3_VERSION, "\x02h2").protocol.empty());
    CHECK_THROWS_AS(handshake(server.port(), pem, TLS1_1_VERSION, ""), boost::system::system_error);
}

TEST_CASE("a client that does not trust the certificate is told so, and the log says what to do") {
    log_lines log;
    auto options = https();
    options.log = log.taker();
    running_broker server(options);
    const std::string stranger = make_identity({"127.0.0.1"}, std::chrono::system_clock::now()).certificate_chain;
    CHECK_THROWS_AS(http_client(server.port(), stranger), boost::system::system_error);
    CHECK(log.comes("AWS_CA_BUNDLE"));
    CHECK(http_client(server.port(), server.broker().certificate_pem()).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a certificate and key that are given") {
    const server_identity given = make_identity({"127.0.0.1", "given.test"}, std::chrono::system_clock::now());
    auto options = open_options();
    options.tls.emplace();
    options.tls->certificate_chain = given.certificate_chain;
    options.tls->private_key = given.private_key;
    running_broker server(options);
    CHECK(server.broker().certificate_pem() == given.certificate_chain);
    CHECK(http_client(server.port(), given.certificate_chain).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a chain is trusted by its last certificate") {
    const auto now = std::chrono::system_clock::now();
    const server_identity own = make_identity({"127.0.0.1"}, now);
    const server_identity other = make_identity({"issuer.test"}, now);
    auto options = open_options();
    options.tls.emplace();
    options.tls->certificate_chain = own.certificate_chain + other.certificate_chain;
    options.tls->private_key = own.private_key;
    running_broker server(options);
    CHECK(server.broker().certificate_pem() == other.certificate_chain);
    CHECK(http_client(server.port(), own.certificate_chain).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a certificate or key that cannot be used is said at once") {
    const auto now = std::chrono::system_clock::now();
    const server_identity one = make_identity({"127.0.0.1"}, now);
    const server_identity other = make_identity({"127.0.0.1"}, now);
    const std::string damaged = one.certificate_chain.substr(0, 200) + one.certificate_chain.substr(210);
    // `openssl genpkey -algorithm ed25519 -aes256` would ask for its passphrase.
    const std::string encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    const struct {
        std::string chain, key;
        const char* says;
    } cases[] = {
        {one.certificate_chain, "", "must both be given"},
        {"", one.private_key, "must both be given"},
        {one.certificate_chain, other.private_key, "does not belong to the certificate"},
        {"no PEM", one.private_key, "must be PEM that begins with the certificate"},
        {damaged, one.private_key, "must be PEM that begins with the certificate"},
        {one.certificate_chain + damaged, one.private_key, "the certificate chain is damaged"},
        {one.certificate_chain, "no PEM", "the private key must be PEM without a passphrase"},
        {one.certificate_chain, encrypted, "the private key must be PEM without a passphrase"},
        {one.private_key, one.certificate_chain, "must be PEM that begins with the certificate"},
    };
    for (const auto& [chain, key, says] : cases) {
        sluice::local::tls_options tls;
        tls.certificate_chain = chain;
        tls.private_key = key;
        CAPTURE(says);
        CHECK(has(refusal_of(tls), says));
    }
    sluice::local::tls_options tls{one.certificate_chain, one.private_key, {"more.test"}};
    CHECK(has(refusal_of(tls), "names are for a certificate that the broker makes"));
}

TEST_CASE("http to the port of https gets a clear 400") {
    running_broker server(https());
    for (const char* request :
         {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "G", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"}) {
        http_client client(server.port());
        client.send(request);
        const http_reply reply = client.read();
        CHECK(reply.status == 400);
        CHECK(has(reply.body, "this port speaks https, not http: use " + server.broker().endpoint()));
        CHECK(client.is_closed());
    }
    CHECK(http_client(server.port(), server.broker().certificate_pem()).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a hello of TLS to the port of http ends the connection and is logged") {
    log_lines log;
    auto options = open_options();
    options.log = log.taker();
    running_broker server(options);
    http_client client(server.port());
    client.send(std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10));
    const auto last = client.read_to_end();
    CHECK(last.bytes.empty());
    CHECK_FALSE(last.reset);
    CHECK(log.comes("a client spoke TLS to this port, which speaks plain http: it must use http://"));
    CHECK(http_client(server.port()).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("a handshake has a deadline, whatever of it has come") {
    log_lines log;
    auto options = https();
    options.deadlines.handshake = 100ms;
    options.log = log.taker();
    running_broker server(options);
    for (const std::string& begun : {std::string(), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11)}) {
        http_client client(server.port());
        client.send(begun);
        CHECK(client.is_closed());
        CHECK(log.comes("too slow: TLS handshake 1"));
    }
}

TEST_CASE("a client that is through with its handshake has the time of a head") {
    auto options = https();
    options.deadlines.handshake = 1s;
    running_broker server(options);
    http_client client(server.port(), server.broker().certificate_pem());
    std::this_thread::sleep_for(1500ms);
    CHECK(client.sqs("Action=ListQueues").status == 200);
}

TEST_CASE("garbage in place of a handshake ends it") {
    log_lines log;
    auto options = https();
    options.log = log.taker();
    running_broker server(options);
    http_client client(server.port());
    client.send("\x16" + std::string(100, 'x'));
    client.read_to_end();
    CHECK(log.comes("the TLS handshake with a client failed"));
}

TEST_CASE("the end of a connection is announced, so that nobody takes a reply for one that was cut") {
    running_broker server(https());
    http_client client(server.port(), server.broker().certificate_pem());
    client.send("GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(client.read().status == 200);
    CHECK(client.is_closed()); // eof; a cut would be stream_truncated
}

TEST_CASE("long polls through TLS: answered at once, forgotten when the client goes, pipelined behind") {
    auto options = https();
    options.max_connections = 2;
    running_broker server(options);
    const std::string pem = server.broker().certificate_pem();
    const std::string queue = "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";
    const std::string poll =
        "GET /?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&" + queue + " HTTP/1.1\r\nHost: h\r\n\r\n";
    http_client sender(server.port(), pem);
    sender.sqs("Action=CreateQueue&QueueName=q");
    {
        http_client leaving(server.port(), pem);
        leaving.send(poll);
        leaving.close();
    }
    // There is room for another connection when the broker has noticed.
    std::unique_ptr<http_client> next;
    for (const auto end = std::chrono::steady_clock::now() + 10s; !next && std::chrono::steady_clock::now() < end;) {
        try {
            next = std::make_unique<http_client>(server.port(), pem);
        } catch (const boost::system::system_error&) {
            std::this_thread::yield();
        }
    }
    REQUIRE(next);
    http_client& waiting = *next;
    waiting.send(poll + "GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.1\r\nHost: h\r\n\r\n");
    sender.sqs("Action=SendMessage&MessageBody=hello&" + queue);
    CHECK(has(waiting.read().body, "<Body>hello</Body>"));
    CHECK(has(waiting.read().body, "ListQueuesResult"));
    CHECK(waiting.sqs("Action=ListQueues").status == 200);
}

TEST_CASE("faults of connections are played through TLS too") {
    running_broker server(https());
    const std::string pem = server.broker().certificate_pem();
    const std::string list = "GET /?Action=ListQueues&Version=2012-11-05 HTTP/1.1\r\nHost: h\r\n\r\n";
    {
        http_client client(server.port(), pem);
        server.broker().on("ListQueues").times(1).drop_reply();
        client.send(list);
        CHECK(client.read_to_end().bytes.empty());
    }
    {
        http_client client(server.port(), pem);
        server.broker().on("ListQueues").times(1).cut_reply();
        client.send(list);
        const std::string cut = client.read_to_end().bytes;
        CHECK(cut.starts_with("HTTP/1.1 200 OK"));
        CHECK_FALSE(has(cut, "</ListQueuesResponse>"));
    }
    server.broker().refuse_connections(1);
    CHECK_THROWS_AS(http_client(server.port(), pem), boost::system::system_error);
    CHECK(http_client(server.port(), pem).sqs("Action=ListQueues").status == 200);
}

TEST_CASE("large requests and replies through TLS, from several clients at once") {
    running_broker server(https(), 2);
    const std::string pem = server.broker().certificate_pem();
    const std::string queue = "QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq";
    http_client(server.port(), pem).sqs("Action=CreateQueue&QueueName=q");
    std::vector<std::thread> threads;
    std::vector<int> received(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            http_client client(server.port(), pem);
            const std::string body(900'000, static_cast<char>('a' + t));
            for (int i = 0; i < 5; ++i) client.sqs("Action=SendMessage&MessageBody=" + body + "&" + queue);
            for (int i = 0; i < 5; ++i) {
                const http_reply reply = client.sqs("Action=ReceiveMessage&MaxNumberOfMessages=1&" + queue);
                if (reply.body.size() > 900'000 && has(reply.body, "</ReceiveMessageResponse>")) ++received[t];
            }
        });
    }
    for (std::thread& one : threads) one.join();
    for (const int count : received) CHECK(count == 5);
}

} // namespace tls_test
