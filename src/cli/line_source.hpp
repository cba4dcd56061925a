// The lines of stdin, without blocking the executor on a pipe or terminal.
#pragma once

#include "cli/line_splitter.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

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

    /// The next line without its line feed, or why it is none; nothing at the end and after `stop`. A last line need
    /// not end in a line feed. Throws std::runtime_error when the input cannot be read.
    boost::asio::awaitable<std::optional<result<std::string>>> next();

    /// No further lines: whoever waits for one gets nothing. On the executor. False: it was at its end already.
    bool stop();

  private:
    /// 0 at the end.
    virtual boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer space) = 0;
    virtual void cut() {}

    line_splitter lines_{longest_line};
    bool ended_ = false;
    bool stopped_ = false;
};

/// Of stdin. Works for pipes and terminals (waited for by the executor), and for files.
std::shared_ptr<line_source> standard_input_lines(const boost::asio::any_io_executor& executor);

} // namespace sluice::cli
