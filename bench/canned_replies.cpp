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

} // namespace

std::string canned_reply(std::string_view form) {
    std::string action;
    std::vector<batch_entry> entries;
    bool topic = false;
    while (!form.empty()) {
        std::string_view value = cut(form, '&');
        std::string_view name = cut(value, '=');
        const std::string_view list = cut(name, '.');
        if (list == "Action") action = value;
        if (list.find("RequestEntr") == std::string_view::npos) continue;
        topic = name.starts_with("member.");
        if (topic) cut(name, '.');
        if (batch_entry* const one = element_at(entries, cut(name, '.'))) read_member(*one, name, value);
    }
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
