// The words of a credential_process.
#include "credentials/process_command.hpp"

#include <doctest/doctest.h>

#include <map>

namespace process_command_test {

using words = std::vector<std::string>;

TEST_CASE("process command: split as a POSIX shell does") {
    const std::map<std::string, words> cases{
        {"get-keys", {"get-keys"}},          {"  a\tb \n c ", {"a", "b", "c"}},
        {R"(a "b c" d)", {"a", "b c", "d"}}, {R"(a 'b "c' d)", {"a", R"(b "c)", "d"}},
        {R"(a\ b c)", {"a b", "c"}},         {R"("a\"b" "c\\d" "e\f")", {R"(a"b)", R"(c\d)", R"(e\f)"}},
        {R"('a\b' c)", {R"(a\b)", "c"}},     {R"(a'b'"c"d)", {"abcd"}},
        {R"(a "" '')", {"a", "", ""}},
    };
    for (const auto& [command, expected] : cases) {
        CAPTURE(command);
        CHECK(sluice::split_command(command).value() == expected);
    }
}

TEST_CASE("process command: what a shell would do is not done") {
    CHECK(sluice::split_command("a | b; c && d > e $HOME `f` * # g").value() ==
          words{"a", "|", "b;", "c", "&&", "d", ">", "e", "$HOME", "`f`", "*", "#", "g"});
}

TEST_CASE("process command: what cannot be split is an error that does not repeat it") {
    const std::map<std::string, std::string> cases{
        {"", "it is empty"},
        {"  \t", "it is empty"},
        {"a 'secret", "a ' is not closed"},
        {"a \"secret", "a \" is not closed"},
        {"a secret\\", "it ends with a backslash"},
    };
    for (const auto& [command, why] : cases) {
        CAPTURE(command);
        const auto got = sluice::split_command(command);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().message == "the command cannot be split into words: " + why);
    }
}

} // namespace process_command_test
