// Compressed bodies, with zlib as the codec: the library itself knows none.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <zlib.h>

#include <iostream>

namespace asio = boost::asio;

// [codec]
std::string deflate_bytes(std::string_view bytes) {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string packed(size, '\0');
    const auto* const from = reinterpret_cast<const Bytef*>(bytes.data());
    const int state = compress(reinterpret_cast<Bytef*>(packed.data()), &size, from, static_cast<uLong>(bytes.size()));
    if (state != Z_OK) throw std::runtime_error("zlib: compress failed");
    packed.resize(size);
    return packed;
}

std::string inflate_bytes(std::string_view packed, std::size_t most_bytes) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw std::runtime_error("zlib: inflateInit failed");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> ends{&stream, &inflateEnd};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string bytes;
    int state = Z_OK;
    while (state == Z_OK && bytes.size() <= most_bytes) { // a bomb is not unfolded any further
        std::array<char, 16'384> part;
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = part.size();
        state = inflate(&stream, Z_NO_FLUSH);
        bytes.append(part.data(), part.size() - stream.avail_out);
    }
    if (state != Z_STREAM_END && bytes.size() <= most_bytes) throw std::runtime_error("not zlib's data, or cut");
    return bytes;
}
// [/codec]

asio::awaitable<int> write_and_handle(sluice::session session) {
    const sluice::sqs::create_queue_request create{"reports"};
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer reports{session, "reports"};
    // [use]
    const sluice::compression small{sluice::compression_codec{"deflate", &deflate_bytes, &inflate_bytes}};
    std::string text;
    while (text.size() < 100'000) text += "{\"article\":" + std::to_string(text.size()) + ",\"sold\":7}\n";
    sluice::message report = small.pack(text); // from 1 KiB, and when it gets smaller
    co_await reports.write(std::move(report));
    sluice::sqs::reader reader{session, "reports"};
    sluice::sqs::delivery received = co_await reader.read(); // with run: compose(handler).with(small)
    const std::size_t packed = received.body().size();
    const auto content = small.unpack(sluice::message_content(received));
    std::cout << text.size() << " bytes were " << packed << " on their way\n";
    co_await received.ack();
    // [/use]
    co_await reader.stop(sluice::sqs::stop_policy::fast);
    co_return content.body == text&& packed < text.size() / 2 ? 0 : 1;
}

int main() {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false;
    sluice::local::broker broker{context.get_executor(), no_port};
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.transport = broker.transport();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    auto result =
        asio::co_spawn(context, write_and_handle(sluice::session{context.get_executor(), options}), asio::use_future);
    context.run();
    return result.get();
}
