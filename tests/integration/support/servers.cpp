#include "servers.hpp"

#include <doctest/doctest.h>
#include <sluice/local/broker.hpp>
#include <test_support.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <openssl/crypto.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

namespace integration {
namespace {

using sluice::wire_protocol;

/// The broker's side runs on its own thread, as another process would.
class broker_thread {
  public:
    broker_thread()
        : work_(context_.get_executor()), broker_(context_.get_executor()), thread_([this] { context_.run(); }) {}
    broker_thread(const broker_thread&) = delete;
    broker_thread& operator=(const broker_thread&) = delete;
    ~broker_thread() {
        broker_.stop();
        work_.reset();
        context_.stop();
        thread_.join();
    }

    [[nodiscard]] std::string endpoint() const { return broker_.endpoint(); }
    [[nodiscard]] std::shared_ptr<sluice::transport> transport() { return broker_.transport(); }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    sluice::local::broker broker_;
    std::thread thread_;
};

broker_thread& shared_broker() {
    // Before the broker, so that OpenSSL's end comes after that of the broker's thread, whose memory it frees.
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
    static broker_thread broker;
    return broker;
}

struct known_server {
    const char* name;
    const char* variable;
    bool has_topics;
    std::vector<wire_protocol> protocols;
};

const std::vector<known_server>& known_servers() {
    static const std::vector<known_server> list{
        {"moto", "SLUICE_TEST_MOTO_ENDPOINT", true, {wire_protocol::query, wire_protocol::json}},
        // fauxqs speaks no Query for SQS; its SNS speaks Query only.
        {"fauxqs", "SLUICE_TEST_FAUXQS_ENDPOINT", true, {wire_protocol::json}},
        // ElasticMQ has no SNS.
        {"elasticmq", "SLUICE_TEST_ELASTICMQ_ENDPOINT", false, {wire_protocol::query, wire_protocol::json}},
    };
    return list;
}

bool is_required(const std::string& name) {
    const char* required = std::getenv("SLUICE_TEST_REQUIRE_SERVERS");
    return required != nullptr && (" " + std::string(required) + " ").find(" " + name + " ") != std::string::npos;
}

std::optional<server> running(const known_server& known) {
    const char* endpoint = std::getenv(known.variable);
    if (endpoint == nullptr || *endpoint == '\0') return std::nullopt;
    server found;
    found.name = known.name;
    found.endpoint = endpoint;
    found.has_topics = known.has_topics;
    found.queue_protocols = known.protocols;
    return found;
}

} // namespace

sluice::session_options server::options(wire_protocol protocol) const {
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = endpoint;
    options.sqs_protocol = protocol;
    options.transport = transport;
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    return options;
}

const server& embedded_broker() {
    static const server embedded = [] {
        server made;
        made.name = "embedded broker";
        made.endpoint = shared_broker().endpoint();
        made.has_topics = true;
        made.queue_protocols = {wire_protocol::query, wire_protocol::json};
        return made;
    }();
    return embedded;
}

void for_each_server(const std::function<void(const server&, wire_protocol)>& test) {
    const auto run = [&test](const server& one) {
        for (const wire_protocol protocol : one.queue_protocols) {
            INFO("server: " << one.name << ", SQS over " << name_of(protocol));
            test(one, protocol);
        }
    };
    run(embedded_broker());
    server in_process = embedded_broker();
    in_process.name = "embedded broker without sockets";
    in_process.transport = shared_broker().transport();
    run(in_process);
    for (const known_server& known : known_servers()) {
        const auto found = running(known);
        if (found) run(*found);
        else if (is_required(known.name)) FAIL("the required server " << known.name << " does not run");
    }
}

std::unique_ptr<server> find_server(const std::string& name) {
    for (const known_server& known : known_servers()) {
        if (known.name != name) continue;
        auto found = running(known);
        if (found) return std::make_unique<server>(std::move(*found));
        if (is_required(name)) FAIL("the required server " << name << " does not run");
    }
    test_support::skip(name + " does not run");
    return nullptr;
}

std::string unique_name(const std::string& stem) {
    static std::atomic<int> counter{0};
    const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000'000;
    return stem + "-" + std::to_string(ticks) + "-" + std::to_string(++counter);
}

std::string name_of(wire_protocol protocol) { return protocol == wire_protocol::query ? "Query" : "JSON"; }

} // namespace integration
