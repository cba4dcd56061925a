// Writes the Prometheus text exposition format 0.0.4.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include "stream/observability/metric_catalogue.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::stream {

using label = std::pair<std::string_view, std::string_view>;

/// The bounds of a histogram: what each covers, and how it is written. `Scale` of them are one of the metric's unit.
template<std::size_t Count>
struct bucket_bounds {
    std::array<std::uint64_t, Count> upper;
    std::array<std::string_view, Count> text;
    std::uint64_t scale = 1; ///< 1, or 1'000'000'000 for seconds that are counted in nanoseconds
};

class counter {
  public:
    void add(std::uint64_t by = 1) noexcept { count_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return count_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> count_{0};
};

/// One for each bucket and one beyond the last bound; made cumulative as they are written, so that what is written is
/// never inconsistent: the count is the sum of the buckets.
template<std::size_t Count>
class histogram {
  public:
    explicit histogram(const bucket_bounds<Count>& bounds) noexcept : bounds_(&bounds) {}

    void observe(std::uint64_t value) noexcept {
        std::size_t at = 0;
        while (at < Count && value > bounds_->upper[at]) ++at;
        buckets_[at].add();
        sum_.add(value);
    }

    [[nodiscard]] const bucket_bounds<Count>& bounds() const noexcept { return *bounds_; }
    [[nodiscard]] std::uint64_t bucket(std::size_t at) const noexcept { return buckets_[at].value(); }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.value(); }

  private:
    const bucket_bounds<Count>* bounds_;
    std::array<counter, Count + 1> buckets_;
    counter sum_;
};

class exposition {
  public:
    /// Begins a metric: its HELP and TYPE lines. All its samples follow.
    void begin(const metric& about);
    void sample(std::initializer_list<label> labels, std::uint64_t value) {
        line("", labels, {}, std::to_string(value));
    }
    /// `count` divided by `scale`, a power of ten.
    void scaled_sample(std::initializer_list<label> labels, std::uint64_t count, std::uint64_t scale) {
        line("", labels, {}, scaled(count, scale));
    }

    template<std::size_t Count>
    void sample(std::initializer_list<label> labels, const histogram<Count>& from) {
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i < Count; ++i) {
            cumulative += from.bucket(i);
            line("_bucket", labels, from.bounds().text[i], std::to_string(cumulative));
        }
        cumulative += from.bucket(Count);
        line("_bucket", labels, "+Inf", std::to_string(cumulative));
        line("_sum", labels, {}, scaled(from.sum(), from.bounds().scale));
        line("_count", labels, {}, std::to_string(cumulative));
    }

    [[nodiscard]] std::string take() && { return std::move(text_); }

  private:
    static std::string scaled(std::uint64_t count, std::uint64_t scale);
    void line(std::string_view suffix, std::initializer_list<label> labels, std::string_view upper_bound,
              std::string_view value);
    void add_label(std::string_view name, std::string_view value, bool& first);

    std::string text_;
    std::string_view name_;
};

} // namespace sluice::stream
