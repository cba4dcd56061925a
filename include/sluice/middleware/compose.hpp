// Wraps a handler of `sqs::reader::run` into middlewares, at compile time.
#pragma once

#include <sluice/error.hpp>
#include <sluice/middleware/message_context.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace sluice {

/// What `compose` takes: called as a const object, by several coroutines and threads at once.
template<class Handler>
concept delivery_handler = requires(const Handler& handler, sqs::delivery& delivery) {
    { handler(delivery) } -> std::same_as<boost::asio::awaitable<void>>;
};

/// The same for a handler that also wants to know the message's correlation ids.
template<class Handler>
concept context_handler = requires(const Handler& handler, sqs::delivery& delivery, const message_context& context) {
    { handler(delivery, context) } -> std::same_as<boost::asio::awaitable<void>>;
};

/// A middleware for handlers of the type `Next`: it calls `next(delivery)` as often as it likes and awaits it, or not.
/// Called as a const object, by several coroutines and threads at once. It and `next` stay where they are until every
/// call has ended, so a coroutine may use its captures, its members and `next` by reference. A lambda will do:
///
///     auto timed = [](sluice::sqs::delivery& delivery, const auto& next) -> boost::asio::awaitable<void> { … };
template<class Middleware, class Next>
concept middleware_for = requires(const Middleware& middleware, sqs::delivery& delivery, const Next& next) {
    { middleware(delivery, next) } -> std::same_as<boost::asio::awaitable<void>>;
};

namespace detail {

template<class Handler>
class innermost_layer {
  public:
    explicit innermost_layer(Handler handler) : handler_(std::move(handler)) {}

    boost::asio::awaitable<void> operator()(sqs::delivery& delivery) const {
        if constexpr (delivery_handler<Handler>) {
            return handler_(delivery);
        } else {
            return call_with_context(delivery);
        }
    }

  private:
    boost::asio::awaitable<void> call_with_context(sqs::delivery& delivery) const {
        const message_context context(delivery);
        co_await handler_(delivery, context);
    }

    Handler handler_;
};

template<class Middleware, class Next>
class middleware_layer {
  public:
    middleware_layer(Middleware middleware, std::shared_ptr<const Next> next)
        : middleware_(std::move(middleware)), next_(std::move(next)) {}

    boost::asio::awaitable<void> operator()(sqs::delivery& delivery) const { return middleware_(delivery, *next_); }

  private:
    Middleware middleware_;
    std::shared_ptr<const Next> next_;
};

} // namespace detail

/// A handler in its middlewares; converts to `sqs::message_handler`. Copies share the handler and the middlewares,
/// which therefore need not be copyable.
///
/// Threads: calls may run side by side. Lifetime: a call keeps all layers alive until it has ended, also when this
/// object is gone.
template<class Layer>
class composed_handler {
  public:
    explicit composed_handler(std::shared_ptr<const Layer> layer) : layer_(std::move(layer)) {}

    /// The handler with one more middleware around all that it has.
    template<class Middleware>
    [[nodiscard]] auto with(Middleware middleware) const {
        static_assert(middleware_for<Middleware, Layer>,
                      "a middleware is called as awaitable<void>(sqs::delivery&, const auto& next), as a const object");
        using outer = detail::middleware_layer<Middleware, Layer>;
        return composed_handler<outer>(std::make_shared<const outer>(std::move(middleware), layer_));
    }

    /// `delivery` must stay until the call has ended.
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery) const { return call(layer_, delivery); }

  private:
    static boost::asio::awaitable<void> call(std::shared_ptr<const Layer> layer, sqs::delivery& delivery) {
        const Layer& outermost = *layer;
        co_await outermost(delivery);
    }

    std::shared_ptr<const Layer> layer_;
};

/// Begins a chain with the handler itself, which is called as `handler(delivery)` or as `handler(delivery, context)`
/// with a `message_context`. The middleware that is added last is the outermost: called first, and the last to see a
/// failure. Where the order matters, from the inside out: `retry_in_place`, `log_errors`, `dead_letter`, `deduplicate`.
///
///     auto handler = sluice::compose(handle_order)
///                        .with(sluice::retry_in_place())
///                        .with(sluice::dead_letter(dead_orders));
///     co_await reader.run(handler);
///
/// Throws `error` with `errc::invalid_argument` for an empty `std::function` or function pointer.
/// With g++ 12 name the composed handler first, as above: that compiler destroys temporaries of a `co_await` expression
/// twice.
template<class Handler>
[[nodiscard]] auto compose(Handler handler) {
    static_assert(
        delivery_handler<Handler> || context_handler<Handler>,
        "a handler is called as awaitable<void>(sqs::delivery&), or with a const message_context& as well, as "
        "a const object: several messages are handled at once");
    if constexpr (std::is_pointer_v<Handler> ||
                  std::is_same_v<Handler, std::function<boost::asio::awaitable<void>(sqs::delivery&)>>) {
        if (handler == nullptr) throw error(error_info(errc::invalid_argument, "the handler is empty"));
    }
    using layer = detail::innermost_layer<Handler>;
    return composed_handler<layer>(std::make_shared<const layer>(std::move(handler)));
}

} // namespace sluice
