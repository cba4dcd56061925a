// The services' own models: which parameters an operation has, and how the Query and JSON protocols spell them.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace unit_tests {

/// A member of a shape that holds a value itself. Lists add nothing to its path, maps add `key` and `value`.
struct model_leaf {
    std::string path;       ///< in the model's own names, as JSON has them: `Entries.MessageAttributes.value.DataType`
    std::string query_name; ///< as the form has it, with N for an index: `Entry.N.MessageAttribute.N.Value.DataType`
    std::string type;       ///< string, integer, long, boolean, blob, timestamp
};

/// The value that a test gives to a leaf: a text that names the leaf, or a number made of it. `exact` has the
/// exceptions.
using exact_values = std::map<std::string, std::string>;
std::string value_of(const model_leaf& leaf, const exact_values& exact);
/// The same for tests that fill in a request or look at a reply.
std::int64_t number_of(const std::string& path);
inline constexpr const char* example_time = "2026-01-02T03:04:05Z";

class service_model {
  public:
    explicit service_model(nlohmann::json model) : model_(std::move(model)) {}

    [[nodiscard]] std::vector<std::string> operations() const;
    [[nodiscard]] std::vector<model_leaf> request_leaves(const std::string& operation) const;
    [[nodiscard]] std::vector<model_leaf> reply_leaves(const std::string& operation) const;

    /// The values of a form or JSON body by leaf: several where a list or map has several members.
    [[nodiscard]] static std::multimap<std::string, std::string> form_values(std::string_view body);
    [[nodiscard]] std::multimap<std::string, std::string> json_values(const std::string& operation,
                                                                      const nlohmann::json& body) const;

    /// A reply with every member that the model has, one of each list and map.
    [[nodiscard]] std::string example_xml(const std::string& operation, const exact_values& exact) const;
    [[nodiscard]] nlohmann::json example_json(const std::string& operation, const exact_values& exact) const;

    /// Empty when every key of the form is a parameter of the operation and no required one is missing; else why not.
    [[nodiscard]] std::string check_form(const std::string& operation, std::string_view body) const;
    /// The same for a JSON body, with the types of its values.
    [[nodiscard]] std::string check_json(const std::string& operation, const nlohmann::json& body) const;

  private:
    [[nodiscard]] const nlohmann::json& shape(const nlohmann::json& reference) const {
        return model_.at("shapes").at(reference.at("shape").get<std::string>());
    }
    [[nodiscard]] const nlohmann::json& input(const std::string& operation) const {
        return model_.at("operations").at(operation).at("input");
    }
    [[nodiscard]] const nlohmann::json& output(const std::string& operation) const {
        static const nlohmann::json none;
        const nlohmann::json& described = model_.at("operations").at(operation);
        return described.contains("output") ? described.at("output") : none;
    }
    void add_leaves(const nlohmann::json& reference, const std::string& path, const std::string& query_name,
                    std::vector<model_leaf>& to) const;
    void add_json_values(const nlohmann::json& reference, const nlohmann::json& value, const std::string& path,
                         std::multimap<std::string, std::string>& to) const;
    /// `name` is the element's.
    [[nodiscard]] std::string xml_of(const nlohmann::json& reference, const std::string& name, const std::string& path,
                                     const exact_values& exact) const;
    [[nodiscard]] nlohmann::json json_of(const nlohmann::json& reference, const std::string& path,
                                         const exact_values& exact) const;
    [[nodiscard]] std::string wire_name(const std::string& key, const nlohmann::json& reference) const;
    [[nodiscard]] bool form_key_exists(const nlohmann::json& reference, std::string_view rest) const;
    [[nodiscard]] std::string check_value(const nlohmann::json& reference, const nlohmann::json& value,
                                          const std::string& at) const;

    nlohmann::json model_;
};

} // namespace unit_tests
