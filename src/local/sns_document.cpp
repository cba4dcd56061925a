#include "local/sns_document.hpp"

namespace sluice::local {

std::string string_to_sign(const sns_document& from) {
    std::string text;
    const auto line = [&text](std::string_view name, const std::string& value) {
        if (!value.empty()) text.append(name).append("\n").append(value).append("\n");
    };
    // In the order of their names; Subject belongs to notifications, SubscribeURL and Token to confirmations.
    line("Message", from.message);
    line("MessageId", from.message_id);
    line("Subject", from.subject);
    line("SubscribeURL", from.subscribe_url);
    line("Timestamp", from.timestamp);
    line("Token", from.token);
    line("TopicArn", from.topic_arn);
    line("Type", from.type);
    return text;
}

std::string to_json(const sns_document& from) {
    std::string out = "{";
    const auto member = [&out](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out += out.size() > 1 ? ",\n  " : "\n  ";
        append_json_string(out, name);
        out += " : ";
        append_json_string(out, value);
    };
    member("Type", from.type);
    member("MessageId", from.message_id);
    member("Token", from.token);
    member("TopicArn", from.topic_arn);
    member("SequenceNumber", from.sequence_number);
    member("Subject", from.subject);
    member("Message", from.message);
    member("SubscribeURL", from.subscribe_url);
    member("Timestamp", from.timestamp);
    member("SignatureVersion", from.signature_version);
    member("Signature", from.signature);
    member("SigningCertURL", from.signing_cert_url);
    member("UnsubscribeURL", from.unsubscribe_url);
    if (!from.attributes.empty()) {
        out += ",\n  \"MessageAttributes\" : {";
        bool first = true;
        for (const attribute& one : from.attributes) {
            out += first ? "\n    " : ",\n    ";
            first = false;
            append_json_string(out, one.name);
            out += " : {\"Type\":";
            append_json_string(out, one.type);
            out += ",\"Value\":";
            append_json_string(out, one.is_binary() ? encode_base64(one.value) : one.value);
            out += "}";
        }
        out += "\n  }";
    }
    return out + "\n}";
}

} // namespace sluice::local
