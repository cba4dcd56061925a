// What SQS asks of the attributes of queues and of the messages in them.
// Source: API references of CreateQueue, SetQueueAttributes, SendMessage.
#pragma once

#include "service/request_rules.hpp"

#include <map>
#include <string>

namespace sluice::sqs {

/// The attributes that have a range or a set of words; others are left to the service, which may know newer ones.
void check_queue_attributes(service::request_rules& rules, const std::map<std::string, std::string>& attributes);

/// A FIFO queue has both the name and the attribute.
void check_fifo_attribute(service::request_rules& rules, const std::string& name,
                          const std::map<std::string, std::string>& attributes);

std::optional<error_info> check_queue_message(const message& candidate, bool fifo);

} // namespace sluice::sqs
