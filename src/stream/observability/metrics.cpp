#include <sluice/observability/metrics.hpp>

#include "protocol/arn.hpp"
#include "stream/middleware/plain_text.hpp"
#include "stream/observability/metric_series.hpp"

#include <sluice/middleware/failure.hpp>
#include <sluice/observability/semantic_conventions.hpp>

#include <algorithm>
#include <compare>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace sluice {
namespace detail {

namespace names = stream::metric_names;
using stream::exposition;

namespace {

/// What a name of somebody else's becomes as a label: the queue's or topic's name, of readable characters.
std::string label_of(std::string_view destination) {
    constexpr std::size_t longest = 256;
    return stream::one_line(protocol::destination_name(destination), longest);
}

std::string_view error_label(std::size_t place) noexcept {
    return semantic_conventions::error_type_of(static_cast<errc>(place));
}

/// Series by label; beyond the bound they share one. They are never taken away.
template<class Key, class Series>
class series_map {
  public:
    explicit series_map(std::size_t most) : most_(most) {}

    std::shared_ptr<Series> get(const Key& key, const Key& other) {
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = all_.find(key); found != all_.end()) return found->second;
            if (all_.size() >= most_ && other_) return other_;
        }
        const std::unique_lock lock(mutex_);
        if (const auto found = all_.find(key); found != all_.end()) return found->second;
        if (all_.size() < most_) return all_.emplace(key, std::make_shared<Series>()).first->second;
        if (!other_) {
            other_ = std::make_shared<Series>();
            other_key_ = other;
        }
        return other_;
    }

    /// In the order of the labels, the shared one last. One that bears its name by itself comes first then.
    [[nodiscard]] std::vector<std::pair<Key, std::shared_ptr<Series>>> all() const {
        const std::shared_lock lock(mutex_);
        std::vector<std::pair<Key, std::shared_ptr<Series>>> list(all_.begin(), all_.end());
        if (other_) list.emplace_back(other_key_, other_);
        return list;
    }

  private:
    const std::size_t most_;
    mutable std::shared_mutex mutex_;
    std::map<Key, std::shared_ptr<Series>> all_;
    std::shared_ptr<Series> other_;
    Key other_key_;
};

} // namespace

/// A destination, and whether it is a queue or a topic.
struct writer_key {
    std::string destination;
    std::string_view system;

    friend auto operator<=>(const writer_key&, const writer_key&) = default;
};

class metrics_core {
  public:
    explicit metrics_core(std::size_t most) : writers_(most), readers_(most) {}

    std::shared_ptr<stream::writer_series> writer(std::string_view destination) {
        return writers_.get({not_other(label_of(destination)), semantic_conventions::system_of(destination)},
                            {other, other});
    }
    std::shared_ptr<reader_series> reader(std::string_view queue) {
        return readers_.get(not_other(label_of(queue)), other);
    }

    template<class Statistics>
    void watch(std::map<std::string, std::function<Statistics()>>& sources, const std::string& name,
               std::function<Statistics()> statistics) {
        const std::lock_guard lock(sources_mutex_);
        if (!sources.emplace(name, std::move(statistics)).second) {
            throw error(error_info(errc::invalid_argument, "\"" + name +
                                                               "\" is watched already: each needs a name of "
                                                               "its own"));
        }
    }
    template<class Statistics>
    void forget(std::map<std::string, std::function<Statistics()>>& sources, const std::string& name) {
        const std::lock_guard lock(sources_mutex_);
        sources.erase(name);
    }

    [[nodiscard]] std::string text() const {
        exposition out;
        write_writers(out);
        write_readers(out);
        // Held while they are asked, so that who takes one away knows that it is not being asked.
        const std::lock_guard lock(sources_mutex_);
        write_watched_writers(out);
        write_watched_readers(out);
        return std::move(out).take();
    }

    std::map<std::string, std::function<writer_statistics()>> writer_sources;
    std::map<std::string, std::function<sqs::reader_statistics()>> reader_sources;

  private:
    static constexpr const char* other = "other";
    /// A queue of that name must not be a second series with the same labels.
    static std::string not_other(std::string name) { return name == other ? name + "_" : name; }

    void write_writers(exposition& out) const;
    void write_readers(exposition& out) const;
    void write_watched_writers(exposition& out) const;
    void write_watched_readers(exposition& out) const;

    series_map<writer_key, stream::writer_series> writers_;
    series_map<std::string, reader_series> readers_;
    mutable std::mutex sources_mutex_;
};

void metrics_core::write_writers(exposition& out) const {
    const auto all = writers_.all();
    const auto each = [&out, &all](const stream::metric& about, const auto& write) {
        out.begin(about);
        for (const auto& [key, series] : all) {
            write(stream::label("destination", key.destination), stream::label("system", key.system), *series);
        }
    };
    each(names::writer_batches, [&out](const auto& destination, const auto& system, const auto& of) {
        for (std::size_t i = 0; i < of.batches.size(); ++i) {
            out.sample({destination, system, {"reason", stream::batch_reasons[i]}}, of.batches[i].value());
        }
    });
    each(names::writer_batch_messages, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system}, of.batch_messages);
    });
    each(names::writer_batch_bytes, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system}, of.batch_bytes);
    });
    each(names::writer_messages, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system, {"outcome", "accepted"}}, of.accepted.value());
        out.sample({destination, system, {"outcome", "failed"}}, of.failed.value());
    });
    each(names::writer_retries, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system}, of.retries.value());
    });
    each(names::writer_errors, [&out](const auto& destination, const auto& system, const auto& of) {
        const auto write = [&](std::string_view fate, const stream::error_counters& errors) {
            for (std::size_t i = 0; i < stream::error_counters::places; ++i) {
                if (errors.value(i) == 0) continue;
                out.sample({destination, system, {"fate", fate}, {"error", error_label(i)}}, errors.value(i));
            }
        };
        write("failed", of.final_errors);
        write("retried", of.retried_errors);
    });
    each(names::writer_waits, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system}, of.waits.value());
    });
    each(names::writer_corked, [&out](const auto& destination, const auto& system, const auto& of) {
        out.sample({destination, system}, of.corked.value());
    });
}

void metrics_core::write_readers(exposition& out) const {
    const auto all = readers_.all();
    const auto each = [&out, &all](const stream::metric& about, const auto& write) {
        out.begin(about);
        for (const auto& [name, series] : all) write(stream::label("queue", name), *series);
    };
    const auto each_counter = [&out, &each](const stream::metric& about, stream::counter reader_series::* which) {
        each(about, [&out, which](const auto& queue, const auto& of) { out.sample({queue}, (of.*which).value()); });
    };
    each(names::reader_polls, [&out](const auto& queue, const auto& of) {
        out.sample({queue, {"outcome", "messages"}}, of.polls_with_messages.value());
        out.sample({queue, {"outcome", "empty"}}, of.empty_polls.value());
        out.sample({queue, {"outcome", "failed"}}, of.failed_polls.value());
    });
    each(names::reader_poll_messages,
         [&out](const auto& queue, const auto& of) { out.sample({queue}, of.poll_messages); });
    each(names::reader_settlements, [&out](const auto& queue, const auto& of) {
        for (std::size_t i = 0; i < of.settled.size(); ++i) {
            out.sample({queue, {"how", stream::settlements[i]}}, of.settled[i].value());
        }
    });
    each_counter(names::reader_unconfirmed, &reader_series::unconfirmed);
    each_counter(names::reader_renewal_failures, &reader_series::renewal_failures);
    each_counter(names::reader_handler_failures, &reader_series::handler_failures);
    each(names::reader_errors, [&out](const auto& queue, const auto& of) {
        const auto write = [&](std::string_view operation, const stream::error_counters& errors) {
            for (std::size_t i = 0; i < stream::error_counters::places; ++i) {
                if (errors.value(i) == 0) continue;
                out.sample({queue, {"operation", operation}, {"error", error_label(i)}}, errors.value(i));
            }
        };
        write("poll", of.poll_errors);
        write("settle", of.settle_errors);
        write("renew", of.renew_errors);
    });
    each(names::handler_seconds, [&out](const auto& queue, const auto& of) {
        for (std::size_t i = 0; i < of.handlers.size(); ++i) {
            out.sample({queue, {"outcome", stream::handler_outcomes[i]}}, of.handlers[i]);
        }
    });
    each(names::message_age, [&out](const auto& queue, const auto& of) { out.sample({queue}, of.age); });
    each_counter(names::redeliveries, &reader_series::redelivered);
}

void metrics_core::write_watched_writers(exposition& out) const {
    std::vector<std::pair<std::string_view, writer_statistics>> all;
    all.reserve(writer_sources.size());
    for (const auto& [name, ask] : writer_sources) all.emplace_back(name, ask());
    const auto each = [&out, &all](const stream::metric& about, auto writer_statistics::* which) {
        out.begin(about);
        for (const auto& [name, seen] : all) out.sample({{"writer", name}}, static_cast<std::uint64_t>(seen.*which));
    };
    each(names::watched_writer_pending, &writer_statistics::pending);
    each(names::watched_writer_bytes, &writer_statistics::pending_bytes);
    each(names::watched_writer_waiting, &writer_statistics::waiting);
    each(names::watched_writer_billed, &writer_statistics::billed);
    each(names::watched_writer_duplicates, &writer_statistics::possible_duplicates);
    each(names::watched_writer_order, &writer_statistics::order_breaks);
}

void metrics_core::write_watched_readers(exposition& out) const {
    using statistics = sqs::reader_statistics;
    std::vector<std::pair<std::string_view, statistics>> all;
    all.reserve(reader_sources.size());
    for (const auto& [name, ask] : reader_sources) all.emplace_back(name, ask());
    const auto each = [&out, &all](const stream::metric& about, std::size_t statistics::* which) {
        out.begin(about);
        for (const auto& [name, seen] : all) out.sample({{"reader", name}}, static_cast<std::uint64_t>(seen.*which));
    };
    each(names::watched_reader_buffered, &statistics::buffered);
    each(names::watched_reader_in_flight, &statistics::in_flight);
    each(names::watched_reader_bytes, &statistics::in_flight_bytes);
    each(names::watched_reader_handlers, &statistics::handlers);
    out.begin(names::watched_reader_poll_age);
    for (const auto& [name, seen] : all) {
        if (!seen.last_poll_age) continue;
        const auto age = std::max<std::chrono::milliseconds::rep>(seen.last_poll_age->count(), 0);
        out.scaled_sample({{"reader", name}}, static_cast<std::uint64_t>(age), 1'000);
    }
    each(names::watched_reader_received, &statistics::received);
    each(names::watched_reader_expired, &statistics::expired);
    each(names::watched_reader_over_limit, &statistics::over_limit);
    each(names::watched_reader_renewals, &statistics::renewals);
}

namespace {

class counting_writer final : public sluice::writer_observer {
  public:
    explicit counting_writer(std::shared_ptr<metrics_core> core) : core_(std::move(core)) {}

    void batch_sent(std::string_view destination, std::size_t messages, std::size_t bytes,
                    batch_reason reason) override {
        const auto series = core_->writer(destination);
        series->batches[static_cast<std::size_t>(reason)].add();
        series->batch_messages.observe(messages);
        series->batch_bytes.observe(bytes);
    }
    void message_ended(std::string_view destination, std::string_view /*group*/, const error_info* failure) override {
        const auto series = core_->writer(destination);
        (failure == nullptr ? series->accepted : series->failed).add();
        if (failure != nullptr) series->final_errors.add(failure->code);
    }
    void message_retried(std::string_view destination, std::string_view /*group*/, const error_info& failure,
                         int /*tries*/, std::chrono::steady_clock::duration /*pause*/) override {
        const auto series = core_->writer(destination);
        series->retries.add();
        series->retried_errors.add(failure.code);
    }
    void write_waits(std::string_view destination) override { core_->writer(destination)->waits.add(); }
    void group_corked(std::string_view destination, std::string_view /*group*/,
                      const error_info& /*failure*/) override {
        core_->writer(destination)->corked.add();
    }

  private:
    std::shared_ptr<metrics_core> core_;
};

class counting_reader final : public sqs::reader_observer {
  public:
    explicit counting_reader(std::shared_ptr<reader_series> series) : series_(std::move(series)) {}

    void poll_ended(std::size_t messages, const error_info* failure) override {
        if (failure != nullptr) {
            series_->failed_polls.add();
            series_->poll_errors.add(failure->code);
            return;
        }
        (messages == 0 ? series_->empty_polls : series_->polls_with_messages).add();
        series_->poll_messages.observe(messages);
    }
    void message_settled(std::string_view /*message_id*/, sqs::settlement how, const error_info* failure) override {
        series_->settled[static_cast<std::size_t>(how)].add();
        if (failure == nullptr) return;
        series_->unconfirmed.add();
        series_->settle_errors.add(failure->code);
    }
    void renewal_failed(std::string_view /*message_id*/, const error_info& failure) override {
        series_->renewal_failures.add();
        series_->renew_errors.add(failure.code);
    }
    void handler_failed(std::string_view /*message_id*/, std::string_view /*what*/) override {
        series_->handler_failures.add();
    }

  private:
    std::shared_ptr<reader_series> series_;
};

} // namespace
} // namespace detail

std::chrono::steady_clock::time_point handler_timer::handler_begins(const sqs::delivery& delivery) const {
    if (delivery.receive_count() > 1) series_->redelivered.add();
    if (const auto sent = delivery.sent_at()) {
        const auto age = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now() - *sent);
        // Two clocks: what seems to come from the future is new. What is older than years is not believed.
        constexpr std::chrono::nanoseconds oldest = std::chrono::hours(24 * 365);
        const auto believed = std::clamp(age, std::chrono::nanoseconds(0), oldest);
        series_->age.observe(static_cast<std::uint64_t>(believed.count()));
    }
    return std::chrono::steady_clock::now();
}

void handler_timer::handler_ends(std::chrono::steady_clock::time_point began, const std::exception_ptr& failure) const {
    const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began);
    const std::size_t outcome = !failure ? 0U : is_cancellation(failure) ? 2U : 1U;
    series_->handlers[outcome].observe(static_cast<std::uint64_t>(took.count()));
}

metrics::metrics() : metrics(metrics_options()) {}

metrics::metrics(metrics_options options) {
    if (options.destinations == 0) {
        throw error(error_info(errc::invalid_argument, "destinations is 0: it must be 1 or more"));
    }
    core_ = std::make_shared<detail::metrics_core>(options.destinations);
}

std::shared_ptr<sluice::writer_observer> metrics::writer_observer() {
    return std::make_shared<detail::counting_writer>(core_);
}

std::shared_ptr<sluice::writer_observer> metrics::writer_observer(const std::string& destination) {
    core_->writer(destination);
    return writer_observer();
}

std::shared_ptr<sqs::reader_observer> metrics::reader_observer(const std::string& queue) {
    return std::make_shared<detail::counting_reader>(core_->reader(queue));
}

sluice::handler_timer metrics::handler_timer(const std::string& queue) {
    return sluice::handler_timer(core_->reader(queue));
}

watched_statistics metrics::watch(const std::string& name, std::function<writer_statistics()> statistics) {
    const std::string label = stream::one_line(name, 256);
    core_->watch(core_->writer_sources, label, std::move(statistics));
    return watched_statistics([core = core_, label] { core->forget(core->writer_sources, label); });
}

watched_statistics metrics::watch(const std::string& name, std::function<sqs::reader_statistics()> statistics) {
    const std::string label = stream::one_line(name, 256);
    core_->watch(core_->reader_sources, label, std::move(statistics));
    return watched_statistics([core = core_, label] { core->forget(core->reader_sources, label); });
}

std::string metrics::prometheus_text() const { return core_->text(); }

} // namespace sluice
