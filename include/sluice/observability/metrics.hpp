// Counters, gauges and histograms of writers and readers, as text that Prometheus reads.
#pragma once

#include <sluice/export.hpp>
#include <sluice/sqs/delivery.hpp>
#include <sluice/sqs/reader_observer.hpp>
#include <sluice/sqs/reader_options.hpp>
#include <sluice/writer_observer.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

namespace detail {
class metrics_core;
class reader_series;
} // namespace detail

struct metrics_options {
    /// The most values of the label `destination`, and of the label `queue`. What comes later is counted under `other`,
    /// so that a program that writes to thousands of queues does not become thousands of time series.
    std::size_t destinations = 100;
};

/// Takes a source of statistics away again when it goes, so that nothing is asked that is no more. Movable.
class SLUICE_API watched_statistics {
  public:
    watched_statistics() = default;
    explicit watched_statistics(std::function<void()> remove) : remove_(std::move(remove)) {}
    watched_statistics(watched_statistics&& other) noexcept : remove_(std::exchange(other.remove_, nullptr)) {}
    watched_statistics& operator=(watched_statistics&& other) noexcept {
        if (this != &other) {
            reset();
            remove_ = std::exchange(other.remove_, nullptr);
        }
        return *this;
    }
    ~watched_statistics() { reset(); }
    /// When it returns, the source is not being asked and never will be.
    void reset() noexcept {
        if (const auto remove = std::exchange(remove_, nullptr)) remove();
    }

  private:
    std::function<void()> remove_;
};

/// Middleware that times handlers, made by `metrics::handler_timer`.
class SLUICE_API handler_timer {
  public:
    explicit handler_timer(std::shared_ptr<detail::reader_series> series) : series_(std::move(series)) {}

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        const auto began = handler_begins(delivery);
        std::exception_ptr failure;
        try {
            co_await next(delivery);
        } catch (...) {
            failure = std::current_exception();
        }
        handler_ends(began, failure);
        if (failure) std::rethrow_exception(failure);
    }

  private:
    [[nodiscard]] std::chrono::steady_clock::time_point handler_begins(const sqs::delivery& delivery) const;
    void handler_ends(std::chrono::steady_clock::time_point began, const std::exception_ptr& failure) const;

    std::shared_ptr<detail::reader_series> series_;
};

/// All of a program, or a part of it. docs/observability.md lists the metrics; their names begin with `sluice_`.
///
/// Threads: everything may be called by all at once; counting takes atomic counters and, to find them, a shared lock.
/// Lifetime: observers and timers keep what they need and may outlive this object.
class SLUICE_API metrics {
  public:
    metrics();
    /// Throws `error` with `errc::invalid_argument` for `destinations` of 0.
    explicit metrics(metrics_options options);

    /// For `writer_options::observer`, of any number of writers: their events are told apart by destination, which is
    /// the name of the queue or topic. Those of one name in several regions or accounts are counted together.
    /// The series of a destination are there from the first event on.
    [[nodiscard]] std::shared_ptr<sluice::writer_observer> writer_observer();
    /// The same, and the series of `destination` are there at once, with 0: so the first failure of a new process is an
    /// increase that an alarm sees. `destination` is what the writer is given: URL, ARN or name of a queue, or the ARN
    /// of a topic.
    [[nodiscard]] std::shared_ptr<sluice::writer_observer> writer_observer(const std::string& destination);
    /// For `reader_options::observer`. `queue` (URL, ARN or name) becomes the label, as readers do not tell it.
    [[nodiscard]] std::shared_ptr<sqs::reader_observer> reader_observer(const std::string& queue);
    /// A middleware for `compose`, usually the outermost one: how long handlers take, how old messages are as they
    /// begin, and how many were received before.
    [[nodiscard]] sluice::handler_timer handler_timer(const std::string& queue);

    /// Adds what `statistics()` of a writer or reader says at each scrape, under the label `name`:
    /// `auto watch = metrics.watch("orders", [&] { return writer.statistics(); });`
    /// The result must go before what the function refers to does; meanwhile the function must not call this object.
    /// Throws `error` with `errc::invalid_argument` for a name that another writer (or reader) has.
    [[nodiscard]] watched_statistics watch(const std::string& name, std::function<writer_statistics()> statistics);
    [[nodiscard]] watched_statistics watch(const std::string& name, std::function<sqs::reader_statistics()> statistics);

    /// Everything, in the Prometheus text exposition format 0.0.4: the content type to serve it with is
    /// `text/plain; version=0.0.4; charset=utf-8`. Always in the same order. Throws what a watched function throws.
    /// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    [[nodiscard]] std::string prometheus_text() const;

  private:
    std::shared_ptr<detail::metrics_core> core_;
};

} // namespace sluice
