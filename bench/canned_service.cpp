#include "canned_service.hpp"

#include "destinations.hpp"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace bench {

canned_service::canned_service() {
    const std::string program =
        (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "canned_server").string();
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (pipe(to.data()) != 0 || pipe(from.data()) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    for (const int end : {to[0], to[1], from[0], from[1]}) posix_spawn_file_actions_addclose(&actions, end);
    std::string name = program;
    std::array<char*, 2> arguments{name.data(), nullptr};
    const int failed = posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    input_ = to[1];
    std::array<char, 16> port{};
    const auto size = failed == 0 ? read(from[0], port.data(), port.size() - 1) : 0;
    close(from[0]);
    if (size <= 1) throw std::runtime_error(program + " does not start");
    endpoint_ = "http://127.0.0.1:" + std::string(port.data(), static_cast<std::size_t>(size) - 1);
}

double canned_service::stop() {
    if (process_ == 0) return 0;
    close(input_);
    rusage usage{};
    int status = 0;
    wait4(std::exchange(process_, 0), &status, 0, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

sluice::session canned_service::session(const boost::asio::any_io_executor& executor) const {
    return session_with(executor, endpoint_);
}

double cpu_seconds_of_this_thread() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

} // namespace bench
