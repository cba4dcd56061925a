#include "local/html_page.hpp"

#include "local/page_text.hpp"

namespace sluice::local {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1d2430; --dim: #5d6878; --line: #dde2e9; --ground: #f6f7f9; --card: #ffffff;
  --link: #0b5cad; --good: #1a7f4b; --warn: #9a5b00; --bad: #b3261e; --tint: #eef2f7; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --dim: #98a3b3; --line: #2c3440; --ground: #12161c;
  --card: #1a2029; --link: #7db7ff; --good: #5fd39a; --warn: #f0b454; --bad: #ff8a80; --tint: #222a35; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1.25rem 1.5rem 3rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; } h3 { font-size: .9rem; margin: 1.1rem 0 .4rem; color: var(--dim);
  font-weight: 600; }
.dim { color: var(--dim); } .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; list-style: none; }
.facts li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .45rem .8rem;
  min-width: 7rem; }
.facts b { display: block; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts span { color: var(--dim); font-size: .8rem; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .4rem .75rem; text-align: left;
  border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-weight: 500; font-size: .8rem; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { font-weight: 600; overflow-wrap: anywhere; min-width: 10rem; } td.wide { overflow-wrap: anywhere; min-width: 9rem; }
td.time { white-space: nowrap; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; margin: 0 .25rem;
  font-size: .75rem; font-weight: 500; color: var(--dim); white-space: nowrap; }
.badge.good, .badge.warn, .badge.bad { border-color: currentColor; }
.badge.good { color: var(--good); } .badge.warn { color: var(--warn); } .badge.bad { color: var(--bad); }
ul.plain { list-style: none; margin: 0; padding: 0; } ul.plain li { overflow-wrap: anywhere; }
code, pre { font: 12.5px/1.5 ui-monospace, monospace; } code { background: var(--tint); border-radius: .25rem;
  padding: .05rem .3rem; overflow-wrap: anywhere; }
pre { background: var(--tint); border-radius: .4rem; padding: .6rem .8rem; margin: .5rem 0 0; max-height: 24rem;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem;
  margin: .6rem 0; } article table { margin-top: .5rem; font-size: .9em; } article p { margin: .15rem 0; }
form { margin: 1rem 0; } input, button { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .6rem; }
nav { margin: .8rem 0; } nav a { margin-right: 1rem; } .none { padding: .7rem .9rem; color: var(--dim); margin: 0; }
)";

/// What finish() collects.
struct text_writer final : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
};

} // namespace

void add_text(pugi::xml_node parent, std::string_view text) {
    parent.append_child(pugi::node_pcdata).set_value(displayable(text).c_str());
}

void set(pugi::xml_node element, const char* name, std::string_view value) {
    element.append_attribute(name).set_value(displayable(value).c_str());
}

pugi::xml_node add(pugi::xml_node parent, const char* name, std::string_view text, const char* css_class) {
    auto made = parent.append_child(name);
    if (*css_class != '\0') set(made, "class", css_class);
    if (!text.empty()) add_text(made, text);
    return made;
}

pugi::xml_node add_link(pugi::xml_node parent, std::string_view where, std::string_view text) {
    auto link = add(parent, "a", text);
    set(link, "href", where);
    return link;
}

html_page::html_page(std::string_view title) {
    document_.append_child(pugi::node_doctype).set_value("html");
    auto html = document_.append_child("html");
    set(html, "xmlns", "http://www.w3.org/1999/xhtml");
    set(html, "lang", "en");
    head_ = add(html, "head");
    add(head_, "title", title);
    auto viewport = add(head_, "meta");
    set(viewport, "name", "viewport");
    set(viewport, "content", "width=device-width, initial-scale=1");
    auto icon = add(head_, "link"); // none: else browsers ask for one
    set(icon, "rel", "icon");
    set(icon, "href", "data:,");
    add(head_, "style", style);
    main_ = add(add(html, "body"), "main");
}

void html_page::refresh(long seconds) {
    auto again = add(head_, "meta");
    set(again, "http-equiv", "refresh");
    set(again, "content", std::to_string(seconds));
}

std::string html_page::finish() const {
    text_writer out;
    document_.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return std::move(out.text);
}

} // namespace sluice::local
