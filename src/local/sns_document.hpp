// What SNS sends: a notification in its envelope, or the question whether an endpoint wants any. Pure.
// Source: SNS developer guide, "Parsing message formats" and "Verifying the signatures of Amazon SNS messages".
#pragma once

#include "local/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Members that are empty are left out.
struct sns_document {
    std::string type; ///< `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`
    std::string message_id;
    std::string token; ///< of confirmations
    std::string topic_arn;
    std::string sequence_number; ///< FIFO
    std::string subject;
    std::string message;
    std::string subscribe_url; ///< of confirmations
    std::string timestamp;
    std::string signature_version;
    std::string signature; ///< base64
    std::string signing_cert_url;
    std::string unsubscribe_url; ///< of notifications
    std::vector<attribute> attributes;
};

[[nodiscard]] std::string string_to_sign(const sns_document& from);
[[nodiscard]] std::string to_json(const sns_document& from);

} // namespace sluice::local
