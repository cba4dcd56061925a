// The documents that hand out keys, and the words of a credential_process. Keys that are taken are whole; what is
// written of a token is read again as the same; words split from quoted words are the same words.
#include "credentials/credentials_document.hpp"
#include "credentials/process_command.hpp"
#include "credentials/sso_token.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(const sluice::result<sluice::credentials>& keys) {
    if (keys && (keys->access_key_id.empty() || keys->secret_access_key.empty())) std::abort();
    if (!keys && keys.error().message.empty()) std::abort();
}

std::string quoted(const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(sluice::parse_process_output(text));
    check(sluice::parse_container_reply(text));
    check(sluice::parse_instance_reply(text));
    check(sluice::parse_sso_reply(text));
    if (sluice::error_text_of(text).find('\n') != std::string::npos) std::abort();
    const auto token = sluice::sso_token::parse(text);
    if (token) {
        const std::string written = token->to_json();
        const auto again = sluice::sso_token::parse(written);
        if (again && again->to_json() != written) std::abort(); // a time at the end of the year 9999 may be lost
    }
    const auto words = sluice::split_command(text);
    if (words) {
        std::string line;
        for (const std::string& word : *words) line += quoted(word) + " ";
        const auto again = sluice::split_command(line);
        if (!again || *again != *words) std::abort();
    }
    return 0;
}
