#include <sluice/middleware/compression.hpp>

#include "protocol/ascii.hpp"
#include "protocol/base64.hpp"
#include "stream/middleware/plain_text.hpp"
#include "stream/replaced_content.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/failure.hpp>

#include <algorithm>
#include <array>
#include <exception>

namespace sluice {

using stream::in_quotes;

struct compression::shared {
    std::vector<compression_codec> codecs; ///< the first one writes
    std::size_t from_bytes = 0;
    std::size_t most_bytes = 0;

    [[nodiscard]] const compression_codec* find(std::string_view name) const noexcept {
        const auto found = std::ranges::find(codecs, name, &compression_codec::name);
        return found == codecs.end() ? nullptr : &*found;
    }
};

namespace {

[[noreturn]] void refuse(std::string why, errc code = errc::invalid_argument) {
    throw error(error_info(code, std::move(why)));
}

constexpr std::size_t most_most_bytes = std::size_t(1) << 30; // what base64 of OpenSSL counts in an int

void check(const std::vector<compression_codec>& codecs, const compression_options& options) {
    if (options.most_bytes == 0 || options.most_bytes > most_most_bytes) {
        refuse("most_bytes is " + std::to_string(options.most_bytes) + ": it must be 1 to " +
               std::to_string(most_most_bytes));
    }
    for (const compression_codec& one : codecs) {
        const bool charset = std::ranges::all_of(
            one.name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
        if (!charset || one.name.empty() || one.name.size() > 64 || one.name == "identity") {
            refuse("the name of a compression codec is " + in_quotes(one.name) +
                   ": it must be 1 to 64 of a-z, 0-9 and -, and not identity");
        }
        if (!one.compress || !one.decompress) {
            refuse("the compression codec " + in_quotes(one.name) + " lacks one of its functions");
        }
        if (std::ranges::count(codecs, one.name, &compression_codec::name) > 1) {
            refuse("there are two compression codecs with the name " + in_quotes(one.name));
        }
    }
}

void check_size(std::size_t bytes, std::size_t most, const std::string& what) {
    if (bytes <= most) return;
    refuse(what + " more than " + std::to_string(most) + " bytes, which is most_bytes", errc::message_too_long);
}

/// What a codec throws becomes an error that says of what.
template<class Operation>
std::string guarded(const std::string& what, const Operation& operation) {
    try {
        return operation();
    } catch (...) {
        refuse(what + ": " + stream::one_line(describe_failure(std::current_exception()), 200));
    }
}

} // namespace

compression::compression(compression_codec codec) : compression(std::move(codec), compression_options()) {}

compression::compression(compression_codec codec, compression_options options) {
    auto made = std::make_shared<shared>();
    made->codecs.push_back(std::move(codec));
    for (compression_codec& one : options.also_read) made->codecs.push_back(std::move(one));
    made->from_bytes = options.from_bytes;
    made->most_bytes = options.most_bytes;
    check(made->codecs, options);
    shared_ = std::move(made);
}

message compression::pack(message content) const {
    constexpr std::string_view what = "the message cannot be compressed";
    constexpr std::array<std::string_view, 1> reserved{content_encoding_attribute};
    const compression_codec& codec = shared_->codecs.front();
    const std::string& body = content.body();
    if (auto failure = stream::check_not_reserved(content, reserved, what)) throw error(std::move(*failure));
    check_size(body.size(), shared_->most_bytes, "the body has");
    if (body.size() < shared_->from_bytes) return content;
    const std::string bytes =
        guarded("the body cannot be compressed as " + codec.name, [&] { return codec.compress(body); });
    constexpr std::size_t attribute_bytes = std::string_view(content_encoding_attribute).size() + sizeof("String") - 1;
    if ((bytes.size() + 2) / 3 * 4 + attribute_bytes + codec.name.size() >= body.size()) return content;
    if (auto failure = stream::check_replaceable(content, 1, what)) throw error(std::move(*failure));
    auto attributes = content.attributes();
    attributes.emplace_back(content_encoding_attribute, codec.name);
    return stream::replace_content(content, protocol::base64_encode(bytes), std::move(attributes));
}

message_content compression::unpack(message_content content) const {
    const auto found = std::ranges::find(content.attributes, content_encoding_attribute, &named_attribute::name);
    if (found == content.attributes.end()) return content;
    const std::string name = protocol::lower_case(protocol::trimmed(found->value.value()));
    if (name == "identity") return content;
    const compression_codec* const codec = shared_->find(name);
    if (codec == nullptr)
        refuse("the message has the content-encoding " + in_quotes(name) + ", which is not known here");
    const auto bytes = protocol::base64_decode(content.body);
    if (!bytes) refuse("the message has the content-encoding " + in_quotes(name) + ", but its body is not base64");
    content.body = guarded("the body cannot be decompressed as " + name,
                           [&] { return codec->decompress(*bytes, shared_->most_bytes); });
    check_size(content.body.size(), shared_->most_bytes, "the decompressed body has");
    stream::remove_attribute(content.attributes, content_encoding_attribute);
    return content;
}

} // namespace sluice
