// Completion and the man page say what the parser knows.
#include "cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace completion_test {

using namespace sluice::cli;

namespace {

struct values {
    std::string file, shell, word = "text";
    std::vector<std::string> names;
    int count = 3;
    bool flag = false;
};

std::unique_ptr<CLI::App> program(values& into) {
    auto app = std::make_unique<CLI::App>("What it's for.");
    app->name("tool");
    CLI::App* read = app->add_subcommand("read", "Reads: things");
    read->add_option("names", into.names, "Which")->required();
    read->add_option("-c,--count", into.count, "How many")->capture_default_str();
    read->add_option("--input", into.file, "Where from")->type_name("FILE");
    read->add_option("--output", into.word, "How")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
    read->add_flag("--follow", into.flag, "It's endless");
    read->footer("Example:\n  tool read -c 5\n.not a request");
    CLI::App* chain = app->add_subcommand("chain", "Chains");
    chain->add_subcommand("apply", "Applies")
        ->add_option("shell", into.shell, "One")
        ->check(CLI::IsMember({"bash", "zsh"}));
    return app;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("program tree: as the parser has it") {
    values into;
    const auto app = program(into);
    const command_description tree = describe(*app);
    CHECK(tree.path == "tool");
    const auto all = all_commands(tree);
    REQUIRE(all.size() == 4);
    CHECK(all[1]->path == "tool read");
    CHECK(all[3]->path == "tool chain apply");
    const command_description& read = *all[1];
    REQUIRE(read.arguments.size() == 1);
    CHECK(read.arguments[0].required);
    CHECK(read.arguments[0].many);
    REQUIRE(read.options.size() == 5); // with --help
    CHECK(read.options[1].names == std::vector<std::string>{"-c", "--count"});
    CHECK(read.options[1].preset == "3");
    CHECK(read.options[2].files);
    CHECK(read.options[2].value == "FILE");
    CHECK(read.options[3].choices == std::vector<std::string>{"text", "json"});
    CHECK(read.options[4].value.empty());
    CHECK(all[3]->arguments[0].choices == std::vector<std::string>{"bash", "zsh"});
}

TEST_CASE("completion scripts: every command and option, quoted for their shell") {
    values into;
    const auto app = program(into);
    const command_description tree = describe(*app);
    const std::string bash = bash_completion(tree);
    CHECK(has(bash, "complete -F _tool tool\n"));
    CHECK(has(bash, "'tool read'|'tool chain'|'tool chain apply') at="));
    CHECK(has(bash, "'tool read --output') mapfile -t COMPREPLY < <(compgen -W 'text json'"));
    CHECK(has(bash, "'tool read -c'|'tool read --count') return"));
    CHECK_FALSE(has(bash, "PATHS"));
    CHECK_FALSE(has(bash, "NAME"));
    const std::string zsh = zsh_completion(tree);
    CHECK(has(zsh, "#compdef tool\n"));
    CHECK(has(zsh, R"('--follow:It'\''s endless')"));
    CHECK(has(zsh, "'read:Reads: things'"));
    const std::string fish = fish_completion(tree);
    CHECK(has(fish, R"(-d 'It'\''s endless')"));
    CHECK(has(fish, "-n \"__tool_at tool chain apply\" -a 'bash'"));
}

TEST_CASE("man page: requests are escaped, every option is there") {
    values into;
    const auto app = program(into);
    const std::string page = man_page(describe(*app), "1.2");
    for (const char* part : {".TH TOOL 1", "\"tool 1.2\"", "\\fB\\-c\\fR, \\fB\\-\\-count\\fR \\fI", "Default: 3.",
                             ".SS tool chain apply", "\\fBtext|json\\fR", "\n\\&.not a request", "\\fINAMES\\fR ..."}) {
        CAPTURE(part);
        CHECK(has(page, part));
    }
}

} // namespace completion_test
