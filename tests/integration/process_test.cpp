// credential_process with real processes: what it answers, how it may fail, and that nothing is left of it.
#include "support/environment.hpp"
#include "support/run_coroutine.hpp"

#include <doctest/doctest.h>
#include <sluice/credentials_providers.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "credentials/child_process.hpp"

#include <csignal>
#include <fstream>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

namespace process_test {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using sluice::process_outcome;
using sluice::result;

namespace {

result<process_outcome> run(std::vector<std::string> words, std::chrono::milliseconds timeout = 30s) {
    boost::asio::io_context context;
    std::optional<result<process_outcome>> got;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto running = sluice::run_process(executor, std::move(words), timeout);
        auto outcome = co_await std::move(running);
        got.emplace(std::move(outcome));
    });
    return std::move(*got);
}

result<sluice::credentials> keys_of(const std::string& command, std::chrono::milliseconds timeout = 30s) {
    boost::asio::io_context context;
    std::optional<result<sluice::credentials>> got;
    integration::run_coroutine(context, [&]() -> awaitable<void> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto provider = sluice::process_credentials(executor, command, timeout);
        auto asking = provider->get();
        auto keys = co_await std::move(asking);
        got.emplace(std::move(keys));
    });
    return std::move(*got);
}

std::string message(const result<process_outcome>& got) {
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == sluice::errc::credentials);
    return got.error().message;
}

/// Whether a process of that number is there, as a zombie too.
bool is_there(pid_t pid) { return ::kill(pid, 0) == 0; }

pid_t read_pid(const std::string& file) {
    pid_t pid = 0;
    std::ifstream(file) >> pid;
    return pid;
}

/// Killed processes need a moment to go; whoever is still there after 10 s was not killed.
bool goes_away(pid_t pid) {
    for (int i = 0; i < 1'000 && is_there(pid); ++i) ::usleep(10'000);
    return !is_there(pid);
}

} // namespace

TEST_CASE("process: its output, without a shell") {
    const auto got = run({"echo", "$HOME; exit 1 | cat"});
    REQUIRE(got.has_value());
    CHECK(got->output == "$HOME; exit 1 | cat\n");
    CHECK(got->ending.empty());
    CHECK(run({"cat"})->output.empty()); // its input is empty, so it ends
}

TEST_CASE("process: how it may end otherwise") {
    CHECK(run({"false"})->ending == "ended with status 1");
    CHECK(run({"sh", "-c", "kill -9 $$"})->ending == "was ended by signal 9");
    CHECK(message(run({"no-such-program-here", "secret"})) ==
          "cannot start no-such-program-here: No such file or directory");
    CHECK(message(run({"/etc/passwd"})) == "cannot start /etc/passwd: Permission denied");
    CHECK(message(run({"yes", "secret"})) == "yes wrote more than 64 KiB");
}

TEST_CASE("process: it inherits neither descriptors nor blocked signals") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0); // without close-on-exec
    const auto got = run({"sh", "-c", "ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status"});
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(got.has_value());
    CHECK(got->output == "4\nSigBlk:\t0000000000000000\n"); // 0, 1, 2 and the one that ls reads the folder through
}

TEST_CASE("process: one that hangs is cut by its deadline, with all that it has started, and reaped") {
    integration::environment home;
    const std::string file = home.home() + "/pids";
    const auto begun = std::chrono::steady_clock::now();
    const auto got = run({"sh", "-c", "sleep 1000 & echo $! >" + file + ".child; echo $$ >" + file + "; wait"}, 3s);
    CHECK(message(got) == "sh did not end within 3000 ms");
    CHECK(std::chrono::steady_clock::now() - begun < 20s);
    CHECK(goes_away(read_pid(file)));
    CHECK(goes_away(read_pid(file + ".child")));
}

TEST_CASE("process: one that closes its output and goes on is waited for until the deadline") {
    CHECK(message(run({"sh", "-c", "exec >&-; sleep 1000"}, 300ms)) == "sh did not end within 300 ms");
    CHECK(run({"sh", "-c", "exec >&-; exit 3"})->ending == "ended with status 3");
}

TEST_CASE("process: cancelling kills it; the executor is free all the time") {
    integration::environment home;
    const std::string file = home.home() + "/pid";
    boost::asio::io_context context;
    boost::asio::cancellation_signal cancel;
    std::optional<result<process_outcome>> got;
    auto running =
        sluice::run_process(context.get_executor(), {"sh", "-c", "echo $$ >" + file + "; exec sleep 1000"}, 1h);
    boost::asio::co_spawn(
        context, std::move(running),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, result<process_outcome> outcome) {
            got.emplace(std::move(outcome));
        }));
    std::size_t ticks = 0;
    boost::asio::steady_timer timer(context);
    std::function<void()> tick = [&] {
        timer.expires_after(1ms);
        timer.async_wait([&](const boost::system::error_code&) {
            ++ticks;
            if (read_pid(file) != 0) cancel.emit(boost::asio::cancellation_type::terminal);
            else if (ticks < 20'000) tick();
        });
    };
    tick();
    context.run_for(60s);
    CHECK(ticks >= 1);
    REQUIRE(got.has_value());
    CHECK_FALSE(got->has_value());
    REQUIRE(read_pid(file) != 0);
    CHECK(goes_away(read_pid(file)));
}

TEST_CASE("process: keys of a credential_process, and errors that do not quote its output") {
    const auto keys = keys_of(
        R"(echo '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": "2199-01-01T00:00:00Z"}')");
    REQUIRE(keys.has_value());
    CHECK(keys->access_key_id == "A");
    CHECK(keys_of("echo secret").error().message == "credential_process: echo: the answer is not a JSON object");
    CHECK(keys_of("sh -c 'echo secret; exit 255'").error().message == "credential_process: sh ended with status 255");
    CHECK(keys_of("sh -c 'sleep 1000'", 200ms).error().message.find("within 200 ms") != std::string::npos);
    CHECK(keys_of("'open").error().message ==
          "credential_process: the command cannot be split into words: a ' is not closed");
}

} // namespace process_test
