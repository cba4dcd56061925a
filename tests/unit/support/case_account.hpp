// Counts the cases of a data set that others made: each is run, or it is in left_out/<set>.json with its reason.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace unit_tests {

class case_account {
  public:
    /// Reads `left_out/<set>.json`, an object of case id and reason.
    explicit case_account(std::string set);

    /// True when the case is to be run; a case that is left out is noted as seen.
    [[nodiscard]] bool wants(const std::string& id);
    /// `wrong` is empty for a case that holds; else what is wrong with it, which fails the test. A case that is run
    /// several times counts once.
    void ran(const std::string& id, const std::string& wrong);

    /// Prints the set's line, and fails the test where a case that is left out does not exist, or has no reason.
    void close();

  private:
    std::string set_;
    std::map<std::string, std::string> left_out_;
    std::set<std::string> seen_;
    std::set<std::string> passed_;
    std::set<std::string> failed_;
};

} // namespace unit_tests
