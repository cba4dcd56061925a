// Is what was posted to us from SNS, and from our topic? The message comes from the standard input.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <iterator>

namespace asio = boost::asio;

asio::awaitable<int> receive(std::string topic, std::string posted) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    sluice::sns::signature_options options;
    options.topics = {topic}; // everybody may have a topic, and SNS signs for all of them
    const sluice::sns::signature_verifier verifier{session, options}; // keep it: it remembers certificates
    auto verifying = verifier.verify(std::move(posted));
    const auto message = co_await sluice::as_result(std::move(verifying));
    if (message) {
        std::cout << message->type << ": " << message->message << '\n';
        co_return 0;
    }
    const bool forged = message.error().code == sluice::errc::bad_signature; // else: ask for it again, HTTP 503
    std::cout << (forged ? "refused: " : "not verified yet: ") << message.error().message << '\n';
    co_return forged ? 1 : 2;
}

int main(int, char** argv) {
    const std::string posted{std::istreambuf_iterator<char>(std::cin), {}};
    asio::io_context context;
    std::future<int> status = asio::co_spawn(context, receive(argv[1], posted), asio::use_future);
    context.run();
    return status.get();
}
