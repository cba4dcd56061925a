#include <sluice/credentials.hpp>

#include "credentials/secret.hpp"

namespace sluice {

credentials& credentials::operator=(credentials other) noexcept {
    access_key_id.swap(other.access_key_id);
    secret_access_key.swap(other.secret_access_key);
    session_token.swap(other.session_token);
    std::swap(expiration, other.expiration);
    account_id.swap(other.account_id);
    return *this;
}

credentials::~credentials() {
    wipe(access_key_id);
    wipe(secret_access_key);
    wipe(session_token);
}

} // namespace sluice
