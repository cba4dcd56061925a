// The statement in a queue's policy that lets a topic send to it. No I/O.
#pragma once

#include <sluice/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::topology {

/// The policy with the statement for `topic_arn` added, or nothing when `existing` (empty: none yet) has it already.
/// Fails with `errc::bad_reply` when `existing` is not a policy document.
result<std::optional<std::string>> allow_topic(std::string_view existing, std::string_view queue_arn,
                                               std::string_view topic_arn);

} // namespace sluice::topology
