#include "protocol/reply_document.hpp"

#include <charconv>

namespace sluice::protocol {

std::string_view local_name(const pugi::xml_node& node) noexcept {
    std::string_view name = node.name();
    if (const auto colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    return name;
}

pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) noexcept {
    for (const pugi::xml_node child : node.children()) {
        if (local_name(child) == name) return child;
    }
    return {};
}

std::string text_of(const pugi::xml_node& node) {
    std::string text;
    for (const pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
    }
    return text;
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

std::string json_cursor::own_text() const {
    if (value_ == nullptr || value_->is_null() || value_->is_structured()) return {};
    if (value_->is_string()) return value_->get<std::string>();
    return value_->dump(); // numbers and booleans, as some servers send them where AWS sends text
}

} // namespace sluice::protocol
