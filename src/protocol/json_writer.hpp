// Writes the body of an AWS JSON 1.0 request. The twin of `form_writer`.
#pragma once

#include "protocol/base64.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::protocol {

class json_writer {
  public:
    void text(std::string_view name, std::string_view value) { member(name) = value; }
    void number(std::string_view name, std::int64_t value) { member(name) = value; }
    void boolean(std::string_view name, bool value) { member(name) = value; }
    void blob(std::string_view name, std::string_view bytes) { member(name) = base64_encode(bytes); }

    template<class Each>
    void structure(std::string_view name, Each each) {
        json_writer inner;
        each(inner);
        member(name) = std::move(inner.document_);
    }

    template<class Items, class Each>
    void list(std::string_view json_name, std::string_view /*query_name*/, const Items& items, Each each) {
        auto array = nlohmann::json::array();
        for (const auto& item : items) {
            json_writer structure;
            each(structure, item);
            array.push_back(std::move(structure.document_));
        }
        member(json_name) = std::move(array);
    }

    template<class Items>
    void text_list(std::string_view json_name, std::string_view /*query_name*/, const Items& items) {
        member(json_name) = items;
    }

    template<class Map>
    void text_map(std::string_view json_name, std::string_view /*query_name*/, std::string_view /*key_name*/,
                  std::string_view /*value_name*/, const Map& map) {
        for (const auto& [key, value] : map) member(json_name)[key] = value;
    }

    template<class Items, class Each>
    void structure_map(std::string_view json_name, std::string_view /*query_name*/, std::string_view /*key_name*/,
                       std::string_view /*value_name*/, const Items& items, Each each) {
        for (const auto& item : items) {
            json_writer structure;
            each(structure, item.value);
            member(json_name)[item.name] = std::move(structure.document_);
        }
    }

    /// Text that is not UTF-8 goes out with replacement characters; it is refused before it comes here.
    [[nodiscard]] std::string take() && {
        return document_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

  private:
    nlohmann::json& member(std::string_view name) { return document_[std::string(name)]; }

    nlohmann::json document_ = nlohmann::json::object();
};

} // namespace sluice::protocol
