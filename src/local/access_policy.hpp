// Whether a queue's policy lets a topic send to it. Source: SQS developer guide, "Policy examples".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Read once, when the queue gets it; asked for every message.
///
/// Knows what topics need: Effect, Principal, Action, Resource, and conditions on aws:SourceArn and aws:SourceAccount
/// (ArnEquals, ArnLike, StringEquals, StringLike). A condition that is not known here does not hold.
class access_policy {
  public:
    /// Lets nobody in.
    access_policy() = default;
    /// What is not a policy lets nobody in either.
    explicit access_policy(std::string_view document);

    /// A Deny that applies wins over every Allow.
    [[nodiscard]] bool allows_topic(std::string_view queue_arn, std::string_view topic_arn,
                                    std::string_view account_id) const;

  private:
    struct condition {
        bool on_source_arn = false; ///< else on the account
        bool patterns = false;      ///< else exact
        std::vector<std::string> values;
    };
    /// About SNS and sqs:SendMessage: others are not kept.
    struct statement {
        bool allow = false;
        std::vector<std::string> resources;
        std::vector<condition> conditions;
    };
    friend struct policy_reader;

    std::vector<statement> statements_;
};

} // namespace sluice::local
