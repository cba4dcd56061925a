// Values that leave nothing in memory.
#pragma once

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace sigv4::detail {

/// An array of bytes that is overwritten when it goes, also when an exception
/// takes it away.
template<class Bytes>
class wiped {
  public:
    wiped() = default;
    explicit wiped(const Bytes& bytes) noexcept : bytes_(bytes) {}
    wiped(const wiped&) = delete;
    wiped& operator=(const wiped&) = delete;
    ~wiped() { OPENSSL_cleanse(bytes_.data(), sizeof(bytes_)); }

    Bytes& operator*() noexcept { return bytes_; }
    Bytes* operator->() noexcept { return &bytes_; }

  private:
    Bytes bytes_{};
};

/// A secret of any length. It is allocated once, so that no copy of it is left
/// behind by growing.
class wiped_text {
  public:
    wiped_text() = default;
    explicit wiped_text(std::string_view text, std::string_view more = {}) {
        text_.reserve(text.size() + more.size());
        text_ += text;
        text_ += more;
    }
    wiped_text(const wiped_text&) = delete;
    wiped_text& operator=(const wiped_text&) = delete;
    ~wiped_text() { OPENSSL_cleanse(text_.data(), text_.size()); }

    /// What was here ends in `other`, and is wiped with it.
    void swap(wiped_text& other) noexcept { text_.swap(other.text_); }
    [[nodiscard]] std::string_view view() const noexcept { return text_; }

  private:
    std::string text_;
};

} // namespace sigv4::detail
