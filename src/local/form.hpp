// An application/x-www-form-urlencoded body, or the query of a URL, taken apart. Pure.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// The decoded parameters in the order of their names. Of several with the same name the last one counts. They are
/// views into the form, which stay good when it is moved.
class form {
  public:
    struct parameter {
        std::string_view name;
        std::string_view value;
    };

    form() = default;
    /// Throws `fault` for what is not a form or has too many parameters.
    explicit form(std::string_view encoded);
    form(form&&) noexcept = default;
    form& operator=(form&&) noexcept = default;

    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// Empty when it is not there.
    [[nodiscard]] std::string_view text(std::string_view name) const { return find(name).value_or(std::string_view()); }
    [[nodiscard]] std::span<const parameter> all() const noexcept { return parameters_; }

  private:
    std::unique_ptr<std::string> decoded_; ///< of all parameters, one behind the other
    std::vector<parameter> parameters_;
};

/// Those parameters among `sorted` whose names begin with `prefix` from position `from` on, where the names do not
/// differ before. Logarithmic.
std::span<const form::parameter> beginning_with(std::span<const form::parameter> sorted, std::size_t from,
                                                std::string_view prefix);

} // namespace sluice::local
