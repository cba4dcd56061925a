// The statement in a queue's policy that lets a topic send to it. No I/O.
// Source: SQS developer guide, "Basic examples of Amazon SQS policies" and the quotas of policies; IAM user guide,
// "Policy evaluation logic".
#pragma once

#include <sluice/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::topology {

/// The policy with the statement for `topic_arn` added, or nothing when a statement of `existing` (empty: none yet)
/// allows it already. All other statements stay as they are.
/// Fails with `errc::bad_reply` when `existing` is not a policy document, with `errc::invalid_argument` when the policy
/// would become larger than SQS takes.
result<std::optional<std::string>> allow_topic(std::string_view existing, std::string_view queue_arn,
                                               std::string_view topic_arn);

/// The policy without the statements that `allow_topic` makes, empty when nothing is left; or nothing when there is
/// none of them. Fails as `allow_topic`.
result<std::optional<std::string>> withdraw_topic(std::string_view existing, std::string_view queue_arn,
                                                  std::string_view topic_arn);

/// Whether the policy has statements besides those for `topic_arn`. What cannot be read counts as such.
bool has_other_statements(std::string_view existing, std::string_view queue_arn, std::string_view topic_arn);

enum class policy_answer {
    allows,
    missing, ///< no statement is about it
    denies,
    unclear, ///< it depends on a condition that cannot be seen from here
};

struct policy_verdict {
    policy_verdict() = default;

    policy_answer answer = policy_answer::missing;
    std::string statement; ///< the one that denies, or that is unclear
    /// Where no statement allows it: the source ARNs that statements for SNS ask for.
    std::vector<std::string> other_sources;
};

/// What the queue's policy says about SNS sending for the topic.
policy_verdict judge_policy(std::string_view policy, std::string_view queue_arn, std::string_view topic_arn);

} // namespace sluice::topology
