// A short text that needs no memory of its own, as ids and sums are: each message in a buffer or in a queue of the
// embedded broker has some.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::protocol {

/// At most `most` bytes.
template<std::size_t most>
class short_text {
  public:
    static_assert(most <= UINT8_MAX);

    short_text() = default;
    /// Throws std::length_error for a longer one.
    short_text(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
        if (text.size() > most) throw std::length_error("a text of more than " + std::to_string(most) + " bytes");
        std::ranges::copy(text, bytes_.begin());
    }
    short_text(const std::string& text) : short_text(std::string_view(text)) {}
    short_text(const char* text) : short_text(std::string_view(text)) {}

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    operator std::string_view() const noexcept { return view(); }
    friend bool operator==(const short_text& a, const short_text& b) noexcept { return a.view() == b.view(); }

  private:
    std::array<char, most> bytes_{};
    std::uint8_t size_ = 0;
};

using md5_text = short_text<32>; ///< lower-case hex; empty where the system offers no MD5

} // namespace sluice::protocol
