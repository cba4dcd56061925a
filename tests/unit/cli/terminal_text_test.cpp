// Nothing that others wrote reaches a terminal as an order, and columns stay columns.
#include "cli/styles.hpp"
#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace terminal_text_test {

using namespace sluice::cli;

TEST_CASE("escape: controls, directions and what is no UTF-8") {
    CHECK(escaped("plain text, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 and \\ stay") ==
          "plain text, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 and \\ stay");
    CHECK(escaped("\x1b[2J\x07") == "\\x1b[2J\\x07");
    CHECK(escaped("a\nb\tc\rd") == "a\\nb\\tc\\rd");
    CHECK(escaped(std::string("\0\x7f", 2)) == "\\x00\\x7f");
    CHECK(escaped("\xC2\x9B"
                  "31m") == "\\u{009b}31m"); // CSI as one character
    CHECK(escaped("\xE2\x80\xAE"
                  "txt") == "\\u{202e}txt"); // right-to-left override
    CHECK(escaped("\xE2\x80\xA8") == "\\u{2028}");
    CHECK(escaped("\xF3\xA0\x81\x81") == "\\u{e0041}"); // an invisible tag character
    CHECK(escaped("a\xC0\xAF"
                  "b") == "a\\xc0\\xafb");               // overlong
    CHECK(escaped("\xED\xA0\x80") == "\\xed\\xa0\\x80"); // a surrogate
    CHECK(escaped("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
    CHECK(escaped("\xE2\x82") == "\\xe2\\x82"); // cut short
    CHECK(escaped("\x9B"
                  "31m") == "\\x9b31m"); // CSI of eight bits
    CHECK(escaped("").empty());
}

TEST_CASE("escape: every byte alone, none of them a control afterwards") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        for (const char c : escaped(text)) {
            const auto code = static_cast<unsigned char>(c);
            CHECK((code >= 0x20 && code < 0x7F));
        }
    }
}

TEST_CASE("escape: lines keep their feeds and tabs, and nothing else") {
    CHECK(escaped_lines("a\n\tb\r\x1b") == "a\n\tb\\r\\x1b");
}

TEST_CASE("display width: wide, combining, broken") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("\xE6\xBC\xA2\xE5\xAD\x97") == 4); // two East Asian characters
    CHECK(display_width("e\xCC\x81") == 1);                // e and a combining accent
    CHECK(display_width("\xF0\x9F\x98\x80") == 2);         // emoji
    CHECK(display_width("\xFF\xFF") == 2);
    CHECK(display_width("") == 0);
}

TEST_CASE("shortened: the ends stay") {
    CHECK(shortened("orders", 6) == "orders");
    CHECK(shortened("orders-dead", 7) == "ord…ead");
    CHECK(shortened("orders-dead", 8) == "orde…ead");
    CHECK(shortened("orders", 1) == "…");
    const std::string wide = "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97"; // 8 columns
    for (std::size_t columns = 1; columns <= 9; ++columns) CHECK(display_width(shortened(wide, columns)) <= columns);
}

TEST_CASE("table: aligned, without blanks at the ends, escaped") {
    table made({table::column("queue"), table::column("depth", table::align::right), table::column("note")});
    made.add({"a", "1"});
    made.add({"longer\x1b", "12,345", "x"});
    CHECK(made.text(0, styles()) == "queue        depth  note\n"
                                    "a                1\n"
                                    "longer\\x1b  12,345  x\n");
}

TEST_CASE("table: only columns that may be cut give way, the widest first") {
    table made({table::column("name", table::align::left, true), table::column("number", table::align::right),
                table::column("other", table::align::left, true)});
    made.add({std::string(30, 'n'), "123456", std::string(12, 'o')});
    CHECK(made.text(0, styles()).find('\n') == 4 + 26 + 2 + 6 + 2 + 5); // no bound: whole
    const std::string narrow = made.text(40, styles());
    const std::string row = narrow.substr(narrow.find('\n') + 1);
    CHECK(display_width(row.substr(0, row.size() - 1)) == 40);
    CHECK(row.find("oooooooooooo") != std::string::npos);
    CHECK(row.find("123456") != std::string::npos);
    const std::string narrowest = made.text(5, styles());
    CHECK(narrowest.find("123456") != std::string::npos); // it stays too wide rather than losing numbers
    CHECK(narrowest.find("nnnn…nnn ") != std::string::npos);
}

TEST_CASE("colours: on a terminal, unless somebody says otherwise") {
    const color_surroundings terminal{true, "", "xterm-256color"};
    const color_surroundings pipe{false, "", "xterm-256color"};
    CHECK(wants_color(color_mode::automatic, terminal));
    CHECK_FALSE(wants_color(color_mode::automatic, pipe));
    CHECK_FALSE(wants_color(color_mode::automatic, {true, "1", "xterm"}));
    CHECK_FALSE(wants_color(color_mode::automatic, {true, "", "dumb"}));
    CHECK(wants_color(color_mode::always, {false, "1", "dumb"}));
    CHECK_FALSE(wants_color(color_mode::never, terminal));
    CHECK(styles(false).apply(style::bad, "x") == "x");
    CHECK(styles(true).apply(style::bad, "x") == "\x1b[31mx\x1b[0m");
    CHECK(styles(true).apply(style::plain, "x") == "x");
    CHECK(styles(true).apply(style::bold, "").empty());
}

} // namespace terminal_text_test
