// Topics that deliver to HTTP(S) endpoints: the whole way over sockets, to servers of the test's own.
#include "support/run_coroutine.hpp"
#include "support/scripted_server.hpp"

#include <doctest/doctest.h>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace webhook_test {

using boost::asio::awaitable;
using boost::asio::use_awaitable;
using sluice::local::broker;
using namespace std::chrono_literals;
using integration::scripted_server;

namespace {

std::string status_reply(int status, const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers + "Content-Length: 0\r\n\r\n";
}

/// An endpoint that keeps what it is sent and answers as it is told, 200 otherwise.
class endpoint {
  public:
    /// `answer` is called with the number of the request, from 0.
    explicit endpoint(std::function<std::string(std::size_t)> answer = [](std::size_t) { return status_reply(200); })
        : answer_(std::move(answer)) {}

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/hook"; }
    [[nodiscard]] std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    void serve(boost::asio::ip::tcp::socket& socket) {
        std::string request;
        while (integration::read_request(socket, request)) {
            std::size_t number = 0;
            {
                const std::lock_guard lock(mutex_);
                number = requests_.size();
                requests_.push_back(request);
            }
            const std::string reply = answer_(number);
            boost::asio::write(socket, boost::asio::buffer(reply));
        }
    }

    std::function<std::string(std::size_t)> answer_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    scripted_server server_{[this](boost::asio::ip::tcp::socket& socket, int) { serve(socket); },
                            scripted_server::order::at_once};
};

std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

bool has_header(const std::string& request, const std::string& line) {
    return request.find("\r\n" + line + "\r\n") < request.find("\r\n\r\n") + 2;
}

struct world {
    boost::asio::io_context context;
    std::vector<std::string> log; // of one thread
    std::optional<broker> server;

    explicit world(sluice::local::broker_options options = {}) {
        options.log = [this](std::string_view line) { log.emplace_back(line); };
        server.emplace(context.get_executor(), std::move(options));
    }

    [[nodiscard]] sluice::session session() {
        sluice::session_options options;
        options.read_environment = false;
        options.region = "us-east-1";
        options.endpoint_url = server->endpoint();
        options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        return sluice::session(context.get_executor(), std::move(options));
    }

    template<class Make>
    void run(Make make) {
        integration::run_coroutine(context, make);
    }
};

/// Waits for what happens on other threads; a test that waits in vain ends with the limit of its coroutine.
awaitable<void> until(std::function<bool()> true_at_last) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!true_at_last()) {
        timer.expires_after(2ms);
        co_await timer.async_wait(use_awaitable);
    }
}

awaitable<std::string> make_topic(sluice::session session) {
    sluice::sns::create_topic_request request("t");
    const auto made = co_await session.sns().create_topic(std::move(request));
    co_return made.topic_arn;
}

awaitable<std::string> subscribe(sluice::session session, std::string topic, std::string url,
                                 std::map<std::string, std::string> attributes) {
    sluice::sns::subscribe_request request(topic, url);
    request.protocol = url.substr(0, url.find(':'));
    request.attributes = std::move(attributes);
    const auto made = co_await session.sns().subscribe(std::move(request));
    co_return made.subscription_arn;
}

awaitable<void> publish(sluice::session session, std::string topic, std::string message) {
    sluice::sns::publish_request request(topic, message);
    co_await session.sns().publish(std::move(request));
}

/// The SubscriptionConfirmation that came to the endpoint: verified, and answered with its token.
awaitable<void> confirm(sluice::session session, const sluice::sns::signature_verifier& verifier, std::string request) {
    auto verifying = verifier.verify(body_of(request));
    const sluice::sns::signed_message question = co_await std::move(verifying);
    CHECK(question.type == "SubscriptionConfirmation");
    sluice::sns::confirm_subscription_request yes(question.topic_arn, question.token);
    co_await session.sns().confirm_subscription(std::move(yes));
}

sluice::sns::signature_verifier verifier_for(const world& w, const sluice::session& session) {
    sluice::sns::signature_options options;
    options.certificate_origin = w.server->endpoint();
    return sluice::sns::signature_verifier(session, options);
}

} // namespace

TEST_CASE("webhook: an endpoint confirms, refuses twice with 503, and takes the message") {
    endpoint hook([](std::size_t number) { return status_reply(number == 1 || number == 2 ? 503 : 200); });
    world w;
    const sluice::session session = w.session();
    const auto verifier = verifier_for(w, session);
    w.run([&]() -> awaitable<void> {
        const std::string topic = co_await make_topic(session);
        const std::string arn = co_await subscribe(session, topic, hook.url(), {});
        co_await until([&] { return hook.requests().size() == 1; });
        CHECK(hook.requests()[0].starts_with("POST /hook HTTP/1.1\r\n"));
        CHECK(has_header(hook.requests()[0], "User-Agent: Amazon Simple Notification Service Agent"));
        CHECK(has_header(hook.requests()[0], "Content-Type: text/plain; charset=UTF-8"));
        CHECK(has_header(hook.requests()[0], "x-amz-sns-message-type: SubscriptionConfirmation"));
        co_await confirm(session, verifier, hook.requests()[0]);

        co_await publish(session, topic, "hello");
        for (std::size_t attempt = 2; attempt < 4; ++attempt) {
            co_await until([&] { return hook.requests().size() == attempt && w.log.size() == attempt; });
            w.server->advance(19s);
            CHECK(hook.requests().size() == attempt);
            w.server->advance(1s);
        }
        co_await until([&] { return hook.requests().size() == 4; });
        const auto all = hook.requests();
        CHECK(all[1] == all[2]);
        CHECK(all[2] == all[3]); // the same message, with the same id
        CHECK(has_header(all[3], "x-amz-sns-subscription-arn: " + arn));
        auto verifying = verifier.verify(body_of(all[3]));
        const sluice::sns::signed_message got = co_await std::move(verifying);
        CHECK(got.message == "hello");
        CHECK(got.signature_version == "1");
        CHECK(has_header(all[3], "x-amz-sns-message-id: " + got.message_id));
    });
    REQUIRE(w.log.size() == 3);
    CHECK(w.log[1].find("HTTP status 503; retry 1 of 3 in 20 s") != std::string::npos);
    CHECK(w.log[2].find("HTTP status 503; retry 2 of 3 in 20 s") != std::string::npos);
}

TEST_CASE("webhook: what is never taken ends in the dead-letter queue, redirects among it") {
    std::atomic<bool> confirmed{false};
    endpoint elsewhere;
    endpoint hook([&](std::size_t) {
        return confirmed ? status_reply(302, "Location: " + elsewhere.url() + "\r\n") : status_reply(200);
    });
    world w;
    const sluice::session session = w.session();
    const auto verifier = verifier_for(w, session);
    w.run([&]() -> awaitable<void> {
        const std::string topic = co_await make_topic(session);
        sluice::sqs::create_queue_request create("dead");
        create.attributes["Policy"] =
            R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",)"
            R"("Resource":"*"}]})";
        const auto dead = co_await session.sqs().create_queue(std::move(create));
        std::map<std::string, std::string> attributes{
            {"RedrivePolicy", R"({"deadLetterTargetArn":")" + w.server->queue_arn("dead") + "\"}"},
            {"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":2}})"}};
        co_await subscribe(session, topic, hook.url(), std::move(attributes));
        co_await until([&] { return hook.requests().size() == 1; });
        co_await confirm(session, verifier, hook.requests()[0]);
        confirmed = true;
        co_await publish(session, topic, "lost");
        sluice::sqs::receive_message_request receive(dead.queue_url);
        receive.wait_time = 20s;
        const auto got = co_await session.sqs().receive_message(std::move(receive));
        REQUIRE(got.messages.size() == 1);
        auto verifying = verifier.verify(got.messages[0].body);
        const sluice::sns::signed_message letter = co_await std::move(verifying);
        CHECK(letter.message == "lost");
    });
    CHECK(hook.requests().size() == 2);
    CHECK(elsewhere.requests().empty());
    CHECK(w.log.back().find("HTTP status 302, which is not tried again; it is in the subscription's dead-letter queue "
                            "dead") != std::string::npos);
}

TEST_CASE("webhook: an HTTPS endpoint with a CA of its own, and one that is not trusted") {
    const auto identity = integration::make_self_signed("127.0.0.1");
    const integration::temporary_file ca(identity.certificate_pem);
    std::atomic<int> served{0};
    scripted_server server([&](boost::asio::ip::tcp::socket& socket, int) {
        integration::serve_tls(socket, identity, status_reply(200, "Connection: close\r\n"));
        ++served; // the handshake went well, and the connection has ended
    });
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    for (const bool trusted : {true, false}) {
        sluice::local::broker_options options;
        if (trusted) options.endpoint_ca = ca.path();
        world w(options);
        const sluice::session session = w.session();
        w.run([&]() -> awaitable<void> {
            const std::string topic = co_await make_topic(session);
            std::map<std::string, std::string> once{{"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":0}})"}};
            co_await subscribe(session, topic, url, std::move(once));
            if (trusted) {
                co_await until([&] { return served > 0; });
            } else {
                co_await until([&] { return w.log.size() == 2; });
                CHECK(w.log[1].find("did not reach " + url) != std::string::npos);
                CHECK(w.log[1].find("certificate") != std::string::npos);
            }
        });
    }
}

TEST_CASE("webhook: a CA file that cannot be used is found at the start") {
    boost::asio::io_context context;
    sluice::local::broker_options options;
    options.endpoint_ca = "/no/such/file.pem";
    CHECK_THROWS_AS(broker(context.get_executor(), options), std::invalid_argument);
}

TEST_CASE("webhook: a broker stops and restarts with deliveries under way") {
    // The endpoint never answers.
    std::mutex held;
    held.lock();
    endpoint hook([&](std::size_t) {
        const std::lock_guard wait(held);
        return status_reply(200);
    });
    {
        world w;
        const sluice::session session = w.session();
        w.run([&]() -> awaitable<void> {
            const std::string topic = co_await make_topic(session);
            co_await subscribe(session, topic, hook.url(), {});
            co_await until([&] { return hook.requests().size() == 1; });
            w.server->restart(sluice::local::restart_memory::lost);
            const std::string again = co_await make_topic(session);
            co_await subscribe(session, again, hook.url(), {});
            co_await until([&] { return hook.requests().size() == 2; });
        });
        w.server->stop();
        const auto begun = std::chrono::steady_clock::now();
        w.context.restart();
        w.context.run(); // nothing keeps it busy for the 15 s that the endpoint has
        CHECK(std::chrono::steady_clock::now() - begun < 10s);
    }
    {
        world w; // destroyed while it sends, and its context right after
        const sluice::session session = w.session();
        w.run([&]() -> awaitable<void> {
            const std::string topic = co_await make_topic(session);
            co_await subscribe(session, topic, hook.url(), {});
            co_await until([&] { return hook.requests().size() == 3; });
        });
        w.server.reset();
    }
    held.unlock();
}

TEST_CASE("webhook: the envelope in a queue verifies, and not for another broker") {
    sluice::local::broker_options without_port;
    without_port.listen = false;
    boost::asio::io_context context;
    broker in_process(context.get_executor(), without_port);
    broker other(context.get_executor(), without_port);
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = in_process.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    options.transport = in_process.transport();
    const sluice::session session(context.get_executor(), options);
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        sluice::chain_queue queue("q");
        queue.raw_delivery = false;
        const sluice::chain definition = sluice::chain("t").queue(queue);
        const auto links = co_await sluice::ensure(session, definition);
        sluice::sns::set_topic_attributes_request version(links.topic_arn, "SignatureVersion", "2");
        co_await session.sns().set_topic_attributes(std::move(version));
        co_await publish(session, links.topic_arn, "hello");
        sluice::sqs::get_queue_url_request find("q");
        const auto url = co_await session.sqs().get_queue_url(std::move(find));
        sluice::sqs::receive_message_request receive(url.queue_url);
        const auto got = co_await session.sqs().receive_message(std::move(receive));
        REQUIRE(got.messages.size() == 1);
        const std::string envelope = got.messages[0].body;

        sluice::sns::signature_options local;
        local.certificate_origin = in_process.endpoint();
        local.topics = {links.topic_arn};
        const sluice::sns::signature_verifier verifier(session, local);
        auto verifying = verifier.verify(envelope);
        const sluice::sns::signed_message message = co_await std::move(verifying);
        CHECK(message.message == "hello");
        CHECK(message.signature_version == "2");
        std::string forged = envelope;
        forged.replace(forged.find("hello"), 5, "HELLO");
        auto checking = verifier.verify(forged);
        const auto refused = co_await sluice::as_result(std::move(checking));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == sluice::errc::bad_signature);

        // Who trusts AWS does not trust a local broker, and another broker does not have the certificate.
        const sluice::sns::signature_verifier of_aws(session);
        auto asking = of_aws.verify(envelope);
        const auto stranger = co_await sluice::as_result(std::move(asking));
        CHECK(stranger.error().code == sluice::errc::bad_signature);
        local.transport = other.transport();
        const sluice::sns::signature_verifier of_other(session, local);
        auto looking = of_other.verify(envelope);
        const auto missing = co_await sluice::as_result(std::move(looking));
        CHECK(missing.error().code == sluice::errc::bad_reply);
    });
}

} // namespace webhook_test
