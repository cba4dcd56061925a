// From bytes as they come to lines. No I/O.
#pragma once

#include <sluice/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Holds one line and what was added at once; of a line that is longer than it may be, nothing but that it was there.
class line_splitter {
  public:
    explicit line_splitter(std::size_t longest) : longest_(longest) {}

    void add(std::string_view bytes) { pending_.append(bytes); }
    /// There will be no more bytes; a last line need not end in a line feed.
    void end() noexcept { ended_ = true; }

    /// The next line without its line feed, or `errc::message_too_long` in its place. Nothing: more bytes are needed.
    [[nodiscard]] std::optional<result<std::string>> next() {
        const auto feed = pending_.find('\n', searched_);
        if (feed != std::string::npos) return take(feed, feed + 1);
        if (ended_ && (skipping_ || begin_ < pending_.size())) return take(pending_.size(), pending_.size());
        pending_.erase(0, begin_);
        if (pending_.size() > longest_) {
            skipping_ = true;
            pending_.clear();
        }
        begin_ = 0;
        searched_ = pending_.size();
        return std::nullopt;
    }

  private:
    std::optional<result<std::string>> take(std::size_t end, std::size_t next) {
        std::string line = pending_.substr(begin_, end - begin_);
        const bool too_long = skipping_ || line.size() > longest_;
        begin_ = searched_ = next;
        skipping_ = false;
        if (!too_long) return result<std::string>(std::move(line));
        return result<std::string>(error_info(errc::message_too_long, "it has more than " + std::to_string(longest_) +
                                                                          " bytes: no message can be so long"));
    }

    std::size_t longest_;
    std::string pending_;
    std::size_t begin_ = 0;
    std::size_t searched_ = 0; ///< there is no line feed before
    bool skipping_ = false;    ///< the line at hand is too long; its beginning is gone
    bool ended_ = false;
};

} // namespace sluice::cli
