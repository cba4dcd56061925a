// The services' own models: which parameters an operation has, and how the Query and JSON protocols spell them.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace unit_tests {

class service_model {
  public:
    explicit service_model(nlohmann::json model) : model_(std::move(model)) {}

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
    [[nodiscard]] std::string wire_name(const std::string& key, const nlohmann::json& reference) const;
    [[nodiscard]] bool form_key_exists(const nlohmann::json& reference, std::string_view rest) const;
    [[nodiscard]] std::string check_value(const nlohmann::json& reference, const nlohmann::json& value,
                                          const std::string& at) const;

    nlohmann::json model_;
};

} // namespace unit_tests
