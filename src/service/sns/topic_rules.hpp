// What SNS asks of the attributes of topics, of endpoints, and of messages.
// Source: API references of CreateTopic, SetTopicAttributes, Subscribe, Publish.
#pragma once

#include "service/request_rules.hpp"

#include <sluice/sns/operations.hpp>

#include <string>

namespace sluice::sns {

/// The attributes that have a range or a set of words; others are left to the service, which may know newer ones.
void check_topic_attribute(service::request_rules& rules, const std::string& name, const std::string& value);

/// A FIFO topic has both the name and the attribute.
void check_fifo_attribute(service::request_rules& rules, const std::string& name, const attribute_map& attributes);

/// The endpoint is written as its protocol wants it.
void check_endpoint(service::request_rules& rules, const std::string& protocol, const std::string& endpoint);

/// The size is the largest that a topic can be set to: what a topic is set to, its owner knows.
std::optional<error_info> check_topic_message(const message& candidate, bool fifo);

/// Exactly one receiver, and a message that it can take.
void check_publish(service::request_rules& rules, const publish_request& request);

} // namespace sluice::sns
