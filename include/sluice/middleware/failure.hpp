// What middlewares ask about the exception that a handler threw.
#pragma once

#include <sluice/export.hpp>

#include <exception>
#include <string>

namespace sluice {

/// True for what a cancelled operation throws: `errc::cancelled`, Asio's `operation_aborted`, and
/// `std::errc::operation_canceled`.
[[nodiscard]] SLUICE_API bool is_cancellation(const std::exception_ptr& failure);

/// Its `what()`; for `sluice::error` that is everything that is known, in one line. Never empty.
[[nodiscard]] SLUICE_API std::string describe_failure(const std::exception_ptr& failure);

} // namespace sluice
