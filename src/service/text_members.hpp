// Members that many operations share: lists and maps of texts, read into containers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::service {

template<class Cursor>
std::vector<std::string> decode_text_list(const Cursor& from, std::string_view json_name, std::string_view query_name) {
    std::vector<std::string> to;
    from.list(json_name, query_name, [&to](const Cursor& item) { to.push_back(item.own_text()); });
    return to;
}

template<class Cursor>
std::map<std::string, std::string> decode_text_map(const Cursor& from, std::string_view json_name,
                                                   std::string_view query_name, std::string_view key_name,
                                                   std::string_view value_name) {
    std::map<std::string, std::string> to;
    from.text_map(json_name, query_name, key_name, value_name,
                  [&to](std::string key, std::string value) { to[std::move(key)] = std::move(value); });
    return to;
}

/// Optional texts are empty where they are not given.
template<class Writer>
void encode_optional(Writer& writer, std::string_view name, const std::string& value) {
    if (!value.empty()) writer.text(name, value);
}

/// Optional lists are empty where they are not given.
template<class Writer>
void encode_optional_list(Writer& writer, std::string_view json_name, std::string_view query_name,
                          const std::vector<std::string>& values) {
    if (!values.empty()) writer.text_list(json_name, query_name, values);
}

/// Optional numbers: `std::optional` of an integer.
template<class Writer, class Number>
void encode_optional_number(Writer& writer, std::string_view name, const Number& value) {
    if (value) writer.number(name, *value);
}

} // namespace sluice::service
