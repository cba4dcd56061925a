#include "support/case_account.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <iostream>

namespace unit_tests {

case_account::case_account(std::string set) : set_(std::move(set)) {
    const std::string file = std::string(SLUICE_LEFT_OUT_DIR) + "/" + set_ + ".json";
    left_out_ = nlohmann::json::parse(test_support::read_file(file)).get<std::map<std::string, std::string>>();
}

bool case_account::wants(const std::string& id) {
    if (!left_out_.contains(id)) return true;
    seen_.insert(id);
    return false;
}

void case_account::ran(const std::string& id, const std::string& wrong) {
    (wrong.empty() ? passed_ : failed_).insert(id);
    INFO(set_ << ": " << id);
    CHECK(wrong == "");
}

void case_account::close() {
    for (const auto& [id, reason] : left_out_) {
        INFO(set_ << ": " << id << " is left out");
        CHECK(seen_.contains(id)); // else the case is gone, or it is run after all
        CHECK(reason.size() > 10);
    }
    for (const std::string& id : failed_) passed_.erase(id);
    CHECK_FALSE(passed_.empty());
    std::cout << "conformance: " << set_ << ": " << passed_.size() << " cases passed, " << left_out_.size()
              << " left out";
    if (!failed_.empty()) std::cout << ", " << failed_.size() << " FAILED";
    std::cout << '\n';
}

} // namespace unit_tests
