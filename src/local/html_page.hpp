// A page of HTML in its XML form: pugixml nests and escapes it, so nothing that others wrote can become markup.
#pragma once

#include <pugixml.hpp>

#include <string>
#include <string_view>

namespace sluice::local {

/// An element at the end of `parent`. `text` may be anything: it is made `displayable`.
pugi::xml_node add(pugi::xml_node parent, const char* name, std::string_view text = {}, const char* css_class = "");
/// Text behind what is there.
void add_text(pugi::xml_node parent, std::string_view text);
/// An attribute; any text may be its value.
void set(pugi::xml_node element, const char* name, std::string_view value);
/// `where` is a path on this broker, its parts encoded already.
pugi::xml_node add_link(pugi::xml_node parent, std::string_view where, std::string_view text);

class html_page {
  public:
    /// The style is the same for all pages, and inside of them: a page asks for nothing else.
    explicit html_page(std::string_view title);

    /// The browser loads the page again after so many seconds.
    void refresh(long seconds);
    /// Where the content goes.
    [[nodiscard]] pugi::xml_node main() const { return main_; }
    [[nodiscard]] std::string finish() const;

  private:
    pugi::xml_document document_;
    pugi::xml_node head_;
    pugi::xml_node main_;
};

/// As it is served.
constexpr const char* html_content_type = "application/xhtml+xml; charset=utf-8";

} // namespace sluice::local
