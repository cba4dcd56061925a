// A chain that a service declares at every start, and why a message does not arrive.
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

sluice::chain orders() {
    sluice::chain_queue billing{"billing"};
    billing.attributes["VisibilityTimeout"] = "60";
    billing.dead_letter_queue = "billing-dead"; // made, too
    billing.max_receive_count = 5;
    sluice::chain_queue shipping{"shipping", R"({"country":["DE","FR"]})"}; // only messages with this attribute
    return sluice::chain{"orders"}.queue(billing).queue(shipping);
}

asio::awaitable<void> start() {
    const auto executor = co_await asio::this_coro::executor;
    const sluice::session session{executor};
    const sluice::chain_report report = co_await sluice::ensure(session, orders());
    for (const auto& step : report.steps) std::cout << done(step.action) << ' ' << step.resource << '\n';

    sluice::message sample{"{\"id\":1}"}; // it is not sent
    sample.attribute("country", "IT");
    const auto findings = co_await sluice::check(session, orders(), sample);
    for (const auto& finding : findings) std::cout << finding.resource << ": " << finding.text << '\n';
}

int main() {
    asio::io_context context;
    std::future<void> done = asio::co_spawn(context, start(), asio::use_future);
    context.run();
    done.get();
}
