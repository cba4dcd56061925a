#include "credentials/child_process.hpp"

#include "transport/one_shot_event.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

constexpr std::size_t most_output = std::size_t(64) << 10U;
constexpr std::size_t read_size = 4'096;
constexpr auto patience_after_kill = std::chrono::seconds(5);

std::string reason(int code) { return std::generic_category().message(code); }

/// What the child is started with; freed on every path.
class spawn_settings {
  public:
    explicit spawn_settings(int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        // Sockets of the program have no close-on-exec flag.
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t usual;
        sigemptyset(&none);
        sigemptyset(&usual);
        for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD}) sigaddset(&usual, signal);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    spawn_settings(const spawn_settings&) = delete;
    spawn_settings& operator=(const spawn_settings&) = delete;
    ~spawn_settings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// A child that is not forgotten: whoever lets it go without having waited for its end has it killed and reaped.
class child {
  public:
    child(asio::any_io_executor strand, pid_t pid, int output)
        : strand_(std::move(strand)), pid_(pid), output_(strand_, output) {
        const auto watched = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
        if (watched >= 0) end_.emplace(strand_, watched);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child() {
        if (is_reaped_) return;
        kill();
        if (try_reap() || !end_) return;
        auto watched = std::make_shared<asio::posix::stream_descriptor>(std::move(*end_));
        watched->async_wait(
            asio::posix::stream_descriptor::wait_read,
            [watched, pid = pid_](const boost::system::error_code&) { ::waitpid(pid, nullptr, WNOHANG); });
    }

    asio::posix::stream_descriptor& output() noexcept { return output_; }
    [[nodiscard]] const std::optional<int>& status() const noexcept { return status_; }

    void kill() { ::kill(-pid_, SIGKILL); }

    /// Ends all waiting; on the strand.
    void interrupt() {
        boost::system::error_code ignored;
        output_.cancel(ignored);
        if (end_) end_->cancel(ignored);
    }

    /// Returns at its end, at the deadline or when interrupted; false then.
    awaitable<bool> wait(steady_clock::time_point deadline) {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto pause = std::chrono::milliseconds(1);
        while (!try_reap()) {
            if (steady_clock::now() >= deadline) co_return false;
            if (end_) {
                const auto waited = co_await end_->async_wait(asio::posix::stream_descriptor::wait_read, as_values);
                if (std::get<0>(waited)) co_return try_reap();
            } else { // a kernel before Linux 5.3: asked now and then
                asio::steady_timer timer(strand_, pause);
                const auto waited = co_await timer.async_wait(as_values);
                if (std::get<0>(waited)) co_return false;
                pause = std::min(2 * pause, std::chrono::milliseconds(50));
            }
        }
        co_return true;
    }

  private:
    bool try_reap() {
        if (is_reaped_) return true;
        int status = 0;
        const pid_t got = ::waitpid(pid_, &status, WNOHANG);
        if (got == 0 || (got < 0 && errno == EINTR)) return false;
        is_reaped_ = true;
        if (got == pid_) status_ = status; // else somebody else has waited for it: SIGCHLD is ignored, perhaps
        return true;
    }

    asio::any_io_executor strand_;
    pid_t pid_;
    asio::posix::stream_descriptor output_;
    std::optional<asio::posix::stream_descriptor> end_;
    bool is_reaped_ = false;
    std::optional<int> status_;
};

result<std::unique_ptr<child>> start(const asio::any_io_executor& strand, const std::vector<std::string>& words) {
    const auto cannot = [&words](int code) {
        return error_info(errc::credentials, "cannot start " + words.front() + ": " + reason(code));
    };
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return cannot(errno);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    const spawn_settings settings(ends[1]);
    const int failure =
        ::posix_spawnp(&pid, arguments.front(), &settings.actions_, &settings.attributes_, arguments.data(), environ);
    ::close(ends[1]);
    if (failure != 0) {
        ::close(ends[0]);
        return cannot(failure);
    }
    return std::make_unique<child>(strand, pid, ends[0]);
}

std::string ending_of(const std::optional<int>& status) {
    if (!status) return {};
    if (WIFSIGNALED(*status)) return "was ended by signal " + std::to_string(WTERMSIG(*status));
    if (WIFEXITED(*status) && WEXITSTATUS(*status) != 0) {
        return "ended with status " + std::to_string(WEXITSTATUS(*status));
    }
    return {};
}

/// What it writes until it closes its output. The error's text goes after the program's name.
awaitable<result<secret_text>> listen(std::shared_ptr<child> running, steady_clock::time_point deadline) {
    using answer = result<secret_text>;
    co_await asio::this_coro::throw_if_cancelled(false);
    secret_text text;
    std::size_t used = 0;
    for (;;) {
        text.resize(used + read_size);
        const auto got =
            co_await running->output().async_read_some(asio::buffer(text.data() + used, read_size), as_values);
        used += std::get<1>(got);
        if (std::get<0>(got) == asio::error::eof) break;
        if (std::get<0>(got) || steady_clock::now() >= deadline) {
            co_return answer(error_info(errc::credentials, "was not listened to: " + std::get<0>(got).message()));
        }
        if (used > most_output) co_return answer(error_info(errc::credentials, "wrote more than 64 KiB"));
    }
    text.resize(used);
    co_return answer(std::move(text));
}

awaitable<result<process_outcome>> follow(asio::any_io_executor strand, std::vector<std::string> words,
                                          std::chrono::milliseconds timeout) {
    using answer = result<process_outcome>;
    auto started = start(strand, words);
    if (!started) co_return answer(started.error());
    const std::shared_ptr<child> running = std::move(*started);
    const auto deadline = deadline_after(timeout);
    asio::steady_timer patience(strand, deadline);
    patience.async_wait([weak = std::weak_ptr<child>(running)](const boost::system::error_code& stopped) {
        const auto late = weak.lock();
        if (late && !stopped) late->interrupt();
    });
    // A cancellation is seen in what the reads return: the child is seen to its end in any case.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto listening = listen(running, deadline);
    auto heard = co_await std::move(listening);
    std::string failure = heard ? std::string() : heard.error().message;
    if (failure.empty()) {
        auto waiting = running->wait(deadline);
        const bool ended = co_await std::move(waiting);
        if (!ended) failure = "was not waited for";
    }
    if (!failure.empty()) {
        if (steady_clock::now() >= deadline) failure = "did not end within " + std::to_string(timeout.count()) + " ms";
        patience.cancel();
        running->kill();
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        auto waiting = running->wait(steady_clock::now() + patience_after_kill);
        co_await std::move(waiting);
        co_return answer(error_info(errc::credentials, words.front() + " " + failure));
    }
    process_outcome outcome;
    outcome.output = std::move(*heard);
    outcome.ending = ending_of(running->status());
    co_return answer(std::move(outcome));
}

} // namespace

awaitable<result<process_outcome>> run_process(asio::any_io_executor executor, std::vector<std::string> words,
                                               std::chrono::milliseconds timeout) {
    asio::any_io_executor strand = asio::make_strand(executor);
    auto following = follow(strand, std::move(words), timeout);
    auto outcome = co_await asio::co_spawn(strand, std::move(following), asio::use_awaitable);
    co_return std::move(outcome);
}

} // namespace sluice
