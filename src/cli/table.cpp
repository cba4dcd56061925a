#include "cli/table.hpp"

#include "cli/terminal_text.hpp"

#include <algorithm>
#include <numeric>

namespace sluice::cli {
namespace {

std::string padded(const std::string& text, style look, const styles& styles, table::align side, std::size_t width) {
    const std::size_t used = display_width(text);
    const std::string blanks(width > used ? width - used : 0, ' ');
    const std::string shown = styles.apply(look, text);
    return side == table::align::right ? blanks + shown : shown + blanks;
}

} // namespace

void table::add(std::vector<cell> row) {
    row.resize(columns_.size());
    for (cell& one : row) one.text = escaped(one.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::widths(std::size_t width) const {
    std::vector<std::size_t> wanted(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        wanted[i] = display_width(columns_[i].heading);
        for (const auto& row : rows_) wanted[i] = std::max(wanted[i], display_width(row[i].text));
    }
    if (width == 0 || columns_.empty()) return wanted;
    std::size_t total = std::accumulate(wanted.begin(), wanted.end(), gap * (columns_.size() - 1));
    while (total > width) {
        // The widest of those that may be cut gives way, so that short ones keep all of theirs.
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!columns_[i].shrinks || wanted[i] <= narrowest) continue;
            if (widest == columns_.size() || wanted[i] > wanted[widest]) widest = i;
        }
        if (widest == columns_.size()) break;
        --wanted[widest];
        --total;
    }
    return wanted;
}

std::string table::text(std::size_t width, const styles& look) const {
    const std::vector<std::size_t> wide = widths(width);
    std::string all;
    const auto add_line = [&](const auto& cell_of) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const cell one = cell_of(i);
            if (i > 0) line.append(gap, ' ');
            line += padded(shortened(one.text, wide[i]), one.looks, look, columns_[i].alignment, wide[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        all += line + '\n';
    };
    add_line([&](std::size_t i) { return cell(columns_[i].heading, style::bold); });
    for (const auto& row : rows_) {
        add_line([&](std::size_t i) { return row[i]; });
    }
    return all;
}

} // namespace sluice::cli
