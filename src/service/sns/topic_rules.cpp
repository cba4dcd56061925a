#include "service/sns/topic_rules.hpp"

#include "protocol/arn.hpp"
#include "protocol/limits.hpp"
#include "protocol/message_rules.hpp"

#include <algorithm>

namespace sluice::sns {
namespace {

void check_phone_number(service::request_rules& rules, const std::string& number) {
    const bool plus = number.starts_with('+');
    const std::string_view rest = std::string_view(number).substr(plus ? 1 : 0);
    rules.require(!rest.empty() && rest.size() <= limits::phone_number_digits &&
                      std::ranges::all_of(rest, service::digits.is_allowed),
                  "PhoneNumber is not a telephone number: + and 1 to 15 digits are allowed (E.164)");
}

} // namespace

void check_topic_attribute(service::request_rules& rules, const std::string& name, const std::string& value) {
    rules.required("an attribute name", name).text(name, value);
    if (value.empty()) return; // back to the attribute's default
    if (name == "MaximumMessageSize") {
        rules.number(name, value, limits::message_bytes_min, limits::sns_message_bytes_max);
    } else if (name == "FifoTopic" || name == "ContentBasedDeduplication") {
        rules.allowed(name, value, {"true", "false"});
    } else if (name == "FifoThroughputScope") {
        rules.allowed(name, value, {"Topic", "MessageGroup"});
    } else if (name == "SignatureVersion") {
        rules.allowed(name, value, {"1", "2"});
    } else if (name == "TracingConfig") {
        rules.allowed(name, value, {"PassThrough", "Active"});
    }
}

void check_fifo_attribute(service::request_rules& rules, const std::string& name, const attribute_map& attributes) {
    const auto found = attributes.find("FifoTopic");
    const bool wanted = found != attributes.end() && found->second == "true";
    rules.require(wanted == protocol::is_fifo(name),
                  wanted ? "FifoTopic is \"true\": the name \"" + name + "\" must end in .fifo then"
                         : "the name \"" + name + "\" ends in .fifo: the attribute FifoTopic must be \"true\" then");
}

void check_endpoint(service::request_rules& rules, const std::string& protocol, const std::string& endpoint) {
    rules.required("Protocol", protocol).required("Endpoint", endpoint);
    const auto starts = [&](std::string_view with) {
        rules.require(endpoint.starts_with(with), "Endpoint is \"" + endpoint + "\": the protocol " + protocol +
                                                      " takes what starts with " + std::string(with));
    };
    if (protocol == "sqs" || protocol == "lambda" || protocol == "firehose")
        rules.arn_of(protocol, "Endpoint", endpoint);
    if (protocol == "application") rules.arn_of("sns", "Endpoint", endpoint);
    if (protocol == "http") starts("http://");
    if (protocol == "https") starts("https://");
    if (protocol == "email" || protocol == "email-json") {
        rules.require(endpoint.find('@') != std::string::npos,
                      "Endpoint is \"" + endpoint + "\": the protocol " + protocol + " takes an address with an @");
    }
}

std::optional<error_info> check_topic_message(const message& candidate, bool fifo) {
    protocol::message_rules rules;
    rules.kind = protocol::destination_kind::topic;
    rules.fifo = fifo;
    rules.max_message_bytes = limits::sns_message_bytes_max;
    return protocol::check_message(candidate, rules);
}

void check_publish(service::request_rules& rules, const publish_request& request) {
    const int receivers = static_cast<int>(!request.topic_arn.empty()) + static_cast<int>(!request.target_arn.empty()) +
                          static_cast<int>(!request.phone_number.empty());
    rules.require(receivers == 1, "the message has " + std::to_string(receivers) +
                                      " receivers: exactly one of TopicArn, TargetArn and PhoneNumber is needed");
    if (!request.topic_arn.empty()) rules.topic_arn("TopicArn", request.topic_arn);
    if (!request.target_arn.empty()) rules.arn_of("sns", "TargetArn", request.target_arn);
    if (!request.phone_number.empty()) {
        check_phone_number(rules, request.phone_number);
        rules.length("Message", request.entry.body(), 1, limits::sms_characters);
    }
    rules.also(check_topic_message(request.entry,
                                   protocol::is_fifo(request.topic_arn) || protocol::is_fifo(request.target_arn)));
}

} // namespace sluice::sns
