// The io_context is the program's, the operations are the library's: what only works when both see one Asio.
// Exceptions, observers, transports and handlers that cross from one to the other; timers, strands and cancellation;
// four threads.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <atomic>
#include <iostream>
#include <thread>

namespace asio = boost::asio;
using namespace boost::asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace {

std::atomic<int> passed = 0;
std::atomic<int> failed = 0;

void check(bool good, std::string_view what) {
    ++(good ? passed : failed);
    if (!good) std::cout << "FAILED: " << what << '\n';
}

class counting_observer final : public sluice::writer_observer {
  public:
    void message_ended(std::string_view, std::string_view, const sluice::error_info* failure) override {
        ++(failure == nullptr ? accepted : refused);
    }
    std::atomic<int> accepted = 0;
    std::atomic<int> refused = 0;
};

/// Passes requests on, and looks whether it is called where the executor says.
class watching_transport final : public sluice::transport {
  public:
    watching_transport(asio::io_context& context, std::shared_ptr<sluice::transport> next)
        : context_(context), next_(std::move(next)) {}

    asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override {
        if (!context_.get_executor().running_in_this_thread()) ++elsewhere;
        ++requests;
        return next_->send(std::move(request));
    }

    std::atomic<int> requests = 0;
    std::atomic<int> elsewhere = 0;

  private:
    asio::io_context& context_;
    std::shared_ptr<sluice::transport> next_;
};

struct strangers_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

asio::awaitable<void> errors(sluice::session session) {
    const sluice::sqs::get_queue_url_request missing("nowhere");
    try {
        co_await session.sqs().get_queue_url(missing);
        check(false, "a queue that is not there is found");
    } catch (const sluice::error& failure) {
        check(typeid(failure) == typeid(sluice::error), "the type of an error is one type");
        check(failure.code() == sluice::errc::not_found, "error codes compare equal across the boundary");
        check(&failure.code().category() == &sluice::error_category(), "there is one error category");
    }
    try {
        co_await session.sqs().get_queue_url(missing);
    } catch (const boost::system::system_error& failure) {
        check(dynamic_cast<const sluice::error*>(&failure) != nullptr, "an error is found behind its base");
    }
    const auto value = co_await sluice::as_result(session.sqs().get_queue_url(missing));
    check(value.has_error() && value.error().code == sluice::errc::not_found,
          "as_result catches what the library throws");
    try {
        sluice::session without_region(session.get_executor(), [] {
            sluice::session_options nothing;
            nothing.read_environment = false;
            return nothing;
        }());
        check(false, "a session without a region is made");
    } catch (const std::exception& failure) {
        check(dynamic_cast<const sluice::error*>(&failure) != nullptr, "a constructor throws an error");
    }
}

asio::awaitable<void> handlers(sluice::session session) {
    const sluice::sqs::create_queue_request create("handled");
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer writer(session, "handled");
    co_await writer.write("message");
    sluice::sqs::reader_options options;
    options.wait_time = 1s;
    sluice::sqs::reader reader(session, "handled", options);
    std::atomic<int> calls = 0;
    std::atomic<int> kinds = 0;
    auto next = [&calls](sluice::sqs::delivery&) -> asio::awaitable<void> {
        if (++calls == 1) throw strangers_failure("the stranger's own");
        co_return;
    };
    auto outer = [&](sluice::sqs::delivery& delivery) -> asio::awaitable<void> {
        try {
            co_await next(delivery);
        } catch (const strangers_failure&) {
            ++kinds;
            throw;
        }
        reader.pause();
        asio::co_spawn(
            session.get_executor(), [&reader]() -> asio::awaitable<void> { co_await reader.stop(); }, asio::detached);
    };
    sluice::sqs::message_handler handler = outer;
    co_await reader.run(std::move(handler));
    check(calls == 2 && kinds == 1, "a handler that throws gets its message again");
    const auto statistics = reader.statistics();
    check(statistics.handled == 1 && statistics.failed_handlers == 1, "the reader has counted both");
    check(sluice::describe_failure(std::make_exception_ptr(strangers_failure("the stranger's own"))).find("stranger") !=
              std::string::npos,
          "the library reads the exceptions of the program");
}

asio::awaitable<void> cancellation(sluice::session session) {
    const sluice::sqs::create_queue_request create("quiet");
    co_await session.sqs().create_queue(create);
    sluice::sqs::reader reader(session, "quiet");
    asio::steady_timer timer(session.get_executor(), 50ms);
    const auto began = std::chrono::steady_clock::now();
    const auto which = co_await (reader.read() || timer.async_wait(asio::use_awaitable));
    check(which.index() == 1, "a timer of the program cancels a read of the library");
    check(std::chrono::steady_clock::now() - began < 10s, "and does it at once");
    co_await reader.stop(sluice::sqs::stop_policy::fast);
}

asio::awaitable<void> writes(sluice::session session, std::shared_ptr<counting_observer> observer) {
    const sluice::sqs::create_queue_request create("many");
    const auto made = co_await session.sqs().create_queue(create);
    sluice::writer_options options;
    options.observer = observer;
    sluice::sqs::writer writer(session, made.queue_url, options);
    std::atomic<int> done = 0;
    asio::steady_timer all(session.get_executor(), asio::steady_timer::time_point::max());
    auto one = [&](int number) -> asio::awaitable<void> {
        auto strand = asio::make_strand(session.get_executor());
        asio::steady_timer pause(strand, std::chrono::milliseconds(number % 7));
        co_await pause.async_wait(asio::use_awaitable);
        co_await writer.write(std::to_string(number));
        // Once more on the strand's side: dispatched from a thread of the context, it must not wait for another one.
        co_await asio::dispatch(asio::bind_executor(strand, asio::use_awaitable));
        if (++done == 500) all.cancel();
    };
    for (int number = 0; number < 500; ++number) {
        asio::co_spawn(session.get_executor(), one(number),
                       [](std::exception_ptr thrown) { check(thrown == nullptr, "a write fails"); });
    }
    co_await all.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await writer.close();
    check(observer->accepted == 500 && observer->refused == 0, "an observer of the program hears of every message");
    sluice::message late("late");
    const auto refused = co_await sluice::as_result(writer.write(std::move(late)));
    check(refused.has_error() && refused.error().code == sluice::errc::closed, "a closed writer refuses");
}

asio::awaitable<void> run(sluice::session session, std::shared_ptr<counting_observer> observer) {
    co_await errors(session);
    co_await handlers(session);
    co_await cancellation(session);
    co_await writes(session, observer);
}

void with(bool sockets) {
    asio::io_context context;
    sluice::local::broker_options broker_options;
    broker_options.listen = sockets;
    sluice::local::broker broker(context.get_executor(), broker_options);
    auto observer = std::make_shared<counting_observer>();
    std::shared_ptr<watching_transport> transport;
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
    if (!sockets) {
        transport = std::make_shared<watching_transport>(context, broker.transport());
        options.transport = transport;
    }
    const sluice::session session(context.get_executor(), options);

    std::exception_ptr failure;
    asio::co_spawn(context, run(session, observer), [&](std::exception_ptr thrown) {
        failure = thrown;
        broker.stop();
        context.stop();
    });
    std::vector<std::jthread> threads;
    for (int count = 0; count < 4; ++count) threads.emplace_back([&context] { context.run(); });
    threads.clear();
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
        check(false, thrown.what());
    }
    if (transport != nullptr) {
        check(transport->requests > 50, "requests go through the transport of the program");
        check(transport->elsewhere == 0, "every request is made on a thread that runs the context");
    }
}

} // namespace

int main() {
    with(false);
    with(true);
    std::cout << "boundary: " << passed << " passed, " << failed << " failed\n";
    return failed == 0 && passed > 500 ? 0 : 1;
}
