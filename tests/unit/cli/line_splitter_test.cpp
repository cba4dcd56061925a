// How the program makes lines of its input.
#include "cli/line_splitter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace line_splitter_test {

using sluice::errc;
using sluice::cli::line_splitter;

namespace {

/// The lines of `text`, given in pieces of `piece` bytes; "!" for one that is too long.
std::vector<std::string> lines_of(const std::string& text, std::size_t piece, std::size_t longest) {
    line_splitter lines(longest);
    std::vector<std::string> found;
    const auto take = [&] {
        for (auto line = lines.next(); line; line = lines.next()) {
            if (!*line) CHECK(line->error().code == errc::message_too_long);
            found.push_back(*line ? **line : "!");
        }
    };
    for (std::size_t at = 0; at < text.size(); at += piece) {
        lines.add(std::string_view(text).substr(at, piece));
        take();
    }
    lines.end();
    take();
    take(); // nothing comes twice
    return found;
}

} // namespace

TEST_CASE("lines: the same in pieces of every size") {
    const std::string text = "a\n\nbcd\r\n12345\n123456\n1234567\n12345678901234567890\nlast";
    const std::vector<std::string> wanted{"a", "", "bcd\r", "12345", "!", "!", "!", "last"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        INFO("piece: " << piece);
        CHECK(lines_of(text, piece, 5) == wanted);
        CHECK(lines_of(text + "\n", piece, 5) == wanted);
    }
    CHECK(lines_of("", 1, 5).empty());
    CHECK(lines_of("\n", 1, 5) == std::vector<std::string>{""});
    CHECK(lines_of("123456", 2, 5) == std::vector<std::string>{"!"});
    CHECK(lines_of("123456\n", 7, 5) == std::vector<std::string>{"!"});
}

TEST_CASE("lines: the text for one that is too long names the bound") {
    line_splitter lines(3);
    lines.add("1234\n");
    const auto line = lines.next();
    REQUIRE(line.has_value());
    REQUIRE_FALSE(line->has_value());
    CHECK(line->error().message == "it has more than 3 bytes: no message can be so long");
}

} // namespace line_splitter_test
