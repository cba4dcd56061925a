#include "local/journal.hpp"

namespace sluice::local {

std::optional<std::string>& journal::value_of(std::string key) {
    news_ = true;
    const auto [at, is_new] = positions_.try_emplace(key, changes_.size());
    if (is_new) changes_.push_back({std::move(key), std::nullopt});
    return changes_[at->second].value;
}

void journal::put(std::string key, std::string value) { value_of(std::move(key)) = std::move(value); }

void journal::erase(std::string key) { value_of(std::move(key)).reset(); }

void journal::clear() {
    changes_.clear();
    positions_.clear();
}

std::string record_place::key_of(std::string_view name) const {
    if (name.empty()) return key_;
    std::string key;
    key.reserve(key_.size() + 1 + name.size());
    key += key_;
    key += '/';
    key += name;
    return key;
}

std::pair<std::string_view, std::string_view> split_key(std::string_view key) noexcept {
    const auto slash = key.find('/');
    if (slash == std::string_view::npos) return {key, {}};
    return {key.substr(0, slash), key.substr(slash + 1)};
}

} // namespace sluice::local
