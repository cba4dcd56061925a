// Bodies of 2 MB through a queue that takes 1 MiB: they stay in a store, and the messages say where.
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <map>

namespace asio = boost::asio;

// [store]
class memory_store { // in its place: S3, a database, a folder
  public:
    asio::awaitable<std::string> put(std::string bytes) {
        std::string key = "scan-" + std::to_string(kept_.size()); // better one that nobody guesses
        kept_[key] = std::move(bytes);
        co_return key;
    }
    asio::awaitable<std::string> get(std::string key, std::size_t most_bytes) {
        if (kept_.at(key).size() > most_bytes) throw std::runtime_error(key + " is larger than its message says");
        co_return kept_.at(key);
    }
    asio::awaitable<void> remove(std::string key) {
        kept_.erase(key);
        co_return;
    }
    bool empty() const { return kept_.empty(); }

  private:
    std::map<std::string, std::string> kept_;
};
// [/store]

asio::awaitable<void> write_and_handle(sluice::session session, std::shared_ptr<memory_store> store) {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::sqs::create_queue_request create{"scans"};
    co_await session.sqs().create_queue(create);
    sluice::sqs::writer scans{session, "scans"};
    sluice::sqs::reader_options short_polls;
    short_polls.wait_time = std::chrono::seconds(1); // stop waits for them
    sluice::sqs::reader reader{session, "scans", short_polls};
    // [use]
    sluice::claim_check_options options;
    options.remove_when_handled = true; // one reader: behind a topic the other queues would miss it
    const sluice::claim_check check{store, options};
    for (const std::size_t size : {100UL, 2'000'000UL}) {
        sluice::message scan = co_await check.pack(std::string(size, 'x')); // from 256 KiB the body goes to the store
        std::cout << size << " bytes sent as " << scan.body().size() << '\n';
        co_await scans.write(std::move(scan));
    }
    auto handle = [&, left = std::make_shared<int>(2)](sluice::sqs::delivery& scan) -> asio::awaitable<void> {
        std::cout << scan.body().size() << " bytes handled\n"; // fetched, and checked by size and SHA-256
        if (--*left == 0) asio::co_spawn(executor, reader.stop(), asio::detached);
        co_return;
    };
    auto handler = sluice::compose(handle).with(check);
    co_await reader.run(handler);
    // [/use]
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
    const auto store = std::make_shared<memory_store>();
    auto done = asio::co_spawn(context, write_and_handle(sluice::session{context.get_executor(), options}, store),
                               asio::use_future);
    context.run();
    done.get();
    return store->empty() && broker.ledger().at("scans").deleted == 2 ? 0 : 1;
}
