#include "canned_replies.hpp"

#include "local/message.hpp"
#include "local/text.hpp"

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace bench {
namespace {

using sluice::local::attribute;

/// What a reply says about, of an entry.
struct batch_entry {
    std::string id;
    std::string body;
    std::vector<attribute> attributes;
};

/// What is before the first `separator`, which is dropped with it.
std::string_view cut(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const std::string_view before = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return before;
}

/// The element at a place that is counted from 1.
template<class Element>
Element* element_at(std::vector<Element>& all, std::string_view place) {
    std::size_t number = 0;
    std::from_chars(place.data(), place.data() + place.size(), number);
    if (number == 0 || number > 10) return nullptr;
    if (all.size() < number) all.resize(number);
    return &all[number - 1];
}

void read_attribute(attribute& to, std::string_view name, std::string_view text) {
    std::string value = sluice::local::decode_form_component(text).value_or("");
    if (name == "Name") to.name = std::move(value);
    else if (name == "Value.DataType") to.type = std::move(value);
    else if (name == "Value.StringValue") to.value = std::move(value);
    else if (name == "Value.BinaryValue") to.value = sluice::local::decode_base64(value).value_or("");
}

void read_member(batch_entry& to, std::string_view name, std::string_view text) {
    if (name == "Id") to.id = text;
    else if (name == "MessageBody") to.body = sluice::local::decode_form_component(text).value_or("");
    else if (cut(name, '.') == "MessageAttribute") {
        attribute* const one = element_at(to.attributes, cut(name, '.'));
        if (one != nullptr) read_attribute(*one, name, text);
    }
}

std::string new_message_id() {
    static std::atomic<std::uint64_t> last{0};
    char text[40];
    const auto number = static_cast<unsigned long long>(++last);
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012llx", number & 0xFFFFFFFFFFFFULL);
    return text;
}

void append(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append("<").append(name).append(">").append(value).append("</").append(name).append(">");
}

/// Ten messages, of a size that the end of the queue's name tells.
std::string received_messages(std::string_view queue_url) {
    const std::string_view digits = queue_url.substr(queue_url.rfind('-') + 1); // npos + 1 is 0
    std::size_t bytes = 200;
    std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    const std::string body(bytes, 'x');
    const auto sum = sluice::local::md5_of(body);
    std::string out = "<ReceiveMessageResponse><ReceiveMessageResult>";
    out.reserve(10 * (bytes + 600));
    for (int i = 0; i < 10; ++i) {
        const std::string id = new_message_id();
        out += "<Message>";
        append(out, "MessageId", id);
        append(out, "ReceiptHandle", "handle-of-" + id + std::string(100, 'h')); // as long as one of AWS, or half
        append(out, "MD5OfBody", sum);
        append(out, "Body", body);
        out += "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute></Message>";
    }
    return out + "</ReceiveMessageResult><ResponseMetadata><RequestId>canned</RequestId></ResponseMetadata>"
                 "</ReceiveMessageResponse>";
}

std::string queue_attributes() {
    return "<GetQueueAttributesResponse><GetQueueAttributesResult><Attribute><Name>VisibilityTimeout</Name>"
           "<Value>30</Value></Attribute></GetQueueAttributesResult><ResponseMetadata><RequestId>canned</RequestId>"
           "</ResponseMetadata></GetQueueAttributesResponse>";
}

} // namespace

std::string canned_reply(std::string_view form) {
    std::string action;
    std::string queue_url;
    std::vector<batch_entry> entries;
    bool topic = false;
    while (!form.empty()) {
        std::string_view value = cut(form, '&');
        std::string_view name = cut(value, '=');
        const std::string_view list = cut(name, '.');
        if (list == "Action") action = value;
        if (list == "QueueUrl") queue_url = sluice::local::decode_form_component(value).value_or("");
        if (list.find("RequestEntr") == std::string_view::npos) continue;
        topic = name.starts_with("member.");
        if (topic) cut(name, '.');
        if (batch_entry* const one = element_at(entries, cut(name, '.'))) read_member(*one, name, value);
    }
    if (action == "ReceiveMessage") return received_messages(queue_url);
    if (action == "GetQueueAttributes") return queue_attributes();
    if (entries.empty()) return {};
    const std::string element = topic ? "member" : action + "ResultEntry";
    std::string out;
    out.reserve(400 * entries.size());
    out.append("<").append(action).append("Response><").append(action).append("Result>");
    if (topic) out += "<Failed/><Successful>";
    for (batch_entry& one : entries) {
        out.append("<").append(element).append(">");
        append(out, "Id", one.id);
        append(out, "MessageId", new_message_id());
        if (!one.body.empty() && !topic) append(out, "MD5OfMessageBody", sluice::local::md5_of(one.body));
        if (!topic) append(out, "MD5OfMessageAttributes", sluice::local::md5_of_attributes(std::move(one.attributes)));
        out.append("</").append(element).append(">");
    }
    if (topic) out += "</Successful>";
    out.append("</").append(action).append("Result><ResponseMetadata><RequestId>canned</RequestId></ResponseMetadata>");
    return out.append("</").append(action).append("Response>");
}

} // namespace bench
