// What the services answer in the Query protocol, and sessions that speak to a script.
#pragma once

#include "support/scripted_transport.hpp"

#include <sluice/session.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace unit_tests {

inline constexpr const char* queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
inline constexpr const char* topic_arn = "arn:aws:sns:eu-west-1:123456789012:orders";

/// `<OperationResponse><OperationResult>inner</OperationResult>…`
std::string reply_to(std::string_view operation, std::string_view inner);

/// An error reply of a Query service.
std::string error_xml(std::string_view code, std::string_view message, std::string_view type = "Sender");

sluice::http_reply ok(std::string body);

/// A success for every entry of a batch, with message ids `m:<body>`.
scripted_step::answer_function accept_sends();     ///< SendMessageBatch
scripted_step::answer_function accept_publishes(); ///< PublishBatch
scripted_step::answer_function accept_deletes();   ///< DeleteMessageBatch
scripted_step::answer_function accept_changes();   ///< ChangeMessageVisibilityBatch

/// The reply to ReceiveMessage: each message has that body, the receipt handle `r:<body>` and a right MD5 sum.
std::string received_messages(const std::vector<std::string>& bodies);

/// A session whose requests end in the script; every call is tried once.
sluice::session scripted_session(boost::asio::any_io_executor executor, std::shared_ptr<scripted_transport> script,
                                 int max_attempts = 1);

} // namespace unit_tests
