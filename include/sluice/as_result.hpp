// Failures as values: `auto sent = co_await as_result(writer.write(text));`
#pragma once

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace sluice {

/// Awaits `operation` and returns what it threw as `sluice::error` as a value. Other exceptions pass through.
template<class T>
boost::asio::awaitable<result<T>> as_result(boost::asio::awaitable<T> operation) {
    try {
        T value = co_await std::move(operation);
        co_return result<T>(std::move(value));
    } catch (const error& failure) {
        co_return result<T>(failure.info());
    }
}

inline boost::asio::awaitable<result<void>> as_result(boost::asio::awaitable<void> operation) {
    try {
        co_await std::move(operation);
        co_return result<void>();
    } catch (const error& failure) {
        co_return result<void>(failure.info());
    }
}

} // namespace sluice
