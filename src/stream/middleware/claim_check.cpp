#include <sluice/middleware/claim_check.hpp>

#include "protocol/sha256.hpp"
#include "protocol/strict_json.hpp"
#include "stream/middleware/plain_text.hpp"
#include "stream/replaced_content.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::detail {
namespace {

using nlohmann::json;
using stream::in_quotes;
namespace names = claim_check_attributes;

constexpr std::string_view pointer_name = "software.amazon.payloadoffloading.PayloadS3Pointer";
constexpr std::string_view old_pointer_name = "com.amazon.sqs.javamessaging.MessageS3Pointer";
/// More than a pointer and its attributes take, without the bucket: the longest key is 1,024.
constexpr std::size_t pointer_bytes = 1'536;

[[noreturn]] void refuse(std::string why, errc code = errc::invalid_argument) {
    throw error(error_info(code, std::move(why)));
}

bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_made_of(std::string_view text, std::string_view others) noexcept {
    return std::ranges::all_of(
        text, [&others](char c) { return is_letter_or_digit(c) || others.find(c) != std::string_view::npos; });
}

/// Letters, digits and what S3 calls safe; and no way out of a folder, for stores that are one.
/// Source: S3 user guide, "Naming Amazon S3 objects".
bool is_key(std::string_view key) noexcept {
    if (key.empty() || key.size() > 1'024 || !is_made_of(key, "!_.*'()/-")) return false;
    while (true) {
        const auto slash = std::min(key.find('/'), key.size());
        const std::string_view part = key.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        if (slash == key.size()) return true;
        key.remove_prefix(slash + 1);
    }
}

void check_key(const claim_check_options& options, std::string_view key, const std::string& what) {
    if (!is_key(key)) {
        refuse(what + in_quotes(key) +
               ", which is not allowed: 1 to 1024 of A-Z a-z 0-9 ! _ . * ' ( ) / -, without "
               "an empty part, . or .. between slashes");
    }
    if (!key.starts_with(options.key_prefix)) {
        refuse(what + in_quotes(key) + ", which does not begin with " + in_quotes(options.key_prefix));
    }
}

const attribute_value* find(std::span<const named_attribute> attributes, std::string_view name) noexcept {
    const auto found = std::ranges::find(attributes, name, &named_attribute::name);
    return found == attributes.end() ? nullptr : &found->value;
}

std::size_t parse_size(const std::string& text) {
    std::size_t size = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (failure == std::errc() && end == text.data() + text.size()) return size;
    refuse("the size of the body elsewhere is " + in_quotes(text) + ", which is no number of bytes");
}

void check_size(const claim_check_options& options, std::size_t bytes) {
    if (bytes <= options.most_bytes) return;
    refuse("the body has " + std::to_string(bytes) + " bytes; bodies of at most " + std::to_string(options.most_bytes) +
               " (most_bytes) are stored and fetched",
           errc::message_too_long);
}

std::string read_pointer(const claim_check_options& options, std::string_view body) {
    const auto document = protocol::parse_strict_json(body, "the pointer to the body", {4'096, 2});
    if (!document) throw error(document.error());
    const json& pointer = *document;
    const auto text_at = [&pointer](const char* name) -> const std::string& {
        const auto& members = pointer[1];
        const auto found = members.find(name);
        if (found == members.end() || !found->is_string()) {
            refuse("the pointer to the body has no text " + std::string(name));
        }
        return found->get_ref<const std::string&>();
    };
    if (!pointer.is_array() || pointer.size() != 2 || !pointer[0].is_string() || !pointer[1].is_object() ||
        (pointer[0] != pointer_name && pointer[0] != old_pointer_name)) {
        refuse("the body is " + in_quotes(body) + ", which is not a pointer to one elsewhere: [\"" +
               std::string(pointer_name) + "\",{…}]");
    }
    const std::string& bucket = text_at("s3BucketName");
    if (bucket != options.bucket) {
        refuse("the pointer to the body names the bucket " + in_quotes(bucket) + "; only " + in_quotes(options.bucket) +
               " is read");
    }
    const std::string& key = text_at("s3Key");
    check_key(options, key, "the pointer to the body has the key ");
    return key;
}

std::string read_sha256(const claim_check_options& options, std::span<const named_attribute> attributes) {
    const attribute_value* const sha256 = find(attributes, names::sha256);
    if (sha256 == nullptr) {
        if (options.require_sha256) refuse("the message has no attribute " + std::string(names::sha256));
        return {};
    }
    const std::string& text = sha256->value();
    const bool hex = std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (text.size() != 64 || !hex) {
        refuse("the attribute " + std::string(names::sha256) + " is " + in_quotes(text) +
               ": it must be 64 of 0-9 and a-f");
    }
    return text;
}

} // namespace

void check_claim_options(const claim_check_options& options) {
    if (options.most_bytes == 0) refuse("most_bytes is 0: it must be 1 or more");
    if (options.threshold < 4'096) {
        refuse("threshold is " + std::to_string(options.threshold) +
               ": it must be 4096 or more, as a pointer needs room");
    }
    if (options.bucket.empty() || options.bucket.size() > 255 || !is_made_of(options.bucket, "._-")) {
        refuse("bucket is " + in_quotes(options.bucket) + ": it must be 1 to 255 of A-Z a-z 0-9 . _ -");
    }
    if (!is_made_of(options.key_prefix, "!_.*'()/-")) {
        refuse("key_prefix is " + in_quotes(options.key_prefix) + ": it must be of A-Z a-z 0-9 ! _ . * ' ( ) / -");
    }
}

bool needs_claim(const claim_check_options& options, const message& content) {
    constexpr std::array<std::string_view, 3> reserved{names::size, names::size_of_old_clients, names::sha256};
    constexpr std::string_view what = "the body cannot go to a store";
    const std::size_t bytes = content.size_in_bytes();
    // Small ones, too, must not look like a claim.
    if (auto failure = stream::check_not_reserved(content, reserved, what)) throw error(std::move(*failure));
    if (bytes <= options.threshold) return false;
    if (auto failure = stream::check_replaceable(content, 2, what)) throw error(std::move(*failure));
    check_size(options, content.body().size());
    const std::size_t others = bytes - content.body().size();
    if (others + pointer_bytes + options.bucket.size() > options.threshold) {
        refuse("the attributes alone have " + std::to_string(others) + " bytes: with a pointer they are above the " +
                   "threshold of " + std::to_string(options.threshold),
               errc::message_too_long);
    }
    return true;
}

message make_claim(const claim_check_options& options, const message& content, const std::string& key) {
    check_key(options, key, "the store gave the key ");
    const json members{{"s3BucketName", options.bucket}, {"s3Key", key}};
    auto attributes = content.attributes();
    attributes.emplace_back(names::size, attribute_value::number(std::to_string(content.body().size())));
    attributes.emplace_back(names::sha256, protocol::sha256_hex(content.body()));
    return stream::replace_content(content, json::array({pointer_name, members}).dump(), std::move(attributes));
}

std::optional<claim_ticket> read_claim(const claim_check_options& options, std::string_view body,
                                       std::span<const named_attribute> attributes) {
    const attribute_value* size = find(attributes, names::size);
    if (size == nullptr) size = find(attributes, names::size_of_old_clients);
    if (size == nullptr) return std::nullopt;
    const std::size_t bytes = parse_size(size->value());
    check_size(options, bytes);
    std::string key = read_pointer(options, body);
    return claim_ticket(std::move(key), bytes, read_sha256(options, attributes));
}

message_content redeem_claim(const claim_ticket& ticket, std::string bytes,
                             std::span<const named_attribute> attributes) {
    if (bytes.size() != ticket.bytes) {
        refuse("the store gave " + std::to_string(bytes.size()) + " bytes for " + in_quotes(ticket.key) +
                   "; the message says that it has " + std::to_string(ticket.bytes),
               errc::bad_reply);
    }
    if (!ticket.sha256.empty() && protocol::sha256_hex(bytes) != ticket.sha256) {
        refuse("what the store gave for " + in_quotes(ticket.key) + " has another SHA-256 than the message says",
               errc::bad_reply);
    }
    message_content content(std::move(bytes), {attributes.begin(), attributes.end()});
    for (const char* name : {names::size, names::size_of_old_clients, names::sha256}) {
        stream::remove_attribute(content.attributes, name);
    }
    return content;
}

} // namespace sluice::detail
