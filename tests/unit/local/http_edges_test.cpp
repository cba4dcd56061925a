// The corners of HTTP that clients, proxies and browsers come with; each over http and over https.
#include "support/http_client.hpp"

#include <sigv4/signer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace http_edges_test {

using local_tests::http_client;
using local_tests::http_reply;
using local_tests::open_options;
using local_tests::running_broker;
using namespace std::chrono_literals;

namespace {

const std::string list_queues = "Action=ListQueues&Version=2012-11-05";

/// A broker of one scheme, and clients of it.
class front {
  public:
    front(bool secure, sluice::local::broker_options options) : server_(with_tls(std::move(options), secure)) {}

    [[nodiscard]] std::unique_ptr<http_client> client() {
        const std::string pem = server_.broker().certificate_pem();
        if (pem.empty()) return std::make_unique<http_client>(server_.port());
        return std::make_unique<http_client>(server_.port(), pem);
    }
    [[nodiscard]] sluice::local::broker& broker() { return server_.broker(); }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  private:
    static sluice::local::broker_options with_tls(sluice::local::broker_options options, bool secure) {
        if (secure) options.tls.emplace();
        return options;
    }

    running_broker server_;
};

/// Once for each scheme.
void over_both(const std::function<void(front&)>& test, const sluice::local::broker_options& options = open_options()) {
    for (const bool secure : {false, true}) {
        CAPTURE(secure);
        front broker(secure, options);
        test(broker);
    }
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool has_cors_header(const http_reply& reply) {
    return std::ranges::any_of(reply.headers, [](const auto& one) { return one.first.starts_with("access-control-"); });
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

} // namespace

TEST_CASE("HTTP/1.0: kept only when the client asks for it") {
    over_both([](front& broker) {
        const auto once = broker.client();
        once->send("GET /?" + list_queues + " HTTP/1.0\r\n\r\n");
        const http_reply last = once->read();
        CHECK(last.status == 200);
        CHECK(last.headers.at("connection") == "close");
        CHECK(once->is_closed());
        const auto kept = broker.client();
        for (int i = 0; i < 2; ++i) {
            kept->send("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 36\r\n\r\n" + list_queues);
            const http_reply reply = kept->read();
            CHECK(reply.status == 200);
            CHECK(reply.headers.at("connection") == "keep-alive");
        }
    });
}

TEST_CASE("pipelined requests of all kinds are answered in their order") {
    over_both([](front& broker) {
        const auto client = broker.client();
        std::string all;
        for (int i = 0; i < 50; ++i) {
            const std::string body = "Action=CreateQueue&Version=2012-11-05&QueueName=q" + std::to_string(i);
            all += "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
            all += "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
            all += "\r\n"; // some clients end a body so
        }
        client->send(all);
        for (int i = 0; i < 50; ++i) {
            CHECK(has(client->read().body, "/000000000000/q" + std::to_string(i) + "<"));
            CHECK(client->read().status == 405);
        }
        CHECK(client->sqs("Action=ListQueues").status == 200);
    });
}

TEST_CASE("Expect: 100-continue, granted and refused before the body") {
    auto options = open_options();
    options.max_request_bytes = 1000;
    over_both(
        [](front& broker) {
            const auto client = broker.client();
            client->send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 36\r\n\r\n");
            CHECK(client->read().status == 100);
            client->send(list_queues);
            CHECK(client->read().status == 200);
            client->send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
            CHECK(client->read().status == 100);
            client->send("24\r\n" + list_queues + "\r\n0\r\n\r\n");
            CHECK(client->read().status == 200);
            // Nothing of the body is sent: the refusals come all the same.
            const std::pair<const char*, int> refused[] = {
                {"Expect: 100-continue\r\nContent-Length: 1001\r\n", 413},
                {"Expect: 100-continue\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n", 415},
                {"Expect: the-worst\r\nContent-Length: 9\r\n", 417},
            };
            for (const auto& [headers, status] : refused) {
                const auto other = broker.client();
                other->send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + headers + "\r\n");
                CHECK(other->read().status == status);
                CHECK(other->is_closed());
            }
            const auto put = broker.client();
            put->send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
            CHECK(put->read().status == 405);
            // HTTP/1.0 knows no 100.
            const auto old = broker.client();
            old->send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n" + list_queues);
            CHECK(old->read().status == 200);
        },
        options);
}

TEST_CASE("chunked bodies: in any pieces, with extensions and trailers, up to the limit") {
    auto options = open_options();
    options.max_request_bytes = 100'000;
    over_both(
        [](front& broker) {
            const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
            const auto client = broker.client();
            std::string pieces = head;
            for (const char c : list_queues) pieces += std::string("1;name=value\r\n") + c + "\r\n";
            client->send(pieces + "0\r\nX-Trailer: x\r\n\r\n");
            CHECK(client->read().status == 200);
            CHECK(client->sqs("Action=ListQueues").status == 200);
            const auto large = broker.client();
            large->send(head + repeated("3E8\r\n" + std::string(1000, 'x') + "\r\n", 99));
            large->send("3E8\r\n" + std::string(1000, 'x') + "\r\n1\r\n");
            const http_reply reply = large->read();
            CHECK(reply.status == 413);
            CHECK(has(reply.body, "<Code>RequestEntityTooLarge</Code>"));
            CHECK(large->is_closed());
            // Two lengths are two opinions on where the next request begins.
            const auto both = broker.client();
            both->send(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
            CHECK(both->read().status == 400);
            CHECK(both->is_closed());
        },
        options);
}

TEST_CASE("a compressed body is refused with what to do") {
    over_both([](front& broker) {
        const auto client = broker.client();
        const http_reply xml = client->post("\x1F\x8B\x08", "Content-Encoding: gzip\r\n");
        CHECK(xml.status == 415);
        CHECK(has(xml.body, "<Code>UnsupportedMediaType</Code>"));
        CHECK(has(xml.body, "gzip"));
        const http_reply json =
            client->post("\x1F\x8B\x08", "X-Amz-Target: AmazonSQS.ListQueues\r\nContent-Encoding: gzip\r\n");
        CHECK(json.headers.at("content-type") == "application/x-amz-json-1.0");
        CHECK(has(json.body, "AWS_DISABLE_REQUEST_COMPRESSION"));
        // The whole request was there: the connection goes on.
        CHECK(client->post(list_queues, "Content-Encoding: identity\r\n").status == 200);
    });
}

TEST_CASE("a presigned GET of a Query action") {
    const sluice::local::broker_options options; // signatures are checked
    over_both(
        [](front& broker) {
            const sigv4::signer signer("us-east-1", "sqs");
            const std::string host = broker.host();
            const auto presigned = [&](std::string_view query, const char* secret) {
                const sigv4::header headers[] = {{"Host", host}};
                sigv4::request_view request;
                request.method = "GET";
                request.query = query;
                request.headers = headers;
                const auto now = std::chrono::system_clock::now() - 30min; // longer ago than a header may be
                return signer.presign(request, {"test", secret, ""}, now, 3600s).query;
            };
            const auto client = broker.client();
            const auto get = [&](const std::string& query) {
                client->send("GET /?" + query + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
                return client->read();
            };
            const std::string create = "Action=CreateQueue&Version=2012-11-05&QueueName=of-a-link";
            const http_reply made = get(presigned(create, "test"));
            CHECK(made.status == 200);
            CHECK(has(made.body, broker.broker().endpoint() + "/000000000000/of-a-link"));
            CHECK(get(presigned(create, "guessed")).status == 403);
            std::string changed = presigned(create, "test");
            changed.replace(changed.find("of-a-link"), 9, "of-a-lynx");
            CHECK(has(get(changed).body, "SignatureDoesNotMatch"));
            CHECK(get("Action=ListQueues&Version=2012-11-05").status == 403);
        },
        options);
}

TEST_CASE("CORS is off: a preflight is refused, and nothing allows a page to read a reply") {
    over_both([](front& broker) {
        const auto client = broker.client();
        const http_reply preflight =
            client->call("OPTIONS", "/", "",
                         "Origin: https://example.com\r\nAccess-Control-Request-Method: POST\r\n"
                         "Access-Control-Request-Headers: x-amz-target\r\n");
        CHECK(preflight.status == 405);
        CHECK(preflight.headers.at("allow") == "GET, POST");
        CHECK(has(preflight.body, "CORS is off"));
        CHECK_FALSE(has_cors_header(preflight));
        CHECK(client->call("OPTIONS", "*").status == 405);
        const http_reply posted = client->post(list_queues, "Origin: https://example.com\r\n");
        CHECK(posted.status == 200);
        CHECK_FALSE(has_cors_header(posted));
    });
}

TEST_CASE("HEAD gets a head") {
    over_both([](front& broker) {
        const auto client = broker.client();
        client->send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /?" + list_queues +
                     " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        const std::string all = client->read_to_end().bytes;
        CHECK(all.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
        // What follows the head is the next reply.
        const auto end = all.find("\r\n\r\n");
        REQUIRE(end != std::string::npos);
        CHECK(all.substr(end + 4).starts_with("HTTP/1.1 200 OK\r\n"));
    });
}

TEST_CASE("paths that nobody knows get an error of AWS's kind") {
    over_both([](front& broker) {
        const auto client = broker.client();
        for (const char* path : {"/favicon.ico", "/a/b/c/d/e", "//", "/%00", "/_sluices", "/..%2F.."}) {
            CAPTURE(path);
            const http_reply reply = client->call("GET", path);
            CHECK(reply.status >= 400);
            CHECK(reply.status < 500);
            CHECK(has(reply.body, "<Code>"));
        }
        CHECK(client->sqs("Action=ListQueues").status == 200);
    });
}

TEST_CASE("a request target in absolute form, as a proxy gets it") {
    auto options = open_options();
    options.admin = true;
    over_both(
        [](front& broker) {
            const auto client = broker.client();
            const std::string origin = broker.broker().endpoint();
            CHECK(client->call("GET", origin + "/?" + list_queues).status == 200);
            CHECK(client->call("GET", origin + "?" + list_queues).status == 200);
            CHECK(client->call("DELETE", origin + "/_sluice/faults").status == 200);
            CHECK(client->call("DELETE", origin + "/").status == 405);
            CHECK(client->call("CONNECT", "example.com:443").status == 405);
        },
        options);
}

TEST_CASE("a head of a megabyte is refused when it passes its limit") {
    over_both([](front& broker) {
        for (const std::string& head :
             {"X-Long: " + std::string(1 << 20, 'x') + "\r\n", repeated("X-Many: x\r\n", 100'000)}) {
            const auto client = broker.client();
            client->send("POST / HTTP/1.1\r\nHost: h\r\n" + head + "Content-Length: 0\r\n\r\n");
            const http_reply reply = client->read();
            CHECK(reply.status == 431);
            CHECK(has(reply.body, "65536 bytes"));
            CHECK(client->is_closed());
        }
        const auto line = broker.client();
        line->send("GET /" + std::string(1 << 20, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(line->read().status == 431);
        const auto good = broker.client();
        CHECK(good->post(list_queues, "X-Long: " + std::string(60'000, 'x') + "\r\n").status == 200);
    });
}

TEST_CASE("a body of 100 MB is refused before it is read, and a client that sends it all gets the refusal") {
    over_both([](front& broker) {
        const auto polite = broker.client();
        polite->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 104857600\r\n\r\n");
        CHECK(polite->read().status == 413);
        const std::string megabyte(1 << 20, 'x');
        const auto eager = broker.client();
        eager->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 104857600\r\n\r\n");
        for (int i = 0; i < 100; ++i) eager->send(megabyte);
        const http_reply refused = eager->read();
        CHECK(refused.status == 413);
        CHECK(has(refused.body, "16777216 bytes"));
        const auto chunked = broker.client();
        chunked->send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; ++i) chunked->send("100000\r\n" + megabyte + "\r\n");
        CHECK(chunked->read().status == 413);
        CHECK(broker.client()->sqs("Action=ListQueues").status == 200);
    });
}

TEST_CASE("a body of nearly the limit arrives whole") {
    over_both([](front& broker) {
        const auto client = broker.client();
        client->sqs("Action=CreateQueue&QueueName=q");
        // Too long for a message, which is SQS's own refusal: all of it was read.
        const http_reply reply = client->sqs(
            "Action=SendMessage&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fq&MessageBody=" + std::string(15 << 20, 'x'));
        CHECK(reply.status == 400);
        CHECK(has(reply.body, "<Code>InvalidParameterValue</Code>"));
        CHECK(client->sqs("Action=ListQueues").status == 200);
    });
}

} // namespace http_edges_test
