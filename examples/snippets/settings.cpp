// Pieces of the documentation about settings, credentials and operations; the program runs them all and checks what
// they claim.
#include "on_a_broker.hpp"

namespace {

// [own-provider]
class keys_of_the_vault : public sluice::credentials_provider {
  public:
    asio::awaitable<sluice::result<sluice::credentials>> get() override {
        ++asked;
        sluice::credentials keys{"test", "test"}; // ask for them here, with whatever is awaitable
        keys.expiration = std::chrono::system_clock::now() + 1h;
        co_return keys;
    }

    std::atomic<int> asked = 0;
};
// [/own-provider]

asio::awaitable<void> providers(sluice::session_options options) {
    const auto executor = co_await asio::this_coro::executor;
    const auto source = std::make_shared<keys_of_the_vault>();
    // [cached]
    options.credentials = sluice::cached_credentials(executor, source); // asked once an hour, not for every request
    const sluice::session session{executor, options};
    // [/cached]
    co_await session.sqs().list_queues();
    co_await session.sqs().list_queues();
    expect(source->asked == 1, "the keys are cached");
}

asio::awaitable<void> roles(sluice::session_options options) {
    const auto executor = co_await asio::this_coro::executor;
    // [role]
    sluice::sts::assume_role_request role{"arn:aws:iam::000000000000:role/orders", "checkout"};
    options.credentials = sluice::assume_role_credentials(executor, role, options);
    const sluice::session session{executor, options};
    // [/role]
    const auto who = co_await session.sts().get_caller_identity();
    expect(who.arn.find("assumed-role/orders/checkout") != std::string::npos, "the role is taken on");
}

asio::awaitable<void> operations(sluice::session session) {
    // [pages]
    auto pages = session.sqs().queue_pages();
    while (true) {
        const auto page = co_await pages.next();
        if (!page) break;
        for (const std::string& url : page->queue_urls) std::cout << url << '\n';
    }
    // [/pages]

    // [raw]
    sluice::query_parameters topic{{"Name", "orders"}};
    const sluice::raw_reply reply = co_await session.sns().call("CreateTopic", std::move(topic));
    std::cout << reply.status << ' ' << reply.request_id << '\n'; // the XML document is in reply.body
    // [/raw]
    expect(reply.status == 200 && reply.body.find("TopicArn") != std::string::npos, "the reply is the document");

    // [typed]
    sluice::sqs::create_queue_request create{"orders"};
    create.attributes["VisibilityTimeout"] = "60";
    const auto made = co_await session.sqs().create_queue(create); // idempotent for equal attributes
    sluice::sqs::get_queue_attributes_request ask{made.queue_url};
    const auto queue = co_await session.sqs().get_queue_attributes(ask);
    std::cout << queue.attributes.at("ApproximateNumberOfMessages") << " messages\n";
    // [/typed]
    expect(queue.attributes.at("VisibilityTimeout") == "60", "the attribute was set");
}

asio::awaitable<void> all(sluice::local::broker& broker, sluice::session session) {
    const sluice::session_options options = options_for(broker);
    co_await providers(options);
    co_await roles(options);
    co_await operations(session);
    std::cout << "all as documented\n";
}

} // namespace

int main() { return on_a_broker(all); }
