// Tells a sink about every failure of a handler.
#pragma once

#include <sluice/export.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

namespace detail {
SLUICE_API std::string failure_line(const sqs::delivery& delivery, const std::exception_ptr& failure);
} // namespace detail

/// Middleware: what the handler throws is told to `sink` and passes on, cancellations too.
///
/// `sink` is called as `sink(const sqs::delivery&, const std::exception_ptr&)` or as `sink(std::string_view line)`,
/// with message id, receive count and the exception's text: one line without control characters, up to about 2 KiB,
/// without a line end; valid during the call. As a const object, by several threads at once; it must not block, and
/// what it throws is dropped.
template<class Sink>
class log_errors {
  public:
    static constexpr bool takes_delivery =
        std::is_invocable_v<const Sink&, const sqs::delivery&, const std::exception_ptr&>;
    static_assert(takes_delivery || std::is_invocable_v<const Sink&, std::string_view>,
                  "a sink takes (const sqs::delivery&, const std::exception_ptr&) or (std::string_view)");

    explicit log_errors(Sink sink) : sink_(std::move(sink)) {}

    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        std::exception_ptr failure;
        try {
            co_await next(delivery);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!failure) co_return;
        tell(delivery, failure);
        std::rethrow_exception(failure);
    }

  private:
    void tell(const sqs::delivery& delivery, const std::exception_ptr& failure) const noexcept {
        try {
            if constexpr (takes_delivery) {
                sink_(delivery, failure);
            } else {
                const std::string line = detail::failure_line(delivery, failure);
                sink_(std::string_view(line));
            }
        } catch (...) { // NOLINT(bugprone-empty-catch): the handler's failure is the one that counts
        }
    }

    Sink sink_;
};

} // namespace sluice
