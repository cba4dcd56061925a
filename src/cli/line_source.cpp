#include "cli/line_source.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <iostream>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;
using maybe_line = std::optional<std::string>;

[[noreturn]] void line_too_long() {
    throw std::runtime_error("a line of the input has more than " + std::to_string(line_source::longest_line) +
                             " bytes: it cannot be a message");
}

/// epoll refuses regular files; reading them does not block for long either.
class file_lines final : public line_source {
    asio::awaitable<maybe_line> read_line() override {
        std::string line;
        if (!std::getline(std::cin, line)) co_return std::nullopt;
        if (line.size() > longest_line) line_too_long();
        co_return line;
    }
};

class descriptor_lines final : public line_source {
  public:
    explicit descriptor_lines(const asio::any_io_executor& executor) : input_(executor, ::dup(STDIN_FILENO)) {}

  private:
    asio::awaitable<maybe_line> read_line() override {
        while (true) {
            const auto end = pending_.find('\n', searched_);
            if (end != std::string::npos) {
                std::string line = pending_.substr(begin_, end - begin_);
                begin_ = searched_ = end + 1;
                co_return line;
            }
            searched_ = pending_.size();
            pending_.erase(0, begin_);
            searched_ -= begin_;
            begin_ = 0;
            if (pending_.size() > longest_line) line_too_long();
            if (ended_) break;
            char bytes[16384];
            const auto read = co_await input_.async_read_some(asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
            const auto& [failure, count] = read;
            ended_ = failure == asio::error::eof;
            if (failure && !ended_) throw std::runtime_error("cannot read the input: " + failure.message());
            pending_.append(bytes, count);
        }
        if (pending_.empty()) co_return std::nullopt;
        std::string last = std::move(pending_);
        pending_.clear();
        searched_ = 0;
        co_return last;
    }

    asio::posix::stream_descriptor input_;
    std::string pending_;
    std::size_t begin_ = 0;
    std::size_t searched_ = 0;
    bool ended_ = false;
};

} // namespace

std::unique_ptr<line_source> standard_input_lines(const asio::any_io_executor& executor) {
    struct stat status{};
    const bool regular = ::fstat(STDIN_FILENO, &status) == 0 && !S_ISFIFO(status.st_mode) &&
                         !S_ISSOCK(status.st_mode) && ::isatty(STDIN_FILENO) == 0;
    if (regular) return std::make_unique<file_lines>();
    return std::make_unique<descriptor_lines>(executor);
}

} // namespace sluice::cli
