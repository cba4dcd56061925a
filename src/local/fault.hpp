// An error answer of the embedded broker, with the texts of AWS.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sluice::local {

/// Thrown by the core, rendered by the codec of the request's protocol.
struct fault {
    int status = 400;
    std::string code; ///< of the Query protocol, such as `AWS.SimpleQueueService.NonExistentQueue`
    std::string type; ///< of the JSON protocol, such as `QueueDoesNotExist`
    std::string message;
    std::string query_message; ///< where the Query protocol words it differently; else empty
};

inline fault make_fault(std::string code, std::string type, std::string message, int status = 400) {
    fault made;
    made.status = status;
    made.code = std::move(code);
    made.type = std::move(type);
    made.message = std::move(message);
    return made;
}

// --- all services ---

/// Of AWS JSON: `target` is the header X-Amz-Target.
inline fault unknown_operation(std::string_view target) {
    return make_fault("UnknownOperationException", "UnknownOperationException",
                      "The operation " + std::string(target) + " is not known to this endpoint.");
}

/// Of the Query protocol.
inline fault invalid_action(std::string_view action) {
    return make_fault("InvalidAction", "UnknownOperationException",
                      "The action " + std::string(action) + " is not valid for this endpoint.");
}

// --- SQS ---

inline fault queue_does_not_exist() {
    fault made = make_fault("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
                            "The specified queue does not exist.");
    made.query_message = "The specified queue does not exist for this wsdl version.";
    return made;
}

/// For those of other accounts: they cannot tell why.
inline fault no_access_to_queue() {
    return make_fault("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
                      "The specified queue does not exist or you do not have access to it.");
}

/// `action` in lower case, as AWS writes it there.
inline fault access_denied(std::string_view caller, std::string_view action, std::string_view queue_arn,
                           bool explicitly) {
    return make_fault("AccessDenied", "AccessDeniedException",
                      "User: " + std::string(caller) + " is not authorized to perform: " + std::string(action) +
                          " on resource: " + std::string(queue_arn) +
                          (explicitly
                               ? " with an explicit deny in a resource-based policy"
                               : " because no resource-based policy allows the " + std::string(action) + " action"),
                      403);
}

inline fault invalid_parameter_value(std::string message) {
    return make_fault("InvalidParameterValue", "InvalidParameterValueException", std::move(message));
}

/// `Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`
inline fault invalid_value(std::string_view value, std::string_view parameter, std::string_view reason) {
    return invalid_parameter_value("Value " + std::string(value) + " for parameter " + std::string(parameter) +
                                   " is invalid. Reason: " + std::string(reason));
}

inline fault missing_parameter(std::string_view name) {
    return make_fault("MissingParameter", "MissingRequiredParameterException",
                      "The request must contain the parameter " + std::string(name) + ".");
}

inline fault invalid_attribute_name(std::string_view name) {
    return make_fault("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute " + std::string(name) + ".");
}

inline fault invalid_attribute_value(std::string_view name) {
    return make_fault("InvalidAttributeValue", "InvalidAttributeValue",
                      "Invalid value for the parameter " + std::string(name) + ".");
}

/// The codes that carry the prefix in Query: those of batches, and a few more.
inline fault prefixed_fault(std::string_view name, std::string message) {
    return make_fault("AWS.SimpleQueueService." + std::string(name), std::string(name), std::move(message));
}

inline fault unsupported_operation(std::string message) {
    return prefixed_fault("UnsupportedOperation", std::move(message));
}

inline fault no_deduplication_id() {
    return invalid_parameter_value("The queue should either have ContentBasedDeduplication enabled or "
                                   "MessageDeduplicationId provided explicitly");
}

inline fault receipt_handle_is_invalid(std::string_view handle) {
    return make_fault("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
                      "The input receipt handle \"" + std::string(handle) + "\" is not a valid receipt handle.", 404);
}

// --- SNS ---

inline fault sns_invalid_parameter(std::string message) {
    return make_fault("InvalidParameter", "InvalidParameterException", "Invalid parameter: " + std::move(message));
}

/// What is wrong inside a message attribute.
inline fault sns_invalid_attribute(std::string message) {
    return make_fault("ParameterValueInvalid", "ParameterValueInvalidException", std::move(message));
}

inline fault sns_not_found(std::string_view what) {
    return make_fault("NotFound", "NotFoundException", std::string(what) + " does not exist", 404);
}

} // namespace sluice::local
