// The server's own text codecs against published vectors.
#include <local/cidr.hpp>
#include <local/deduplication.hpp>
#include <local/text.hpp>

#include <doctest/doctest.h>

#include <string>

namespace text_test {

using namespace sluice::local;
using namespace std::chrono_literals;

TEST_CASE("form components are decoded") {
    CHECK(decode_form_component("a%20b+c") == "a b c");
    CHECK(decode_form_component("%E2%82%ac") == "\u20ac");
    CHECK(decode_form_component("") == "");
    CHECK(decode_form_component("%00") == std::string(1, '\0'));
    for (const char* broken : {"%", "%4", "%zz", "a%2", "%%41"}) {
        CAPTURE(broken);
        CHECK_FALSE(decode_form_component(broken));
    }
}

TEST_CASE("XML text is escaped so that no parser changes it") {
    std::string out;
    append_xml_escaped(out, "a&b<c>d\"e'f\r\n\t");
    CHECK(out == "a&amp;b&lt;c&gt;d&quot;e'f&#13;\n\t");
    out.clear();
    append_xml_escaped(out, "");
    CHECK(out.empty());
}

TEST_CASE("JSON strings are escaped") {
    std::string out;
    append_json_string(out, "a\"b\\c\n\r\t\x01\u20ac");
    CHECK(out == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\u20ac\"");
}

TEST_CASE("texts are looked at eight bytes at once, and every byte counts") {
    // Each byte at each place of texts of every length around the steps, among plain ones and among those next to them.
    for (std::size_t length = 1; length <= 26; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                for (const char filler : {'x', ' ', '!', '#', '[', ']', '\x7f'}) {
                    std::string text(length, filler);
                    text[at] = static_cast<char>(byte);
                    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
                    const bool allowed = !control && byte < 0x80; // alone, the others are no UTF-8
                    if (has_only_allowed_characters(text) != allowed) FAIL(byte << " at " << at << " of " << length);
                    std::string json;
                    append_json_string(json, text);
                    const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
                    if ((json.size() > length + 2) != escaped) FAIL(byte << " at " << at << " of " << length);
                    if (!escaped && json != '"' + text + '"') FAIL(byte << " at " << at << " of " << length);
                }
            }
        }
    }
}

TEST_CASE("base64: the vectors of RFC 4648") {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        CHECK(encode_base64(plain) == encoded);
        CHECK(decode_base64(encoded) == plain);
    }
    CHECK(decode_base64("AP8=") == std::string("\0\xff", 2));
    for (const char* broken : {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v Zg==", "Zg==Zg==", "Zm\x80v"}) {
        CAPTURE(broken);
        CHECK_FALSE(decode_base64(broken));
    }
}

TEST_CASE("sequence numbers have room, however many messages there were") {
    for (const std::uint64_t count : {std::uint64_t(1), std::uint64_t(39'062'499), std::uint64_t(39'062'500),
                                      std::uint64_t(1) << 48U, UINT64_MAX}) {
        CHECK(sequence_text(sequence_number(count)).view() == sequence_number(count));
    }
}

TEST_CASE("a short text is kept in place, and a long one is refused") {
    const short_text<4> one("abcd");
    CHECK(one.view() == "abcd");
    CHECK(one.str() == "abcd");
    CHECK_FALSE(one.empty());
    CHECK(short_text<4>().empty());
    CHECK(one == short_text<4>(std::string("abcd")));
    CHECK_FALSE(one == short_text<4>("abc"));
    CHECK_THROWS_AS(short_text<4>("abcde"), std::length_error);
}

TEST_CASE("MD5: the vectors of RFC 1321") {
    CHECK(md5_of("").view() == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(md5_of("message digest").view() == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("times are written without a locale") {
    const time_point time = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 7h + 8min + 9s + 45ms;
    CHECK(iso_timestamp(time) == "2026-03-01T07:08:09.045Z");
    CHECK(http_date(time) == "Sun, 01 Mar 2026 07:08:09 GMT");
    CHECK(milliseconds_of(time_point(1500ms)) == 1500);
}

TEST_CASE("UUIDs are of version 4 and differ") {
    const std::string one = make_uuid().str();
    CHECK(one.size() == 36);
    CHECK(one[14] == '4');
    CHECK(one != make_uuid().view());
}

TEST_CASE("numbers are read whole or not at all") {
    CHECK(parse_integer("-12") == -12);
    for (const char* broken : {"", "1.5", "1 ", " 1", "abc", "99999999999999999999", "+1"})
        CHECK_FALSE(parse_integer(broken));
    CHECK(parse_number("1.5") == 1.5);
    CHECK(parse_number("+1e2") == 100.0);
    CHECK(parse_number("-0.25") == -0.25);
    for (const char* broken : {"", "+", "+-1", "1,5", "0x10", "nan", "inf", "1e999", "12a"}) {
        CAPTURE(broken);
        CHECK_FALSE(parse_number(broken));
    }
}

TEST_CASE("patterns with stars") {
    CHECK(matches_pattern("orders", "orders"));
    CHECK(matches_pattern("orders", "o*s"));
    CHECK(matches_pattern("orders", "*"));
    CHECK(matches_pattern("", "*"));
    CHECK(matches_pattern("aXbXc", "a*b*c"));
    CHECK_FALSE(matches_pattern("aXbX", "a*b*c"));
    CHECK_FALSE(matches_pattern("", "a"));
    CHECK(matches_pattern("abc", "a?c", '?'));
    CHECK_FALSE(matches_pattern("ac", "a?c", '?'));
    CHECK_FALSE(matches_pattern("abc", "a?c"));
    // What makes a backtracking matcher exponential.
    CHECK_FALSE(matches_pattern(std::string(5000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

TEST_CASE("the depth of JSON is found without parsing") {
    CHECK(json_depth("1") == 0);
    CHECK(json_depth(R"({"a":[{"b":1}]})") == 3);
    CHECK(json_depth(R"({"a":"[[[[\"[["})") == 1);
    CHECK(json_depth(std::string(1000, '[')) == 1000);
    CHECK(json_depth("]]]]") == 0);
}

TEST_CASE("the characters that SQS takes") {
    CHECK(has_only_allowed_characters("tab\t lf\n cr\r \x7f \u00e9 \ud7ff \ue000 \ufffd \U00010000 \U0010ffff"));
    const std::string refused[] = {std::string(1, '\0'), "\x01",         "\x1f", "\x0b",     "\xef\xbf\xbe",
                                   "\xef\xbf\xbf",                       // U+FFFE, U+FFFF
                                   "\xed\xa0\x80",                       // a surrogate
                                   "\xc0\xaf",           "\xe0\x80\x80", // overlong
                                   "\xf4\x90\x80\x80",   "\xff",         "\x80", "\xe2\x82", "\xf0\x9f\x98"};
    for (const std::string& text : refused) {
        CAPTURE(text);
        CHECK_FALSE(has_only_allowed_characters(text));
        CHECK_FALSE(has_only_allowed_characters("before " + text + " behind"));
    }
}

TEST_CASE("error texts that quote what they refuse stay sendable") {
    CHECK(printable("fine \u20ac") == "fine \u20ac");
    CHECK(printable("a\x01"
                    "b\xff") == "a?b?");
}

TEST_CASE("address ranges") {
    CHECK(cidr_contains("10.0.0.0/8", "10.255.0.1"));
    CHECK_FALSE(cidr_contains("10.0.0.0/8", "11.0.0.1"));
    CHECK(cidr_contains("10.0.0.1/32", "10.0.0.1"));
    CHECK_FALSE(cidr_contains("10.0.0.1/32", "10.0.0.2"));
    CHECK(cidr_contains("0.0.0.0/0", "1.2.3.4"));
    CHECK(cidr_contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(cidr_contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK_FALSE(cidr_contains("10.0.0.0/8", "::1"));
    CHECK_FALSE(cidr_contains("10.0.0.0/8", "not an address"));
    CHECK_FALSE(is_cidr("10.0.0.0"));
    CHECK_FALSE(is_cidr("10.0.0.0/33"));
    CHECK_FALSE(is_cidr("10.0.0/8"));
}

} // namespace text_test
