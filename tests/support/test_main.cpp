#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "test_support.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace test_support {
namespace {

bool current_skipped = false;
std::vector<std::string> reasons;

/// Prints `counts: P passed, F failed, S skipped` as the last line: `./run test` adds these up over all programs.
struct count_reporter final : doctest::IReporter {
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;

    explicit count_reporter(const doctest::ContextOptions&) {}

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {
        for (const auto& reason : reasons) std::cout << "skipped: " << reason << '\n';
        std::cout << "counts: " << passed << " passed, " << failed << " failed, " << skipped << " skipped" << std::endl;
    }
    void test_case_start(const doctest::TestCaseData&) override { current_skipped = false; }
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
        if (!stats.testCaseSuccess) ++failed;
        else if (current_skipped) ++skipped;
        else ++passed;
    }
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};

} // namespace

void skip(std::string_view reason) {
    current_skipped = true;
    reasons.emplace_back(reason);
}

std::optional<std::filesystem::path> conformance_dir() {
    if (const char* given = std::getenv("SLUICE_CONFORMANCE_DIR"); given != nullptr && *given != '\0') {
        return std::filesystem::path(given);
    }
    const std::filesystem::path beside = std::filesystem::path(SLUICE_SOURCE_DIR) / ".." / "shared" / "conformance";
    if (std::filesystem::is_directory(beside)) return beside.lexically_normal();
    return std::nullopt;
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace test_support

REGISTER_LISTENER("counts", 1, test_support::count_reporter);
