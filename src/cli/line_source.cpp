#include "cli/line_source.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::cli {
namespace {

namespace asio = boost::asio;

[[noreturn]] void cannot_read(const std::string& why) { throw std::runtime_error("cannot read the input: " + why); }

/// epoll refuses files; reading them does not block for long either.
class file_lines final : public line_source {
  public:
    explicit file_lines(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  private:
    asio::awaitable<std::size_t> read_some(asio::mutable_buffer space) override {
        co_await asio::post(executor_, asio::use_awaitable); // others go on also while a device has no end
        ssize_t count = -1;
        do count = ::read(STDIN_FILENO, space.data(), space.size());
        while (count < 0 && errno == EINTR);
        if (count < 0) cannot_read(std::generic_category().message(errno));
        co_return static_cast<std::size_t>(count);
    }

    asio::any_io_executor executor_;
};

/// Opened anew where that can be: a duplicate would share the mode not to block with whoever has the same terminal. The
/// master of a pseudo-terminal, opened again, would be another one.
int own_input() {
    unsigned number = 0;
    if (::ioctl(STDIN_FILENO, TIOCGPTN, &number) == 0) return ::dup(STDIN_FILENO);
    const int opened = ::open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return opened >= 0 ? opened : ::dup(STDIN_FILENO);
}

class descriptor_lines final : public line_source {
  public:
    explicit descriptor_lines(const asio::any_io_executor& executor) : input_(executor, own_input()) {}

  private:
    asio::awaitable<std::size_t> read_some(asio::mutable_buffer space) override {
        const auto read = co_await input_.async_read_some(space, asio::as_tuple(asio::use_awaitable));
        const auto& [failure, count] = read;
        const bool over = failure == asio::error::eof || failure == asio::error::operation_aborted;
        if (failure && !over) cannot_read(failure.message());
        co_return count;
    }
    void cut() override {
        boost::system::error_code ignored;
        input_.cancel(ignored);
    }

    asio::posix::stream_descriptor input_;
};

} // namespace

asio::awaitable<std::optional<result<std::string>>> line_source::next() {
    std::optional<result<std::string>> line;
    while (!stopped_) {
        line = lines_.next();
        if (line || ended_) break;
        char bytes[16384];
        const std::size_t count = co_await read_some(asio::buffer(bytes));
        lines_.add(std::string_view(bytes, count));
        if (count > 0) continue;
        ended_ = true;
        lines_.end();
    }
    co_return line;
}

bool line_source::stop() {
    stopped_ = true;
    cut();
    return !ended_;
}

std::shared_ptr<line_source> standard_input_lines(const asio::any_io_executor& executor) {
    struct stat status{};
    const bool waits = ::fstat(STDIN_FILENO, &status) == 0 &&
                       (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(STDIN_FILENO) == 1);
    if (waits) return std::make_shared<descriptor_lines>(executor);
    return std::make_shared<file_lines>(executor);
}

} // namespace sluice::cli
