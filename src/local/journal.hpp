// What changed and is not stored yet, and the places where the parts of the broker write it down. Pure.
#pragma once

#include "local/record.hpp"

#include <sluice/local/storage.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::local {

/// Of each record only the last change counts: what comes and goes between two commits costs little.
class journal {
  public:
    void put(std::string key, std::string value);
    void erase(std::string key);

    [[nodiscard]] std::span<const storage_change> changes() const noexcept { return changes_; }
    [[nodiscard]] std::size_t size() const noexcept { return changes_.size(); }
    /// They are stored.
    void clear();

    /// Whether something was written down since `take_note`.
    [[nodiscard]] bool has_news() const noexcept { return news_; }
    void take_note() noexcept { news_ = false; }

  private:
    std::optional<std::string>& value_of(std::string key);

    std::vector<storage_change> changes_;
    std::unordered_map<std::string, std::size_t> positions_; ///< in `changes_`
    bool news_ = false;
};

/// The key under which one object's records are, with what is below it. Without a journal all of it is nothing.
class record_place {
  public:
    record_place() = default;
    record_place(journal* to, std::string key) : journal_(to), key_(to == nullptr ? std::string() : std::move(key)) {}

    /// False: nothing is kept, so do not write records.
    explicit operator bool() const noexcept { return journal_ != nullptr; }
    [[nodiscard]] record_place below(std::string_view name) const {
        return journal_ == nullptr ? record_place() : record_place(journal_, key_of(name));
    }

    /// An empty name is the object itself.
    void put(std::string_view name, record_writer record) const {
        if (journal_ != nullptr) journal_->put(key_of(name), record.finish());
    }
    void erase(std::string_view name) const {
        if (journal_ != nullptr) journal_->erase(key_of(name));
    }

  private:
    [[nodiscard]] std::string key_of(std::string_view name) const;

    journal* journal_ = nullptr;
    std::string key_;
};

/// `orders/message/0001` -> `orders` and `message/0001`; the second part is empty when there is no slash.
std::pair<std::string_view, std::string_view> split_key(std::string_view key) noexcept;

} // namespace sluice::local
