// Reads a reply: XML of the Query protocol and JSON 1.0 behind one pair of cursors with the same members, so that an
// operation's `decode` is written once, as a template over them. Missing members read as empty.
#pragma once

#include "protocol/base64.hpp"

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// An element's name without its namespace prefix.
std::string_view local_name(const pugi::xml_node& node) noexcept;

/// Whether that is an element's name, behind its namespace prefix, if it has one.
bool is_named(const pugi::xml_node& node, std::string_view name) noexcept;

/// The first child element with that local name.
pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) noexcept;

/// All text directly inside an element: several pieces where the writer mixed plain text and CDATA.
std::string text_of(const pugi::xml_node& node);
/// The same in place; in `storage` where it is not in one piece.
std::string_view view_of(const pugi::xml_node& node, std::string& storage);

/// Parses as the services write it: white space is data, and a raw CR stays one. False when it is not well-formed.
bool parse_xml(pugi::xml_document& document, std::string_view text);

/// A whole number in decimal; empty for anything else.
std::optional<std::int64_t> parse_number(std::string_view text) noexcept;

class xml_cursor {
  public:
    explicit xml_cursor(pugi::xml_node node) : node_(node) {}

    /// The text of this element itself: for the members of a list of texts.
    [[nodiscard]] std::string own_text() const { return text_of(node_); }
    /// The same without a copy, where that can be: good while the document and `storage` are.
    [[nodiscard]] std::string_view own_view(std::string& storage) const { return view_of(node_, storage); }
    [[nodiscard]] std::string text(std::string_view name) const { return text_of(child_named(node_, name)); }
    [[nodiscard]] bool boolean(std::string_view name) const { return text(name) == "true"; }
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const { return parse_number(text(name)); }
    [[nodiscard]] std::optional<std::string> blob(std::string_view name) const { return base64_decode(text(name)); }
    [[nodiscard]] bool has(std::string_view name) const { return !child_named(node_, name).empty(); }
    [[nodiscard]] xml_cursor structure(std::string_view name) const { return xml_cursor(child_named(node_, name)); }

    /// `each(name, cursor)` for what is inside.
    template<class Each>
    void each_member(Each each) const {
        for (pugi::xml_node child = node_.first_child(); child; child = child.next_sibling()) {
            if (child.type() == pugi::node_element) each(local_name(child), xml_cursor(child));
        }
    }

    /// Repeated elements; `query_name` may be a path such as `Successful/member`.
    template<class Each>
    void list(std::string_view /*json_name*/, std::string_view query_name, Each each) const {
        pugi::xml_node parent = node_;
        if (const auto slash = query_name.find('/'); slash != std::string_view::npos) {
            parent = child_named(parent, query_name.substr(0, slash));
            query_name.remove_prefix(slash + 1);
        }
        for (pugi::xml_node child = parent.first_child(); child; child = child.next_sibling()) {
            if (is_named(child, query_name)) each(xml_cursor(child));
        }
    }

    /// `each(key, value)` for a map from text to text.
    template<class Each>
    void text_map(std::string_view json_name, std::string_view query_name, std::string_view key_name,
                  std::string_view value_name, Each each) const {
        list(json_name, query_name,
             [&](const xml_cursor& entry) { each(entry.text(key_name), entry.text(value_name)); });
    }

    /// `each(key, cursor)` for a map from text to structure.
    template<class Each>
    void structure_map(std::string_view json_name, std::string_view query_name, std::string_view key_name,
                       std::string_view value_name, Each each) const {
        list(json_name, query_name,
             [&](const xml_cursor& entry) { each(entry.text(key_name), entry.structure(value_name)); });
    }

  private:
    pugi::xml_node node_;
};

class json_cursor {
  public:
    explicit json_cursor(const nlohmann::json* value) : value_(value) {}

    [[nodiscard]] std::string own_text() const;
    [[nodiscard]] std::string_view own_view(std::string& storage) const;
    [[nodiscard]] std::string text(std::string_view name) const { return json_cursor(find(name)).own_text(); }
    [[nodiscard]] bool boolean(std::string_view name) const { return text(name) == "true"; }
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const { return parse_number(text(name)); }
    [[nodiscard]] std::optional<std::string> blob(std::string_view name) const { return base64_decode(text(name)); }
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] json_cursor structure(std::string_view name) const { return json_cursor(find(name)); }

    template<class Each>
    void each_member(Each each) const {
        if (value_ == nullptr || !value_->is_object()) return;
        for (const auto& [name, member] : value_->items()) each(std::string_view(name), json_cursor(&member));
    }

    template<class Each>
    void list(std::string_view json_name, std::string_view /*query_name*/, Each each) const {
        const nlohmann::json* array = find(json_name);
        if (array == nullptr || !array->is_array()) return;
        for (const auto& item : *array) each(json_cursor(&item));
    }

    template<class Each>
    void text_map(std::string_view json_name, std::string_view /*query_name*/, std::string_view /*key_name*/,
                  std::string_view /*value_name*/, Each each) const {
        const nlohmann::json* map = find(json_name);
        if (map == nullptr || !map->is_object()) return;
        for (const auto& item : map->items()) each(item.key(), json_cursor(&item.value()).own_text());
    }

    template<class Each>
    void structure_map(std::string_view json_name, std::string_view /*query_name*/, std::string_view /*key_name*/,
                       std::string_view /*value_name*/, Each each) const {
        const nlohmann::json* map = find(json_name);
        if (map == nullptr || !map->is_object()) return;
        for (const auto& item : map->items()) each(item.key(), json_cursor(&item.value()));
    }

  private:
    /// Null also for a member whose value is null: the services use both for "not there".
    [[nodiscard]] const nlohmann::json* find(std::string_view name) const;

    const nlohmann::json* value_;
};

} // namespace sluice::protocol
