// Pieces of the documentation about writers; the program runs them all and checks what they claim.
#include "on_a_broker.hpp"

#include <map>

using sluice::errc;

namespace {

asio::awaitable<void> make_queues(sluice::session session) {
    for (const char* name : {"orders", "billing", "shipping"}) {
        const sluice::sqs::create_queue_request create{name};
        co_await session.sqs().create_queue(create);
    }
    sluice::sqs::create_queue_request create{"orders.fifo"};
    create.attributes["FifoQueue"] = "true";
    co_await session.sqs().create_queue(create);
}

asio::awaitable<void> one(sluice::session session) {
    // [one]
    sluice::sqs::writer orders{session, "orders"}; // name, URL or ARN
    const sluice::receipt sent = co_await orders.write("{\"id\":1}");
    std::cout << sent.message_id << '\n';
    // [/one]
    expect(!sent.message_id.empty(), "a receipt has a message id");
}

asio::awaitable<void> many(sluice::session session) {
    sluice::writer_options patient; // for the count of requests below, on a machine that stalls
    patient.linger = std::chrono::milliseconds(500);
    sluice::sqs::writer orders{session, "orders", patient};
    // [many]
    std::vector<sluice::message> all;
    for (int id = 1; id <= 25; ++id) all.emplace_back("{\"id\":" + std::to_string(id) + "}");
    const auto outcomes = co_await orders.write(std::move(all)); // one result for each, in their order
    for (const sluice::result<sluice::receipt>& outcome : outcomes) {
        if (outcome) std::cout << "accepted " << outcome->message_id << '\n';
        else std::cerr << outcome.error().describe() << '\n';
    }
    // [/many]
    expect(outcomes.size() == 25 && outcomes.back(), "25 results");
    expect(orders.statistics().requests == 3, "ten to a request");
}

asio::awaitable<void> destinations(sluice::session session) {
    // [destinations]
    sluice::sqs::writer writer{session}; // without a destination
    sluice::message bill{"{\"id\":1}"};
    bill.to("billing");
    sluice::message parcel{"{\"id\":1}"};
    parcel.to("shipping");
    std::vector<sluice::message> both;
    both.push_back(std::move(bill));
    both.push_back(std::move(parcel));
    const auto outcomes = co_await writer.write(std::move(both));
    // [/destinations]
    expect(outcomes[0] && outcomes[1], "both were accepted");
}

asio::awaitable<void> full_buffer(sluice::session session) {
    const auto executor = co_await asio::this_coro::executor;
    sluice::writer_options options;
    options.pending_messages = 2;
    options.linger = 100ms;
    sluice::sqs::writer orders{session, "orders", options};
    for (int i = 0; i < 2; ++i) asio::co_spawn(executor, orders.write("an order"), asio::detached);
    while (orders.statistics().pending < 2) co_await asio::post(executor, asio::use_awaitable);
    // [full]
    auto writing = orders.try_write("one too many");
    const auto sent = co_await sluice::as_result(std::move(writing));
    if (!sent && sent.error().code == errc::buffer_full) std::cout << "not sent: come again later\n";
    // [/full]
    expect(!sent && sent.error().code == errc::buffer_full, "the third one was rejected");
}

asio::awaitable<void> failures(sluice::session session) {
    sluice::sqs::writer orders{session, "no-such-queue"};
    // [failure]
    auto writing = orders.write("{\"id\":1}");
    const sluice::result<sluice::receipt> sent = co_await sluice::as_result(std::move(writing));
    if (sent) {
        std::cout << "published " << sent->message_id << '\n';
    } else if (sent.error().may_have_been_applied) {
        std::cerr << "perhaps published: " << sent.error().describe() << '\n';
    } else {
        std::cerr << "not published: " << sent.error().describe() << '\n';
    }
    // [/failure]
    expect(!sent && sent.error().code == errc::not_found, "the queue does not exist");
}

asio::awaitable<void> thrown(sluice::session session) {
    sluice::sqs::writer orders{session, "no-such-queue"};
    bool missing = false;
    // [throw]
    try {
        co_await orders.write("{\"id\":1}");
    } catch (const sluice::error& failure) {
        missing = failure.code() == errc::not_found;
        std::cerr << failure.what() << '\n'; // everything that is known, in one line
    }
    // [/throw]
    expect(missing, "errc::not_found is thrown");
}

asio::awaitable<void> closing(sluice::session session) {
    sluice::sqs::writer orders{session, "orders"};
    // [close]
    co_await orders.flush();    // everything written so far has its result
    co_await orders.close(10s); // no more writes; what is there goes out, for 10 s at most
    auto writing = orders.write("too late");
    const auto sent = co_await sluice::as_result(std::move(writing)); // errc::closed
    // [/close]
    expect(!sent && sent.error().code == errc::closed, "closed");
}

asio::awaitable<void> corked(sluice::local::broker& broker, sluice::session session) {
    broker.on("SendMessageBatch").nth(1).fail_entry(1, 400, "InvalidMessageContents", "planned");
    // [corked]
    sluice::sqs::writer orders{session, "orders.fifo"};
    std::vector<sluice::message> steps;
    for (const char* step : {"opened", "paid"}) steps.push_back(sluice::message(step).group("alice"));
    steps.push_back(sluice::message("opened").group("bob"));
    const auto outcomes = co_await orders.write(std::move(steps));
    // alice's first step was refused: the second one would be out of order, and was not sent. bob's went through.
    const bool held = !outcomes[0] && outcomes[1].error().code == errc::group_corked && outcomes[2].has_value();
    orders.resume("alice"); // after you have decided what becomes of the two
    const sluice::receipt sent = co_await orders.write(sluice::message("opened again").group("alice"));
    // [/corked]
    expect(held && !sent.sequence_number.empty(), "the group is corked until resume");
}

asio::awaitable<void> attributes(sluice::session session) {
    sluice::sqs::writer orders{session, "orders"};
    // [attributes]
    sluice::message order{"{\"id\":1}"};
    order.attribute("country", "DE")
        .attribute("amount", sluice::attribute_value::number(25))
        .attribute("photo", sluice::attribute_value::binary(std::string("\x00\xff", 2)))
        .delay(30s); // queues only
    co_await orders.write(std::move(order));
    // [/attributes]
}

// [observer]
class failures_by_code : public sluice::writer_observer {
  public:
    void message_ended(std::string_view, std::string_view, const sluice::error_info* failure) override {
        const std::lock_guard lock(mutex_); // an executor with several threads calls it on several at once
        if (failure != nullptr) ++counts_[failure->code];
    }

    std::size_t count(sluice::errc code) {
        const std::lock_guard lock(mutex_);
        return counts_[code];
    }

  private:
    std::mutex mutex_;
    std::map<sluice::errc, std::size_t> counts_;
};
// [/observer]

asio::awaitable<void> observed(sluice::session session) {
    // [observe]
    const auto observer = std::make_shared<failures_by_code>();
    sluice::writer_options options;
    options.observer = observer;
    sluice::sqs::writer orders{session, "no-such-queue", options};
    auto writing = orders.write("an order");
    co_await sluice::as_result(std::move(writing));
    std::cout << observer->count(errc::not_found) << " to queues that do not exist\n";
    // [/observe]
    expect(observer->count(errc::not_found) == 1, "the observer was told");
}

asio::awaitable<void> all(sluice::local::broker& broker, sluice::session session) {
    co_await make_queues(session);
    co_await one(session);
    co_await many(session);
    co_await destinations(session);
    co_await full_buffer(session);
    co_await failures(session);
    co_await thrown(session);
    co_await closing(session);
    co_await corked(broker, session);
    co_await attributes(session);
    co_await observed(session);
    std::cout << "all as documented\n";
}

} // namespace

int main() { return on_a_broker(all); }
