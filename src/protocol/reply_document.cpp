#include "protocol/reply_document.hpp"

#include <charconv>

namespace sluice::protocol {

std::string_view local_name(const pugi::xml_node& node) noexcept {
    const std::string_view whole = node.name();
    return whole.substr(whole.find(':') + 1); // npos + 1 is 0
}

bool is_named(const pugi::xml_node& node, std::string_view name) noexcept { return local_name(node) == name; }

// pugixml's iterators are functions of its shared library: a walk from sibling to sibling calls a third as many.

pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) noexcept {
    pugi::xml_node child = node.first_child();
    while (child && !is_named(child, name)) child = child.next_sibling();
    return child;
}

std::string text_of(const pugi::xml_node& node) {
    std::string text;
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
    }
    return text;
}

std::string_view view_of(const pugi::xml_node& node, std::string& storage) {
    const pugi::xml_node first = node.first_child();
    if (!first) return {};
    const bool is_text = first.type() == pugi::node_pcdata || first.type() == pugi::node_cdata;
    if (is_text && !first.next_sibling()) return first.value();
    return storage = text_of(node);
}

bool parse_xml(pugi::xml_document& document, std::string_view text) {
    constexpr unsigned options = (pugi::parse_default & ~pugi::parse_eol) | pugi::parse_ws_pcdata;
    return static_cast<bool>(document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8));
}

std::optional<std::int64_t> parse_number(std::string_view text) noexcept {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

const nlohmann::json* json_cursor::find(std::string_view name) const {
    if (value_ == nullptr || !value_->is_object()) return nullptr;
    const auto found = value_->find(std::string(name));
    if (found == value_->end() || found->is_null()) return nullptr;
    return &*found;
}

std::string_view json_cursor::own_view(std::string& storage) const {
    if (value_ != nullptr && value_->is_string()) return value_->get_ref<const std::string&>();
    return storage = own_text();
}

std::string json_cursor::own_text() const {
    if (value_ == nullptr || value_->is_null() || value_->is_structured()) return {};
    if (value_->is_string()) return value_->get<std::string>();
    return value_->dump(); // numbers and booleans, as some servers send them where AWS sends text
}

} // namespace sluice::protocol
