#include <sluice/middleware/deduplicate.hpp>

#include "stream/middleware/plain_text.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice {

namespace asio = boost::asio;

std::function<std::string(const sqs::delivery&)> key_of_attribute(std::string name) {
    return [name = std::move(name)](const sqs::delivery& delivery) {
        const attribute_value* const value = delivery.attribute(name);
        return value == nullptr ? delivery.message_id() : value->value();
    };
}

duplicate_under_way::duplicate_under_way(const std::string& key)
    : std::runtime_error("a message with the deduplication key \"" + stream::one_line(key, 100) +
                         "\" is being handled at this moment") {}

namespace detail {

std::string deduplication_key(const deduplicate_options& options, const sqs::delivery& delivery) {
    return options.key ? options.key(delivery) : delivery.message_id();
}

asio::awaitable<std::exception_ptr> finish_uncancelled(asio::awaitable<void> operation) {
    const auto executor = co_await asio::this_coro::executor;
    auto finishing = asio::co_spawn(executor, std::move(operation),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    try {
        co_await std::move(finishing);
    } catch (...) {
        co_return std::current_exception();
    }
    co_return std::exception_ptr();
}

} // namespace detail

} // namespace sluice
