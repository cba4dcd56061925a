#include "local/key_ring.hpp"

#include <utility>

namespace sluice::local {
namespace {

constexpr std::size_t most_issued = 10'000;
// As long as those of AWS: a client that cuts them off shall fail here too.
constexpr std::size_t id_length = 20;
constexpr std::size_t secret_length = 40;
constexpr std::size_t token_length = 720;

constexpr std::string_view of_ids = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view of_secrets = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

key_ring::key_ring(std::vector<access_key> keys, const std::string& default_account) {
    for (access_key& key : keys) {
        if (key.account_id.empty()) key.account_id = default_account;
        auto known = std::make_shared<known_key>();
        known->owner = root_of(key.account_id);
        known->key = std::move(key);
        keys_.try_emplace(known->key.id, known);
    }
}

std::shared_ptr<const known_key> key_ring::find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : found->second;
}

known_key key_ring::issue(identity owner, time_point expires) {
    known_key made;
    made.key.id = "ASIA" + random_text(id_length - 4, of_ids);
    made.key.secret = random_text(secret_length, of_secrets);
    made.key.session_token = random_text(token_length, of_secrets);
    made.key.account_id = owner.account_id;
    made.owner = std::move(owner);
    made.expires = expires;
    const std::lock_guard lock(mutex_);
    keys_.insert_or_assign(made.key.id, std::make_shared<const known_key>(made));
    issued_.push_back(made.key.id);
    if (issued_.size() > most_issued) {
        keys_.erase(issued_.front());
        issued_.pop_front();
    }
    return made;
}

identity key_ring::root_of(const std::string& account_id) {
    return {account_id, "arn:aws:iam::" + account_id + ":root", account_id};
}

} // namespace sluice::local
