// Whom a queue's policy lets do what. Sources: SQS developer guide, "Custom Amazon SQS access policy language" and
// "Policy examples"; IAM user guide, "Policy evaluation logic" and "AWS JSON policy elements: Principal".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// What somebody wants of a queue. The views must outlive the question only.
struct access_question {
    std::string_view action; ///< in lower case, such as `sqs:sendmessage`: policies compare without case
    std::string_view queue_arn;
    // A user or role: of which account, and its ARN.
    std::string_view account_id;
    std::string_view principal_arn;
    // Or a service, such as `sns.amazonaws.com`, in the name of a topic and its account.
    std::string_view service;
    std::string_view source_arn;
    std::string_view source_account;
};

enum class access_verdict {
    unmentioned, ///< enough for those of the queue's own account, not for others
    allowed,
    denied ///< wins over every Allow
};

/// Read once, when the queue gets it; asked for every call.
///
/// Knows Effect, Principal, Action, Resource, and conditions on aws:SourceArn, aws:SourceAccount, aws:PrincipalArn and
/// aws:PrincipalAccount (ArnEquals, ArnLike, StringEquals, StringLike). A condition that is not known here does not
/// hold, and a statement with NotPrincipal, NotAction or NotResource is not applied.
class access_policy {
  public:
    /// Lets nobody in.
    access_policy() = default;
    /// What is not a policy lets nobody in either.
    explicit access_policy(std::string_view document);

    [[nodiscard]] access_verdict decide(const access_question& asked) const;

    /// Whether SNS may send to the queue for a topic.
    [[nodiscard]] bool allows_topic(std::string_view queue_arn, std::string_view topic_arn,
                                    std::string_view account_id) const;

  private:
    enum class subject { source_arn, source_account, principal_arn, principal_account };
    struct condition {
        subject about = subject::source_arn;
        bool patterns = false; ///< else exact
        std::vector<std::string> values;
    };
    struct statement {
        bool allow = false;
        bool anybody = false;
        std::vector<std::string> principals; ///< accounts and ARNs
        std::vector<std::string> services;
        std::vector<std::string> actions; ///< in lower case
        std::vector<std::string> resources;
        std::vector<condition> conditions;
    };
    friend struct policy_reader;
    friend struct policy_reading;

    std::vector<statement> statements_;
};

} // namespace sluice::local
