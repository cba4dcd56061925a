// Writes the body of an AWS Query request: `Action=…&Version=…&Name.1.Key=value`.
// Source: Smithy specification, AWS Query protocol. Everything but A-Za-z0-9-_.~ is percent-encoded, a space as %20.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// Appends `text` percent-encoded to `out`.
void append_form_encoded(std::string& out, std::string_view text);

/// One half of the pair of document writers (the other is `json_writer`): an operation's `encode` is written once, as
/// a template over them. Where the two protocols name a member differently, both names are given.
class form_writer {
  public:
    form_writer(std::string_view action, std::string_view version);
    /// Members alone: every one with a `&` before it.
    form_writer() = default;

    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);
    void boolean(std::string_view name, bool value);
    /// Raw bytes, sent as base64.
    void blob(std::string_view name, std::string_view bytes);

    /// A structure inside this one: `each(writer)` writes its members.
    template<class Each>
    void structure(std::string_view name, Each each) {
        const std::size_t outer = prefix_.size();
        prefix_ += name;
        prefix_ += '.';
        each(*this);
        prefix_.resize(outer);
    }

    /// A list of structures: `each(writer, item)` writes the members of one. An empty list goes out as `Name=`.
    template<class Items, class Each>
    void list(std::string_view /*json_name*/, std::string_view query_name, const Items& items, Each each) {
        std::size_t index = 0;
        for (const auto& item : items) {
            const std::size_t outer = prefix_.size();
            open(query_name, ++index);
            each(*this, item);
            prefix_.resize(outer);
        }
        if (index == 0) empty_list(query_name);
    }

    template<class Items>
    void text_list(std::string_view /*json_name*/, std::string_view query_name, const Items& items) {
        std::size_t index = 0;
        for (const auto& item : items) numbered(query_name, ++index, item);
        if (index == 0) empty_list(query_name);
    }

    /// A map from text to text: the form spells it as a list of key and value.
    template<class Map>
    void text_map(std::string_view /*json_name*/, std::string_view query_name, std::string_view key_name,
                  std::string_view value_name, const Map& map) {
        std::size_t index = 0;
        for (const auto& [key, value] : map) {
            const std::size_t outer = prefix_.size();
            open(query_name, ++index);
            text(key_name, key);
            text(value_name, value);
            prefix_.resize(outer);
        }
    }

    /// A map from text to structure: items have a `name` and a `value`; `each(writer, value)` writes the members of
    /// one.
    template<class Items, class Each>
    void structure_map(std::string_view /*json_name*/, std::string_view query_name, std::string_view key_name,
                       std::string_view value_name, const Items& items, Each each) {
        std::size_t index = 0;
        for (const auto& item : items) {
            const std::size_t outer = prefix_.size();
            open(query_name, ++index);
            text(key_name, item.name);
            structure(value_name, [&](form_writer& inner) { each(inner, item.value); });
            prefix_.resize(outer);
        }
    }

    [[nodiscard]] std::string take() && { return std::move(body_); }

  private:
    void open(std::string_view name, std::size_t index);
    void numbered(std::string_view name, std::size_t index, std::string_view value);
    void empty_list(std::string_view name);
    void key(std::string_view name);

    std::string body_;
    std::string prefix_; ///< of the members written now, with its last dot
};

} // namespace sluice::protocol
