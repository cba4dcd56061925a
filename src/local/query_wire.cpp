#include "local/query_wire.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sluice::local {
namespace {

constexpr std::string_view xml_namespace(std::string_view service) {
    if (service == "sns") return "http://sns.amazonaws.com/doc/2010-03-31/";
    if (service == "sts") return "https://sts.amazonaws.com/doc/2011-06-15/";
    return "http://queue.amazonaws.com/doc/2012-11-05/";
}

/// The results of a batch of ten.
constexpr std::size_t usual_list_bytes = 4096;

class form_input final : public input {
  public:
    explicit form_input(std::shared_ptr<const form> values) : form_input(values, values->all(), 0) {}
    /// Those whose names begin alike, up to `from`.
    form_input(std::shared_ptr<const form> values, std::span<const form::parameter> range, std::size_t from)
        : values_(std::move(values)), range_(range), from_(from) {}

    std::optional<std::string> text(std::string_view name) const override {
        const auto rest = [this](const form::parameter& one) { return one.name.substr(from_); };
        const auto found = std::ranges::lower_bound(range_, name, {}, rest);
        if (found == range_.end() || rest(*found) != name) return std::nullopt;
        return std::string(found->value);
    }

    std::vector<std::unique_ptr<input>> list(std::string_view, std::string_view query_name) const override {
        std::vector<std::unique_ptr<input>> items;
        for_each_item(query_name, [&](std::span<const form::parameter> range, std::size_t from) {
            items.push_back(std::make_unique<form_input>(values_, range, from));
        });
        return items;
    }

    std::vector<std::string> text_list(std::string_view, std::string_view query_name) const override {
        std::vector<std::string> items;
        for (std::size_t index = 1;; ++index) {
            auto item = text(std::string(query_name) + "." + std::to_string(index));
            if (!item) return items;
            items.push_back(std::move(*item));
        }
    }

    std::map<std::string, std::string> text_map(std::string_view, std::string_view query_name,
                                                std::string_view key_name, std::string_view value_name) const override {
        std::map<std::string, std::string> map;
        for_each_item(query_name, [&](std::span<const form::parameter> range, std::size_t from) {
            const form_input entry(values_, range, from);
            if (const auto key = entry.text(key_name)) map[*key] = entry.text(value_name).value_or("");
        });
        return map;
    }

    std::vector<attribute> attributes(std::string_view, std::string_view query_name) const override {
        std::vector<attribute> out;
        for_each_item(query_name, [&](std::span<const form::parameter> range, std::size_t from) {
            out.push_back(form_input(values_, range, from).as_attribute());
        });
        return out;
    }

  private:
    attribute as_attribute() const {
        attribute one;
        one.name = text("Name").value_or("");
        one.type = text("Value.DataType").value_or("");
        if (const auto binary = text("Value.BinaryValue")) {
            auto bytes = decode_base64(*binary);
            if (!bytes) {
                throw invalid_parameter_value("The value of message attribute '" + one.name + "' is not base64.");
            }
            one.value = std::move(*bytes);
            one.sent_as_binary = true;
        } else {
            one.value = text("Value.StringValue").value_or("");
        }
        return one;
    }

    /// `Name.1.`, `Name.2.`, … while there is any member.
    template<class Function>
    void for_each_item(std::string_view name, Function&& function) const {
        std::string prefix;
        for (std::size_t index = 1;; ++index) {
            prefix.assign(name);
            prefix += '.';
            prefix += std::to_string(index);
            prefix += '.';
            const auto found = beginning_with(range_, from_, prefix);
            if (found.empty()) return;
            function(found, from_ + prefix.size());
        }
    }

    std::shared_ptr<const form> values_;
    std::span<const form::parameter> range_;
    std::size_t from_;
};

/// Their replies have no Result element. Source: the service models.
constexpr std::array<std::string_view, 9> actions_without_result{
    "ChangeMessageVisibility",   "DeleteMessage",      "DeleteQueue", "DeleteTopic", "PurgeQueue", "SetQueueAttributes",
    "SetSubscriptionAttributes", "SetTopicAttributes", "Unsubscribe",
};

class xml_output final : public output {
  public:
    xml_output(std::string service, std::string action) : service_(std::move(service)), action_(std::move(action)) {}

    void text(std::string_view name, std::string_view value) override {
        body_ += '<';
        body_ += name;
        body_ += '>';
        append_xml_escaped(body_, value);
        close(name);
    }
    void boolean(std::string_view name, bool value) override { text(name, value ? "true" : "false"); }
    void number(std::string_view name, std::int64_t value) override { text(name, std::to_string(value)); }

    void begin_structure(std::string_view name) override { open(name); }
    void end_structure(std::string_view name) override { close(name); }

    // SNS wraps its lists (`Successful/member`), SQS does not (`Message`): the query name says which.
    void begin_list(std::string_view, std::string_view query_name) override {
        if (body_.capacity() < usual_list_bytes) body_.reserve(usual_list_bytes);
        const auto slash = query_name.find('/');
        wrapper_ = slash == std::string_view::npos ? std::string_view() : query_name.substr(0, slash);
        item_ = slash == std::string_view::npos ? query_name : query_name.substr(slash + 1);
        if (!wrapper_.empty()) open(wrapper_);
    }
    void begin_item() override { open(item_); }
    void end_item() override { close(item_); }
    void end_list() override {
        if (!wrapper_.empty()) close(wrapper_);
    }

    void text_list(std::string_view json_name, std::string_view query_name,
                   const std::vector<std::string>& values) override {
        begin_list(json_name, query_name);
        for (const std::string& value : values) text(item_, value);
        end_list();
    }
    void text_map(std::string_view, std::string_view query_name, std::string_view key_name, std::string_view value_name,
                  const std::map<std::string, std::string>& map) override {
        const auto slash = query_name.find('/');
        const std::string_view item = slash == std::string_view::npos ? query_name : query_name.substr(slash + 1);
        if (slash != std::string_view::npos) open(query_name.substr(0, slash));
        for (const auto& [key, value] : map) {
            open(item);
            text(key_name, key);
            text(value_name, value);
            close(item);
        }
        if (slash != std::string_view::npos) close(query_name.substr(0, slash));
    }
    void attributes(const std::vector<attribute>& attributes) override {
        for (const attribute& one : attributes) {
            open("MessageAttribute");
            text("Name", one.name);
            open("Value");
            if (one.is_binary()) text("BinaryValue", encode_base64(one.value));
            else text("StringValue", one.value);
            text("DataType", one.type);
            close("Value");
            close("MessageAttribute");
        }
    }

    std::string finish(std::string_view request_id) override {
        std::string out;
        out.reserve(body_.size() + 512);
        out += "<?xml version=\"1.0\"?><";
        out += action_;
        out += "Response xmlns=\"";
        out += xml_namespace(service_);
        out += "\">";
        if (std::ranges::find(actions_without_result, action_) == actions_without_result.end()) {
            ((out += '<') += action_) += body_.empty() ? "Result/>" : "Result>";
            if (!body_.empty()) (((out += body_) += "</") += action_) += "Result>";
        }
        ((out += "<ResponseMetadata><RequestId>") += request_id) += "</RequestId></ResponseMetadata></";
        (out += action_) += "Response>";
        return out;
    }

  private:
    void open(std::string_view name) {
        body_ += '<';
        body_ += name;
        body_ += '>';
    }
    void close(std::string_view name) {
        body_ += "</";
        body_ += name;
        body_ += '>';
    }

    std::string service_;
    std::string action_;
    std::string body_;
    std::string_view wrapper_; ///< literals of the operations: they live for ever
    std::string_view item_;
};

std::string service_of_version(std::string_view version, std::string_view fallback) {
    if (version == "2010-03-31") return "sns";
    if (version == "2011-06-15") return "sts";
    if (version == "2012-11-05") return "sqs";
    return std::string(fallback);
}

} // namespace

exchange make_query_exchange(form values, std::string_view signed_service) {
    exchange made;
    made.action = values.text("Action");
    made.service = service_of_version(values.text("Version"), signed_service);
    made.parameters = std::make_unique<form_input>(std::make_shared<const form>(std::move(values)));
    made.reply = std::make_unique<xml_output>(made.service, made.action);
    return made;
}

std::string query_error_body(const fault& failure, std::string_view service, std::string_view request_id) {
    std::string out =
        "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"" + std::string(xml_namespace(service)) + "\"><Error><Type>";
    out += failure.status >= 500 ? "Receiver" : "Sender";
    out += "</Type><Code>";
    append_xml_escaped(out, failure.code);
    out += "</Code><Message>";
    append_xml_escaped(out, printable(failure.query_message.empty() ? failure.message : failure.query_message));
    out += "</Message>";
    if (service == "sqs") out += "<Detail/>";
    out += "</Error><RequestId>" + std::string(request_id) + "</RequestId></ErrorResponse>";
    return out;
}

} // namespace sluice::local
