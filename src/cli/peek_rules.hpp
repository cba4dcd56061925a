// What a look at a queue's messages costs them: each look is a receive. No I/O.
#pragma once

#include "cli/queue_report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::cli {

/// Why a peek is refused unless it is insisted on; empty: it is not. With a maxReceiveCount of 1 every message that was
/// looked at is moved to the dead-letter queue by the next receive, unseen by whoever is to handle it.
std::string why_not_to_peek(const queue_report& queue);

/// What else to know before and after; `received`: the receive counts of the messages seen, this look included.
std::vector<std::string> peek_warnings(const queue_report& queue, const std::vector<std::int64_t>& received);

} // namespace sluice::cli
