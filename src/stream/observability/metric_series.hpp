// What is counted of one destination, and of one queue that is read.
#pragma once

#include "stream/observability/exposition.hpp"

#include <sluice/error.hpp>
#include <sluice/sqs/reader_observer.hpp>
#include <sluice/writer_observer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::stream {

inline constexpr std::uint64_t nanoseconds = 1'000'000'000;

inline constexpr bucket_bounds<6> batch_message_bounds{{1, 2, 4, 6, 8, 10}, {"1", "2", "4", "6", "8", "10"}};
inline constexpr bucket_bounds<7> batch_byte_bounds{{1'024, 4'096, 16'384, 65'536, 131'072, 262'144, 1'048'576},
                                                    {"1024", "4096", "16384", "65536", "131072", "262144", "1048576"}};
inline constexpr bucket_bounds<7> poll_message_bounds{{0, 1, 2, 4, 6, 8, 10}, {"0", "1", "2", "4", "6", "8", "10"}};
inline constexpr bucket_bounds<14> handler_bounds{
    {5'000'000, 10'000'000, 25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, nanoseconds, 2'500'000'000,
     5 * nanoseconds, 10 * nanoseconds, 30 * nanoseconds, 60 * nanoseconds, 300 * nanoseconds},
    {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "300"},
    nanoseconds};
inline constexpr bucket_bounds<11> age_bounds{
    {100'000'000, 500'000'000, nanoseconds, 5 * nanoseconds, 15 * nanoseconds, 60 * nanoseconds, 300 * nanoseconds,
     900 * nanoseconds, 3'600 * nanoseconds, 21'600 * nanoseconds, 86'400 * nanoseconds},
    {"0.1", "0.5", "1", "5", "15", "60", "300", "900", "3600", "21600", "86400"},
    nanoseconds};

/// By cause. Codes that are not known here, were there any, share the place 0.
class error_counters {
  public:
    static constexpr std::size_t places = static_cast<std::size_t>(errc::service_error) + 1;

    void add(errc code) noexcept {
        const auto at = static_cast<std::size_t>(code);
        counters_[at < places ? at : 0].add();
    }
    [[nodiscard]] std::uint64_t value(std::size_t place) const noexcept { return counters_[place].value(); }

  private:
    std::array<counter, places> counters_;
};

inline constexpr std::array<std::string_view, 6> batch_reasons{"full", "bytes", "slot", "linger", "flush", "retry"};
static_assert(static_cast<std::size_t>(batch_reason::retry) + 1 == batch_reasons.size());
inline constexpr std::array<std::string_view, 5> settlements{"acknowledged", "released", "dropped", "lost", "damaged"};
static_assert(static_cast<std::size_t>(sqs::settlement::damaged) + 1 == settlements.size());
inline constexpr std::array<std::string_view, 3> handler_outcomes{"ok", "failed", "cancelled"};

struct writer_series {
    std::array<counter, batch_reasons.size()> batches;
    histogram<6> batch_messages{batch_message_bounds};
    histogram<7> batch_bytes{batch_byte_bounds};
    counter accepted, failed, retries, waits, corked;
    error_counters final_errors, retried_errors;
};

} // namespace sluice::stream

namespace sluice::detail {

class reader_series {
  public:
    stream::counter polls_with_messages, empty_polls, failed_polls;
    stream::histogram<7> poll_messages{stream::poll_message_bounds};
    std::array<stream::counter, stream::settlements.size()> settled;
    stream::counter unconfirmed, renewal_failures, handler_failures, redelivered;
    stream::error_counters poll_errors, settle_errors, renew_errors;
    std::array<stream::histogram<14>, stream::handler_outcomes.size()> handlers{
        stream::histogram<14>{stream::handler_bounds}, stream::histogram<14>{stream::handler_bounds},
        stream::histogram<14>{stream::handler_bounds}};
    stream::histogram<11> age{stream::age_bounds};
};

} // namespace sluice::detail
