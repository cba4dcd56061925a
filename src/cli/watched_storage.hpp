// A storage that is asked at the end whether it has everything.
#pragma once

#include <sluice/local/storage.hpp>

#include <memory>
#include <utility>

namespace sluice::cli {

/// Another storage, and whether its last commit failed.
class watched_storage final : public local::storage {
  public:
    explicit watched_storage(std::shared_ptr<local::storage> kept) : kept_(std::move(kept)) {}

    void load(const visitor& visit) override { kept_->load(visit); }
    void commit(std::span<const local::storage_change> changes) override {
        failed_ = true; // unless the next line returns
        kept_->commit(changes);
        failed_ = false;
    }

    [[nodiscard]] bool failed() const noexcept { return failed_; }

  private:
    std::shared_ptr<local::storage> kept_;
    bool failed_ = false;
};

} // namespace sluice::cli
