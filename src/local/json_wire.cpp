#include "local/json_wire.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::local {
namespace {

namespace json = boost::json;

/// The results of a batch of ten.
constexpr std::size_t usual_list_bytes = 2048;
/// A batch of messages with attributes has six levels.
constexpr std::size_t deepest_request = 16;

fault malformed(std::string message) {
    return make_fault("SerializationException", "SerializationException", std::move(message));
}

std::string text_of(double number) {
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    std::string text(digits.data(), written.ptr);
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0"; // no integer
    return text;
}

/// Numbers and booleans where a text is wanted, as AWS's own clients never send them, are taken as their text.
std::string text_of(const json::value& value) {
    switch (value.kind()) {
    case json::kind::string: return std::string(std::string_view(value.get_string()));
    case json::kind::int64: return std::to_string(value.get_int64());
    case json::kind::uint64: return std::to_string(value.get_uint64());
    case json::kind::double_: return text_of(value.get_double());
    case json::kind::bool_: return value.get_bool() ? "true" : "false";
    default: return "null";
    }
}

/// A request's document lives in one piece of memory: Boost.JSON parses a batch in a fifth of nlohmann_json's time.
struct document {
    explicit document(std::size_t text_bytes) : memory(std::max(2 * text_bytes, least_bytes)) {}

    static constexpr std::size_t least_bytes = 512;
    json::monotonic_resource memory;
    json::value root = json::value(json::storage_ptr(&memory)); // braces would make it an array
};

class json_input final : public input {
  public:
    /// `value` is part of `whole`.
    json_input(std::shared_ptr<const document> whole, const json::value* value)
        : whole_(std::move(whole)), value_(value) {}

    std::optional<std::string> text(std::string_view name) const override {
        const json::value* found = find(name);
        if (found == nullptr || found->is_structured()) return std::nullopt;
        return text_of(*found);
    }

    std::vector<std::unique_ptr<input>> list(std::string_view json_name, std::string_view) const override {
        std::vector<std::unique_ptr<input>> items;
        const json::value* array = find(json_name);
        if (array == nullptr || !array->is_array()) return items;
        for (const json::value& item : array->get_array()) items.push_back(std::make_unique<json_input>(whole_, &item));
        return items;
    }

    std::vector<std::string> text_list(std::string_view json_name, std::string_view) const override {
        std::vector<std::string> items;
        const json::value* array = find(json_name);
        if (array == nullptr || !array->is_array()) return items;
        for (const json::value& item : array->get_array()) {
            if (!item.is_structured()) items.push_back(text_of(item));
        }
        return items;
    }

    std::map<std::string, std::string> text_map(std::string_view json_name, std::string_view, std::string_view,
                                                std::string_view) const override {
        std::map<std::string, std::string> map;
        const json::value* object = find(json_name);
        if (object == nullptr || !object->is_object()) return map;
        for (const auto& [key, value] : object->get_object()) {
            if (!value.is_structured()) map[std::string(std::string_view(key))] = text_of(value);
        }
        return map;
    }

    std::vector<attribute> attributes(std::string_view json_name, std::string_view) const override {
        std::vector<attribute> out;
        const json::value* object = find(json_name);
        if (object == nullptr || !object->is_object()) return out;
        for (const auto& [key, value] : object->get_object()) {
            const std::string name(std::string_view{key});
            const json_input entry(whole_, &value);
            attribute one;
            one.name = name;
            one.type = entry.text("DataType").value_or("");
            if (const auto binary = entry.text("BinaryValue")) {
                auto bytes = decode_base64(*binary);
                if (!bytes)
                    throw invalid_parameter_value("The value of message attribute '" + name + "' is not base64.");
                one.value = std::move(*bytes);
                one.sent_as_binary = true;
            } else {
                one.value = entry.text("StringValue").value_or("");
            }
            out.push_back(std::move(one));
        }
        return out;
    }

  private:
    const json::value* find(std::string_view name) const {
        if (!value_->is_object()) return nullptr;
        const json::value* found = value_->get_object().if_contains(name);
        return found == nullptr || found->is_null() ? nullptr : found;
    }

    std::shared_ptr<const document> whole_;
    const json::value* value_;
};

class json_output final : public output {
  public:
    // Names of members are literals of the operations: nothing in them needs an escape.
    void text(std::string_view name, std::string_view value) override {
        key(name);
        append_json_string(body_, value);
    }
    void boolean(std::string_view name, bool value) override {
        key(name);
        body_ += value ? "true" : "false";
    }
    void number(std::string_view name, std::int64_t value) override {
        key(name);
        body_ += std::to_string(value);
    }
    void begin_structure(std::string_view name) override {
        key(name);
        body_ += '{';
        first_ = true;
    }
    void end_structure(std::string_view) override { end_item(); }
    void begin_list(std::string_view json_name, std::string_view) override {
        if (body_.capacity() < usual_list_bytes) body_.reserve(usual_list_bytes);
        key(json_name);
        body_ += '[';
        first_ = true;
    }
    void begin_item() override {
        comma();
        body_ += '{';
        first_ = true;
    }
    void end_item() override {
        body_ += '}';
        first_ = false;
    }
    void end_list() override {
        body_ += ']';
        first_ = false;
    }
    void text_list(std::string_view json_name, std::string_view query_name,
                   const std::vector<std::string>& values) override {
        begin_list(json_name, query_name);
        for (const std::string& value : values) {
            comma();
            append_json_string(body_, value);
        }
        end_list();
    }
    void text_map(std::string_view json_name, std::string_view, std::string_view, std::string_view,
                  const std::map<std::string, std::string>& map) override {
        if (map.empty()) return;
        key(json_name);
        body_ += '{';
        first_ = true;
        for (const auto& [name, value] : map) {
            given_key(name);
            append_json_string(body_, value);
        }
        body_ += '}';
        first_ = false;
    }
    void attributes(const std::vector<attribute>& attributes) override {
        if (attributes.empty()) return;
        key("MessageAttributes");
        body_ += '{';
        first_ = true;
        for (const attribute& one : attributes) {
            given_key(one.name);
            body_ += '{';
            first_ = true;
            if (one.is_binary()) text("BinaryValue", encode_base64(one.value));
            else text("StringValue", one.value);
            text("DataType", one.type);
            body_ += '}';
            first_ = false;
        }
        body_ += '}';
        first_ = false;
    }

    std::string finish(std::string_view) override {
        body_ += '}';
        return std::move(body_);
    }

  private:
    void comma() {
        if (!first_) body_ += ',';
        first_ = false;
    }
    void key(std::string_view name) {
        comma();
        ((body_ += '"') += name) += "\":";
    }
    void given_key(std::string_view name) {
        comma();
        append_json_string(body_, name);
        body_ += ':';
    }

    std::string body_ = "{";
    bool first_ = true;
};

} // namespace

exchange make_json_exchange(std::string_view target, std::string_view body) {
    exchange made;
    made.json = true;
    const auto dot = target.find('.');
    made.action = dot == std::string_view::npos ? std::string() : std::string(target.substr(dot + 1));
    if (target.substr(0, dot) != "AmazonSQS") throw unknown_operation(target);
    made.service = "sqs";
    json::parse_options how;
    how.max_depth = deepest_request;
    boost::system::error_code failure;
    auto whole = std::make_shared<document>(body.size());
    whole->root = json::parse(body.empty() ? "{}" : body, failure, &whole->memory, how);
    if (failure == json::error::too_deep) throw malformed("The request nests more deeply than any operation does.");
    if (failure || !whole->root.is_object()) throw malformed("The request is not a JSON object.");
    const json::value* root = &whole->root;
    made.parameters = std::make_unique<json_input>(std::move(whole), root);
    made.reply = std::make_unique<json_output>();
    return made;
}

std::string json_error_body(const fault& failure) {
    std::string body = "{\"__type\":";
    append_json_string(body, "com.amazonaws.sqs#" + failure.type);
    body += ",\"message\":";
    append_json_string(body, printable(failure.message));
    return body + "}";
}

} // namespace sluice::local
