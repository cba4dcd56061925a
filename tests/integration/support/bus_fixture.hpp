// Commands, events and a broker for the tests of the command bus: without sockets, or over a port.
#pragma once

#include "support/resources.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/command_bus.hpp>
#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace integration {

struct place_order {
    static constexpr std::string_view command_name = "order.place";
    std::string order;
    int number = 0;
    [[nodiscard]] std::string aggregate_id() const { return order; }
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(place_order, order, number)
};

struct ship_order {
    static constexpr std::string_view command_name = "order.ship";
    std::string order;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(ship_order, order)
};

struct order_shipped {
    static constexpr std::string_view event_name = "order.shipped";
    std::string order;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(order_shipped, order)
};

/// What a handler may give back; has no name, as nobody sends it by itself.
struct order_number {
    int number = 0;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(order_number, number)
};

class bus_fixture {
  public:
    explicit bus_fixture(bool sockets = false) {
        sluice::local::broker_options options;
        options.listen = sockets;
        server.emplace(context.get_executor(), std::move(options));
        sluice::session_options session_options;
        session_options.read_environment = false;
        session_options.region = "us-east-1";
        session_options.endpoint_url = server->endpoint();
        session_options.credentials = sluice::static_credentials(sluice::credentials("test", "test"));
        if (!sockets) session_options.transport = server->transport();
        session.emplace(context.get_executor(), std::move(session_options));
    }

    /// A consumer that stops fast and comes back fast.
    [[nodiscard]] static sluice::command_consumer_options quick() {
        sluice::command_consumer_options options;
        options.reader.wait_time = std::chrono::seconds(1);
        options.reader.visibility_timeout = std::chrono::seconds(30);
        options.reader.longest_release_delay = std::chrono::seconds(1);
        return options;
    }

    /// Runs `consumer` besides; what ends it must be expected.
    void serve(sluice::command_consumer& consumer) {
        auto ended = std::make_shared<bool>(false);
        boost::asio::co_spawn(context, consumer.run(), [ended](const std::exception_ptr& thrown) {
            CHECK(thrown == nullptr);
            *ended = true;
        });
        serving_.push_back(std::move(ended));
    }
    [[nodiscard]] bool all_have_ended() const {
        for (const auto& one : serving_) {
            if (!*one) return false;
        }
        return true;
    }

    boost::asio::awaitable<void> until(std::function<bool()> holds) {
        boost::asio::steady_timer timer(context.get_executor());
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
    }
    boost::asio::awaitable<void> pause(std::chrono::milliseconds time) {
        boost::asio::steady_timer timer(context.get_executor(), time);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }

    boost::asio::awaitable<std::string> make(std::string name) {
        auto making = make_queue(*session, std::move(name));
        co_return co_await std::move(making);
    }

    /// Everything in a queue, deleted from it.
    boost::asio::awaitable<std::vector<sluice::sqs::received_message>> drain(std::string queue) {
        std::vector<sluice::sqs::received_message> all;
        while (true) {
            const sluice::sqs::receive_message_request ask(queue);
            auto receiving = session->sqs().receive_message(ask);
            const auto got = co_await std::move(receiving);
            if (got.messages.empty()) co_return all;
            for (const auto& one : got.messages) {
                sluice::sqs::delete_message_request away(queue, one.receipt_handle);
                auto deleting = session->sqs().delete_message(std::move(away));
                co_await std::move(deleting);
                all.push_back(one);
            }
        }
    }

    template<class Make>
    void run(Make test) {
        run_coroutine(context, test);
    }

    boost::asio::io_context context;
    std::optional<sluice::local::broker> server;
    std::optional<sluice::session> session;

  private:
    std::vector<std::shared_ptr<bool>> serving_;
};

/// The value of an attribute; empty: there is none.
inline std::string attribute_of(const sluice::sqs::received_message& message, std::string_view name) {
    for (const auto& one : message.attributes) {
        if (one.name == name) return one.value.value();
    }
    return {};
}

} // namespace integration
