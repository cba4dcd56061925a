// A storage for tests: records in memory, and it fails when told to.
#pragma once

#include <sluice/local/storage.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

namespace local_tests {

class memory_storage final : public sluice::local::storage {
  public:
    std::map<std::string, std::string> records;
    std::string failure; ///< what `commit` fails with; empty: it works
    std::size_t commits = 0;
    std::size_t attempts = 0;
    std::mutex mutex; ///< for tests with a broker on another thread

    void load(const visitor& visit) override {
        for (const auto& [key, value] : records) visit(key, value);
    }

    void commit(std::span<const sluice::local::storage_change> changes) override {
        const std::lock_guard lock(mutex);
        ++attempts;
        if (!failure.empty()) throw std::runtime_error(failure);
        ++commits;
        for (const auto& one : changes) {
            if (one.value) records[one.key] = *one.value;
            else records.erase(one.key);
        }
    }
};

} // namespace local_tests
