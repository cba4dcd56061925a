#include "credentials/credentials_document.hpp"

#include "credentials/secret.hpp"
#include "protocol/ascii.hpp"
#include "protocol/timestamp.hpp"

// Not nlohmann_json, as elsewhere: its lexer leaves copies of what it has read, and here that is secret.
#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

namespace sluice {
namespace {

constexpr std::size_t deepest = 8;
constexpr std::size_t longest_error = 300;

/// Overwrites what it gives back. It remembers the sizes: Boost.JSON does not always name the one that it asked for.
class wiping_resource final : public boost::json::memory_resource {
    static constexpr std::size_t head = alignof(std::max_align_t);

    void* do_allocate(std::size_t size, std::size_t /*alignment: never more than that of operator new*/) override {
        auto* const block = static_cast<unsigned char*>(::operator new(size + head));
        std::memcpy(block, &size, sizeof(size));
        return block + head;
    }
    void do_deallocate(void* memory, std::size_t, std::size_t) override {
        unsigned char* const block = static_cast<unsigned char*>(memory) - head;
        std::size_t size = 0;
        std::memcpy(&size, block, sizeof(size));
        OPENSSL_cleanse(block, size + head);
        ::operator delete(block);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

void take_members(const boost::json::object& from, const std::string& prefix, credentials_document& into) {
    for (const auto& member : from) {
        const std::string path = prefix + protocol::lower_case({member.key().data(), member.key().size()});
        const boost::json::value& value = member.value();
        if (const auto* text = value.if_string()) {
            std::string& to = into.texts[path];
            wipe(to);
            to.assign(text->data(), text->size());
        } else if (const auto* number = value.if_int64()) {
            into.numbers[path] = *number;
        } else if (const auto* inner = value.if_object()) {
            take_members(*inner, path + ".", into);
        }
    }
}

error_info wrong(std::string why);

[[gnu::noinline]] result<credentials_document> read_members(std::string_view json) {
    wiping_resource memory;
    boost::json::parse_options options;
    options.max_depth = deepest;
    boost::json::parser parser(&memory, options); // what it needs on the way is overwritten, too
    parser.reset(&memory);
    boost::system::error_code failure;
    parser.write(json.data(), json.size(), failure);
    if (failure) return wrong("the answer is not a JSON object");
    const boost::json::value whole = parser.release();
    if (!whole.is_object()) return wrong("the answer is not a JSON object");
    credentials_document found;
    take_members(whole.get_object(), "", found);
    return found;
}

/// Overwrites what the functions called before have left on the stack: Boost.JSON unescapes texts there.
[[gnu::noinline]] void wipe_stack() noexcept {
    std::array<unsigned char, std::size_t(32) << 10U> below;
    OPENSSL_cleanse(below.data(), below.size());
}

error_info wrong(std::string why) { return error_info(errc::credentials, std::move(why)); }

/// What all of them have: the names differ.
struct member_names {
    std::string_view id;
    std::string_view secret;
    std::string_view token;
    bool needs_token = false;
};

result<credentials> read_keys(const credentials_document& from, const member_names& names) {
    credentials keys(from.text(names.id), from.text(names.secret), from.text(names.token));
    if (keys.access_key_id.empty()) return wrong("the answer has no " + std::string(names.id));
    if (keys.secret_access_key.empty()) return wrong("the answer has no " + std::string(names.secret));
    if (names.needs_token && keys.session_token.empty()) return wrong("the answer has no " + std::string(names.token));
    keys.account_id = from.text("accountid");
    const std::string& expiration = from.text("expiration");
    if (!expiration.empty()) {
        keys.expiration = protocol::parse_date_time(expiration);
        if (!keys.expiration) return wrong("the Expiration is \"" + expiration + "\", which is not a time");
    }
    return keys;
}

std::string printable(std::string_view text) {
    std::string line(text.substr(0, longest_error));
    std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return line;
}

} // namespace

credentials_document::~credentials_document() {
    for (auto& [path, value] : texts) wipe(value);
}

result<credentials_document> credentials_document::parse(std::string_view json) {
    auto found = read_members(json);
    wipe_stack();
    return found;
}

const std::string& credentials_document::text(std::string_view path) const {
    static const std::string nothing;
    const auto found = texts.find(path);
    return found == texts.end() ? nothing : found->second;
}

std::optional<std::int64_t> credentials_document::number(std::string_view path) const {
    const auto found = numbers.find(path);
    if (found == numbers.end()) return std::nullopt;
    return found->second;
}

result<credentials> parse_process_output(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return document.error();
    const auto version = document->number("version");
    if (!version) return wrong("the answer has no Version");
    if (*version != 1) return wrong("the Version of the answer is " + std::to_string(*version) + ": it must be 1");
    return read_keys(*document, {"accesskeyid", "secretaccesskey", "sessiontoken"});
}

result<credentials> parse_container_reply(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return document.error();
    return read_keys(*document, {"accesskeyid", "secretaccesskey", "token"});
}

result<credentials> parse_instance_reply(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return document.error();
    const std::string& code = document->text("code");
    if (code != "Success") {
        return wrong("the metadata service says " + printable(code.empty() ? "nothing of success" : code) +
                     (document->text("message").empty() ? "" : ": " + printable(document->text("message"))));
    }
    return read_keys(*document, {"accesskeyid", "secretaccesskey", "token", true});
}

result<credentials> parse_sso_reply(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return document.error();
    auto keys = read_keys(*document, {"rolecredentials.accesskeyid", "rolecredentials.secretaccesskey",
                                      "rolecredentials.sessiontoken", true});
    if (!keys) return keys;
    const auto expiration = document->number("rolecredentials.expiration");
    if (!expiration) return wrong("the answer has no rolecredentials.expiration");
    keys->expiration = protocol::time_of_milliseconds(*expiration);
    return keys;
}

std::string error_text_of(std::string_view json) {
    const auto document = credentials_document::parse(json);
    if (!document) return {};
    std::string line;
    for (const std::string_view name : {"code", "__type", "error", "message", "error_description"}) {
        const std::string& text = document->text(name);
        if (text.empty()) continue;
        if (!line.empty()) line += ": ";
        line += printable(text);
    }
    return line;
}

} // namespace sluice
