// Rows under headings, aligned, as wide as there is room. No I/O.
#pragma once

#include "cli/styles.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::cli {

class table {
  public:
    enum class align { left, right };

    struct column {
        column() = default;
        explicit column(std::string text, align side = align::left, bool may_be_cut = false)
            : heading(std::move(text)), alignment(side), shrinks(may_be_cut) {}

        std::string heading;
        align alignment = align::left;
        bool shrinks = false; ///< its cells are cut when the table is too wide
    };
    struct cell {
        cell() = default;
        cell(std::string content) : text(std::move(content)) {}
        cell(const char* content) : text(content) {}
        cell(std::string content, style look) : text(std::move(content)), looks(look) {}

        std::string text; ///< of one line; control characters are escaped
        style looks = style::plain;
    };

    explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns, or fewer: the rest is empty.
    void add(std::vector<cell> row);
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

    /// Headings and rows, each with its line feed and without blanks at its end. `width`: columns of the terminal; 0:
    /// there is no bound. Columns that may be cut give way, to 8 columns each; a table that is still too wide stays so.
    [[nodiscard]] std::string text(std::size_t width, const styles& look) const;

  private:
    static constexpr std::size_t gap = 2;
    static constexpr std::size_t narrowest = 8;

    [[nodiscard]] std::vector<std::size_t> widths(std::size_t width) const;

    std::vector<column> columns_;
    std::vector<std::vector<cell>> rows_;
};

} // namespace sluice::cli
