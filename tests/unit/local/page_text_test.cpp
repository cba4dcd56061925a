// What pages make of the texts of others, and of numbers.
#include <local/html_page.hpp>
#include <local/page_text.hpp>
#include <local/text.hpp>

#include <doctest/doctest.h>

#include <string>

namespace page_text_test {

using namespace std::chrono_literals;
using sluice::local::add;
using sluice::local::add_link;
using sluice::local::beginning_of;
using sluice::local::displayable;
using sluice::local::set;

TEST_CASE("page text: what is shown as it is") {
    const std::string good = "plain, tab\tand line\nfeed, <b>&amp;\"' é € 😀 ｆ";
    CHECK(displayable(good) == good);
    CHECK(displayable("").empty());
}

TEST_CASE("page text: controls, what hides, and what is no UTF-8") {
    CHECK(displayable(std::string("a\0b", 3)) == "a\xE2\x90\x80"
                                                 "b"); // ␀
    CHECK(displayable("\x1b[31m\r\x7f") == "\xE2\x90\x9B[31m\xE2\x90\x8D\xE2\x90\xA1");
    CHECK(displayable("\xC2\x85|\xE2\x80\xAE|\xEF\xBB\xBF|\xEF\xBF\xBF|\xE2\x80\xA8") ==
          "<U+0085>|<U+202E>|<U+FEFF>|<U+FFFF>|<U+2028>");
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(displayable("\xFF") == mark);
    CHECK(displayable("a\xC3") == "a" + mark);                                  // cut off
    CHECK(displayable("\xC0\xAF") == mark + mark);                              // overlong
    CHECK(displayable("\xED\xA0\x80") == mark + mark + mark);                   // a surrogate
    CHECK(displayable("\xF4\x90\x80\x80x") == mark + mark + mark + mark + "x"); // beyond Unicode
    CHECK(displayable("\xE2\x82"
                      "A") == mark + mark + "A");
}

TEST_CASE("page text: nothing that is put on a page becomes markup") {
    sluice::local::html_page page("</title><script>");
    const std::string attack = "</pre><script>document.title='pwned'</script>\"'&<!--]]>";
    add(page.main(), "pre", attack);
    add_link(page.main(), "\"onclick=\"alert(1)", attack);
    const std::string text = page.finish();
    CAPTURE(text);
    CHECK(text.find("<script") == std::string::npos);
    CHECK(text.find("</pre><") == text.find("</pre>")); // the only end of it is its own
    CHECK(text.find("href=\"&quot;onclick=&quot;alert(1)\"") != std::string::npos);
    pugi::xml_document parsed;
    REQUIRE(parsed.load_string(text.c_str(), pugi::parse_full));
    const auto main = parsed.child("html").child("body").child("main");
    CHECK(main.child("pre").text().get() == attack);
    CHECK(main.child("a").text().get() == attack);
    CHECK(main.child("a").attribute("href").value() == std::string("\"onclick=\"alert(1)"));
    CHECK(parsed.child("html").child("head").child("title").text().get() == std::string("</title><script>"));
}

TEST_CASE("page text: every byte there is makes a page that XML can read") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    sluice::local::html_page page("x");
    add(page.main(), "pre", all);
    set(page.main(), "title", all);
    pugi::xml_document parsed;
    CHECK(parsed.load_string(page.finish().c_str(), pugi::parse_full));
    CHECK(parsed.child("html").child("body").child("main").child("pre").text().get() == displayable(all));
}

TEST_CASE("page text: durations, sizes, rates and counts") {
    using sluice::local::duration_text;
    CHECK(duration_text(0ms) == "0 ms");
    CHECK(duration_text(999ms) == "999 ms");
    CHECK(duration_text(59'999ms) == "59 s");
    CHECK(duration_text(60s) == "1 min");
    CHECK(duration_text(303s) == "5 min 3 s");
    CHECK(duration_text(2h + 5min + 59s) == "2 h 5 min");
    CHECK(duration_text(97h) == "4 d 1 h");
    using sluice::local::bytes_text;
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(1023) == "1023 B");
    CHECK(bytes_text(1536) == "1.5 KiB");
    CHECK(bytes_text(1048576) == "1.0 MiB");
    using sluice::local::rate_text;
    CHECK(rate_text(0) == "0");
    CHECK(rate_text(1.0 / 60) == "0.02");
    CHECK(rate_text(3.5) == "3.5");
    CHECK(rate_text(1249.6) == "1250");
    CHECK(sluice::local::counted(1, "message") == "1 message");
    CHECK(sluice::local::counted(0, "message") == "0 messages");
}

TEST_CASE("page text: the beginning of a text ends between two characters") {
    CHECK(beginning_of("abc", 3) == "abc");
    CHECK(beginning_of("abc", 2) == "ab");
    CHECK(beginning_of("a\xE2\x82\xAC", 3) == "a");
    CHECK(beginning_of("a\xE2\x82\xAC", 4) == "a\xE2\x82\xAC");
    CHECK(beginning_of("\xF0\x9F\x98\x80", 3).empty());
    CHECK(beginning_of("\x80\x80\x80\x80\x80\x80", 4).size() <= 4);
    CHECK(beginning_of("abc", 0).empty());
}

} // namespace page_text_test
