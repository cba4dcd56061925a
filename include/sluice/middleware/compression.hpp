// Compressed bodies, by a codec of your own: the library comes with none.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/middleware/restored_content.hpp>
#include <sluice/sqs/delivery.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Of a compressed message: the codec's name. Its body is the compressed bytes in base64, as bodies are text.
inline constexpr const char* content_encoding_attribute = "content-encoding";

/// How bytes become fewer, and back. Both functions are called by several threads at once.
class SLUICE_API compression_codec {
  public:
    compression_codec() = default;
    compression_codec(std::string codec_name, std::function<std::string(std::string_view bytes)> compress_bytes,
                      std::function<std::string(std::string_view bytes, std::size_t most_bytes)> decompress_bytes)
        : name(std::move(codec_name)), compress(std::move(compress_bytes)), decompress(std::move(decompress_bytes)) {}

    /// 1 to 64 of a-z, 0-9 and `-`, such as `gzip`, `deflate`, `br`, `zstd` (IANA's HTTP content codings); not
    /// `identity`.
    std::string name;
    std::function<std::string(std::string_view bytes)> compress;
    /// Throws for what is not compressed data. It stops when it has more than `most_bytes`: then it throws, or returns
    /// what it has. A few bytes may claim to be gigabytes.
    std::function<std::string(std::string_view bytes, std::size_t most_bytes)> decompress;
};

struct compression_options {
    /// Bodies of fewer bytes are left as they are.
    std::size_t from_bytes = 1'024;
    /// The largest body that is written and read, decompressed; 1 byte to 1 GiB. Each message that is being handled may
    /// take this much memory, beside the reader's `bytes_in_flight`.
    std::size_t most_bytes = std::size_t(16) << 20;
    std::vector<compression_codec> also_read; ///< of messages that others wrote, or that were written before
};

/// Middleware that decompresses what `pack` has compressed, or anybody who keeps to the same convention.
///
///     sluice::message order = small.pack(std::move(content)); // before writer.write
///     auto handler = sluice::compose(handle_order).with(small);
///
/// The handler sees the message as it was before `pack`. Middlewares around it see it as it was received. Together with
/// a `claim_check`: `pack` compresses first, and its middleware is the inner one.
///
/// Threads: usable by all at once. Lifetime: copies share the codecs.
class SLUICE_API compression {
  public:
    /// Throw `error` with `errc::invalid_argument` for codecs without a function or with a bad name, two of one name,
    /// and options out of range.
    explicit compression(compression_codec codec);
    compression(compression_codec codec, compression_options options);

    /// The message with a compressed body, or as it is when it is small or would not get smaller.
    ///
    /// Throws `error`: `errc::invalid_argument` for a message that has `content-encoding` already, that has ten
    /// attributes, or whose structure is `json`, and when the codec throws; `errc::message_too_long` beyond
    /// `most_bytes`.
    [[nodiscard]] message pack(message content) const;

    /// As it was before `pack`: for what `read` gave, as `unpack(message_content(delivery))`. What has no
    /// `content-encoding`, or `identity`, stays as it is.
    ///
    /// Throws `error`: `errc::invalid_argument` for the name of a codec that is not here, and for what is not base64 or
    /// not what the codec takes; `errc::message_too_long` beyond `most_bytes`.
    [[nodiscard]] message_content unpack(message_content content) const;

    /// What `unpack` throws is a failure of the message: it comes again, and a `dead_letter` around takes it.
    template<class Next>
    boost::asio::awaitable<void> operator()(sqs::delivery& delivery, const Next& next) const {
        if (delivery.attribute(content_encoding_attribute) == nullptr) {
            co_await next(delivery);
            co_return;
        }
        const restored_content decompressed(delivery, unpack(message_content(delivery)));
        co_await next(delivery);
    }

  private:
    struct SLUICE_LOCAL shared;
    std::shared_ptr<const shared> shared_;
};

} // namespace sluice
