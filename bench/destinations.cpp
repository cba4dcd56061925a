#include "destinations.hpp"

#include "canned_replies.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

namespace bench {

namespace asio = boost::asio;

namespace {

template<class Value, class Function>
Value run_alone(const std::string& endpoint, Function function) {
    asio::io_context context{1};
    const sluice::session session = session_with(context.get_executor(), endpoint);
    auto done = asio::co_spawn(context, function(session), asio::use_future);
    context.run();
    return done.get();
}

class instant_transport final : public sluice::transport {
  public:
    asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override {
        // Of each thread, so that threads have nothing to wait for here.
        thread_local std::map<std::size_t, sluice::http_reply> replies;
        sluice::http_reply& reply = replies[request.body.size()];
        if (reply.body.empty()) {
            reply.status = 200;
            reply.body = canned_reply(request.body);
        }
        co_return reply;
    }
};

asio::awaitable<void> write_all(const sluice::session& session, std::string queue_url, std::size_t messages,
                                std::size_t body_bytes) {
    sluice::sqs::writer writer(session, std::move(queue_url));
    constexpr std::size_t at_once = 500;
    for (std::size_t written = 0; written < messages; written += at_once) {
        const std::vector<sluice::message> some(std::min(at_once, messages - written),
                                                sluice::message(std::string(body_bytes, 'x')));
        const auto results = co_await writer.write(some);
        for (const auto& one : results) {
            if (!one) throw sluice::error(one.error());
        }
    }
}

} // namespace

sluice::session session_with(const asio::any_io_executor& executor, const std::string& endpoint,
                             std::shared_ptr<sluice::transport> transport) {
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = endpoint;
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    if (const char* bundle = std::getenv("AWS_CA_BUNDLE")) options.ca_bundle = bundle;
    options.transport = std::move(transport);
    return sluice::session(executor, options);
}

std::shared_ptr<sluice::transport> in_process_transport() { return std::make_shared<instant_transport>(); }

std::string create_queue(const std::string& endpoint, const std::string& name) {
    const auto make = [name](const sluice::session& session) -> asio::awaitable<std::string> {
        const sluice::sqs::client client = session.sqs();
        const auto made = co_await client.create_queue(sluice::sqs::create_queue_request(name));
        co_return made.queue_url;
    };
    return run_alone<std::string>(endpoint, make);
}

std::string create_topic(const std::string& endpoint, const std::string& name) {
    const auto make = [name](const sluice::session& session) -> asio::awaitable<std::string> {
        const sluice::sns::client client = session.sns();
        const auto made = co_await client.create_topic(sluice::sns::create_topic_request(name));
        co_return made.topic_arn;
    };
    return run_alone<std::string>(endpoint, make);
}

void fill_queue(const std::string& endpoint, const std::string& queue_url, std::size_t messages,
                std::size_t body_bytes) {
    const auto fill = [&](const sluice::session& session) {
        return write_all(session, queue_url, messages, body_bytes);
    };
    run_alone<void>(endpoint, fill);
}

} // namespace bench
