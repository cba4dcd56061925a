// The parts of a write, each in a function that callgrind is told to count: `bench/instructions.py` does. Run alone it
// only says what the parts are.
#include "canned_replies.hpp"
#include "canned_service.hpp"
#include "destinations.hpp"

#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"
#include "service/encoded_batch.hpp"
#include "service/operation.hpp"
#include "service/sqs/message_operations.hpp"
#include "stream/batch_channel.hpp"

#include <sigv4/signer.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>

namespace asio = boost::asio;
namespace service = sluice::service;

namespace {

constexpr int messages = 2'000;
constexpr int coroutines = 100;
constexpr std::size_t in_batch = 10;

const sluice::message& content() {
    static const sluice::message made{std::string(200, 'x')};
    return made;
}

std::string batch_of_ten(const service::encoded_entry& entry) {
    const std::vector<const service::encoded_entry*> entries(in_batch, &entry);
    return service::encode_queue_batch("https://sqs.us-east-1.amazonaws.com/123456789012/bench", entries,
                                       sluice::wire_protocol::query);
}

void expect(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

template<class Writer>
asio::awaitable<void> write_many(Writer& writer, int& left, int& accepted) {
    while (left > 0) {
        --left;
        co_await writer.write(content());
        ++accepted;
    }
}

void write_all(asio::io_context& context, sluice::sqs::writer& writer) {
    int left = messages;
    int accepted = 0;
    for (int i = 0; i < coroutines; ++i) {
        asio::co_spawn(context, write_many(writer, left, accepted), asio::detached);
    }
    context.restart();
    context.run();
    expect(accepted == messages, "a message was not accepted");
}

void sign_batches(const sigv4::signer& signer, const std::string& body, int count) {
    const std::vector<sigv4::header> headers{{"host", "sqs.us-east-1.amazonaws.com"},
                                             {"Content-Type", "application/x-www-form-urlencoded"}};
    sigv4::request_view request;
    request.method = "POST";
    request.path = "/";
    request.headers = headers;
    request.payload = body;
    const sigv4::credentials keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
    const std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};
    for (int i = 0; i < count; i += in_batch) {
        expect(!signer.sign(request, keys, now).authorization.empty(), "sign");
    }
}

} // namespace

// The names are what callgrind is given.
extern "C" {

[[gnu::noinline]] void count_check() {
    sluice::protocol::message_rules rules;
    rules.max_message_bytes = sluice::limits::sqs_message_bytes;
    for (int i = 0; i < messages; ++i) expect(!sluice::protocol::check_message(content(), rules), "check");
}

[[gnu::noinline]] void count_encode() {
    for (int i = 0; i < messages; ++i) {
        expect(!service::encode_queue_entry(content(), sluice::wire_protocol::query).members.empty(), "encode");
    }
}

[[gnu::noinline]] void count_batch(const service::encoded_entry& entry) {
    for (int i = 0; i < messages; i += in_batch) expect(!batch_of_ten(entry).empty(), "batch");
}

[[gnu::noinline]] void count_sign(const sigv4::signer& signer, const std::string& body) {
    sign_batches(signer, body, messages);
}

[[gnu::noinline]] void count_decode(const sluice::http_reply& reply,
                                    const sluice::sqs::send_message_batch_request& sent) {
    using operation = sluice::sqs::operations::send_message_batch;
    for (int i = 0; i < messages; i += in_batch) {
        const auto decoded = service::decode_reply<operation>(reply, sent, sluice::wire_protocol::query);
        expect(decoded && decoded->entries.size() == in_batch && decoded->entries.back(), "decode");
    }
}

[[gnu::noinline]] void count_receive(const sluice::http_reply& reply,
                                     const sluice::sqs::receive_message_request& sent) {
    using operation = sluice::sqs::operations::receive_message;
    for (int i = 0; i < messages; i += in_batch) {
        const auto decoded = service::decode_reply<operation>(reply, sent, sluice::wire_protocol::query);
        expect(decoded && decoded->messages.size() == in_batch, "receive");
    }
}

[[gnu::noinline]] void count_channel(asio::io_context& context, const std::function<void()>& spawn) {
    spawn();
    context.run();
}

[[gnu::noinline]] void count_writer(asio::io_context& context, sluice::sqs::writer& writer) {
    write_all(context, writer);
}

[[gnu::noinline]] void count_writer_http(asio::io_context& context, sluice::sqs::writer& writer) {
    write_all(context, writer);
}

} // extern "C"

namespace {

using number_channel = sluice::stream::batch_channel<int, int>;

asio::awaitable<std::vector<sluice::result<int>>> accept_numbers(const std::string&, std::vector<const int*> entries) {
    std::vector<sluice::result<int>> outcomes;
    outcomes.reserve(entries.size());
    for (const int* one : entries) outcomes.emplace_back(*one);
    co_return outcomes;
}

asio::awaitable<void> push_many(number_channel& channel, int& left, int& accepted) {
    while (left > 0) {
        number_channel::addressed entry;
        entry.entry = --left;
        entry.bytes = 200;
        const auto outcome = co_await channel.push(std::move(entry));
        if (outcome) ++accepted;
    }
}

void run_channel() {
    asio::io_context context{1};
    const auto channel =
        std::make_shared<number_channel>(context.get_executor(), sluice::stream::channel_limits(), &accept_numbers);
    int left = messages;
    int accepted = 0;
    count_channel(context, [&] {
        for (int i = 0; i < coroutines; ++i) {
            asio::co_spawn(context, push_many(*channel, left, accepted), asio::detached);
        }
    });
    expect(accepted == messages, "a push was not accepted");
}

void run_encode() {
    static_cast<void>(service::encode_queue_entry(content(), sluice::wire_protocol::query)); // OpenSSL wakes up
    count_encode();
}

void run_sign() {
    const auto entry = service::encode_queue_entry(content(), sluice::wire_protocol::query);
    const sigv4::signer signer("us-east-1", "sqs");
    const std::string body = batch_of_ten(entry);
    sign_batches(signer, body, in_batch);
    count_sign(signer, body);
}

sluice::http_reply reply_to(const std::string& form) {
    sluice::http_reply reply;
    reply.status = 200;
    reply.body = bench::canned_reply(form);
    return reply;
}

void run_decode() {
    const auto entry = service::encode_queue_entry(content(), sluice::wire_protocol::query);
    const sluice::sqs::send_message_batch_request sent("q", std::vector<sluice::message>(in_batch, content()));
    count_decode(reply_to(batch_of_ten(entry)), sent);
}

void run_receive() {
    count_receive(reply_to("Action=ReceiveMessage&QueueUrl=bench-200"), sluice::sqs::receive_message_request("q"));
}

/// A machine that stalls, or is slow under valgrind, makes no batch of less than ten.
sluice::writer_options patient() {
    sluice::writer_options options;
    options.linger = std::chrono::milliseconds(500);
    return options;
}

void run_writer() {
    asio::io_context context{1};
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    options.transport = bench::in_process_transport();
    const sluice::session session(context.get_executor(), options);
    sluice::sqs::writer writer(session, "https://sqs.us-east-1.amazonaws.com/123456789012/bench", patient());
    write_all(context, writer); // warm: the signing key, the transport's reply
    count_writer(context, writer);
}

void run_writer_http() {
    const bench::canned_service service;
    asio::io_context context{1};
    const sluice::session session = service.session(context.get_executor());
    sluice::sqs::writer writer(session, service.queue("bench"), patient());
    write_all(context, writer);
    count_writer_http(context, writer);
}

} // namespace

int main(int count, char** arguments) {
    const std::map<std::string, std::function<void()>> parts{
        {"count_check", &count_check},
        {"count_encode", &run_encode},
        {"count_batch", [] { count_batch(service::encode_queue_entry(content(), sluice::wire_protocol::query)); }},
        {"count_sign", &run_sign},
        {"count_decode", &run_decode},
        {"count_receive", &run_receive},
        {"count_channel", &run_channel},
        {"count_writer", &run_writer},
        {"count_writer_http", &run_writer_http},
    };
    const auto part = parts.find(count == 2 ? arguments[1] : "");
    if (part == parts.end()) {
        for (const auto& [name, run] : parts) std::printf("%s\n", name.c_str());
        return 2;
    }
    part->second();
    std::printf("%d\n", messages);
}
