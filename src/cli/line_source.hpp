// The lines of stdin or of a file, without blocking the executor on a pipe or terminal.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice::cli {

class line_source {
  public:
    /// The longest line that is taken; what is longer cannot be a message.
    static constexpr std::size_t longest_line = std::size_t(2) << 20;

    virtual ~line_source() = default;
    line_source() = default;
    line_source(const line_source&) = delete;
    line_source& operator=(const line_source&) = delete;

    /// The next line without its line feed; nothing at the end. A last line need not end in one. Throws
    /// std::runtime_error for a line over `longest_line` and for a read error.
    boost::asio::awaitable<std::optional<std::string>> next() { return read_line(); }

  private:
    virtual boost::asio::awaitable<std::optional<std::string>> read_line() = 0;
};

/// Of stdin. Works for pipes and terminals (waited for by the executor), and for regular files (read at once).
std::unique_ptr<line_source> standard_input_lines(const boost::asio::any_io_executor& executor);

} // namespace sluice::cli
