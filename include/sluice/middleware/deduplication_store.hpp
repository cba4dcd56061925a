// Where `deduplicate` remembers what was handled.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace sluice {

/// What a store says of a key that somebody is about to handle.
enum class deduplication_state {
    granted,   ///< handle it: nobody else may until you commit or forget, or until your claim lapses
    under_way, ///< somebody else has it
    committed, ///< it was handled
};

/// The answer of `begin`, to be given back to `commit` or `forget`.
class deduplication_claim {
  public:
    deduplication_claim() = default;
    /// `token` is the store's own, to tell a claim from a later one for the same key.
    deduplication_claim(deduplication_state state, std::string key, std::uint64_t token = 0)
        : state_(state), key_(std::move(key)), token_(token) {}

    [[nodiscard]] deduplication_state state() const noexcept { return state_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] std::uint64_t token() const noexcept { return token_; }

  private:
    deduplication_state state_ = deduplication_state::under_way;
    std::string key_;
    std::uint64_t token_ = 0;
};

/// A memory of keys; may be a database that many processes share. Called by several coroutines and threads at once.
///
/// * `begin(key)` is atomic: of those that ask for a key at once, one is granted it. A claim must lapse some time after
///   its owner died. What it throws fails the message, which is then not handled and comes again.
/// * `commit(claim)`: the key was handled; from then on `begin` says `committed`, for as long as the store remembers.
///   Also for a claim that has lapsed.
/// * `forget(claim)`: it was not; the next `begin` is granted. Nothing when the claim has lapsed and the key is
/// somebody
///   else's.
///
/// `commit` and `forget` are not cancelled when the handler is; they must bound their own time, as the handler has not
/// ended before they have.
template<class Store>
concept deduplication_store = requires(Store& store, std::string key, deduplication_claim claim) {
    { store.begin(std::move(key)) } -> std::same_as<boost::asio::awaitable<deduplication_claim>>;
    { store.commit(std::move(claim)) } -> std::same_as<boost::asio::awaitable<void>>;
    { store.forget(std::move(claim)) } -> std::same_as<boost::asio::awaitable<void>>;
};

} // namespace sluice
