// What 10,000 waiting long polls cost `sluice local`: CPU time of its process in ten seconds. The clients are five
// processes with 2,000 connections each.
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int clients = 5;
constexpr int polls_of_a_client = 2'000;
constexpr int queues = 100;
constexpr auto window = std::chrono::seconds(10);

/// The program beside this one in the build tree.
std::string path_of_sluice() {
    char buffer[4096];
    const ssize_t length = readlink("/proc/self/exe", buffer, sizeof buffer);
    if (length < 0) throw std::runtime_error("/proc/self/exe cannot be read");
    std::string path(buffer, static_cast<std::size_t>(length));
    path.erase(path.rfind('/'));
    path.erase(path.rfind('/'));
    return path + "/src/cli/sluice";
}

struct broker_process {
    pid_t pid = -1;
    std::string port;
};

broker_process start_broker() {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const std::string program = path_of_sluice();
    broker_process made;
    made.pid = fork();
    if (made.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(program.c_str(), "sluice", "local", "--port", "0", "--no-verify", nullptr);
        _exit(127);
    }
    close(ends[1]);
    FILE* const output = fdopen(ends[0], "r");
    char line[256];
    while (made.port.empty() && std::fgets(line, sizeof line, output) != nullptr) {
        const std::string text = line;
        const std::string lead = "export AWS_ENDPOINT_URL=http://127.0.0.1:";
        if (text.starts_with(lead)) made.port = text.substr(lead.size(), text.find('\n') - lead.size());
    }
    if (made.port.empty()) throw std::runtime_error(program + " does not start");
    return made; // its output stays open as long as this process
}

std::string ask(const std::string& port, const std::string& method, const std::string& target,
                const std::string& body = {}) {
    tcp::iostream stream("127.0.0.1", port);
    stream << method << ' ' << target
           << " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " << body.size() << "\r\n\r\n"
           << body << std::flush;
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Holds its connections until it is killed.
[[noreturn]] void be_client(const std::string& port, int first) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    asio::io_context context;
    const tcp::endpoint broker(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port)));
    std::vector<tcp::socket> sockets;
    for (int i = first; i < first + polls_of_a_client; ++i) {
        sockets.emplace_back(context).connect(broker);
        const std::string request = "GET /000000000000/q" + std::to_string(i % queues) +
                                    "?Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20 HTTP/1.1\r\n"
                                    "Host: localhost\r\n\r\n";
        asio::write(sockets.back(), asio::buffer(request));
    }
    while (true) pause();
}

long polls_seen(const std::string& port) {
    const std::string listed = ask(port, "GET", "/_sluice/faults");
    const auto at = listed.find("\"seen\":");
    if (at == std::string::npos) throw std::runtime_error("the broker does not list its rules: " + listed);
    return std::strtol(listed.c_str() + at + 7, nullptr, 10);
}

double cpu_seconds_of(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        throw std::runtime_error("the CPU time of the broker cannot be read");
    }
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double resident_mib_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1U << 20U);
}

void measure(const broker_process& broker, std::vector<pid_t>& children) {
    for (int i = 0; i < queues; ++i) {
        ask(broker.port, "GET", "/?Action=CreateQueue&Version=2012-11-05&QueueName=q" + std::to_string(i));
    }
    // A rule that does nothing but count.
    ask(broker.port, "POST", "/_sluice/faults", R"({"operation":"ReceiveMessage","fault":"delay_reply","delay_ms":0})");
    const double before_mib = resident_mib_of(broker.pid);
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i < clients; ++i) {
        const pid_t child = fork();
        if (child == 0) be_client(broker.port, i * polls_of_a_client);
        children.push_back(child);
    }
    constexpr long wanted = static_cast<long>(clients) * polls_of_a_client;
    while (polls_seen(broker.port) < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::chrono::duration<double> opening = std::chrono::steady_clock::now() - started;
    if (opening > std::chrono::seconds(9)) throw std::runtime_error("the clients took too long: polls would end");
    const double before = cpu_seconds_of(broker.pid);
    std::this_thread::sleep_for(window);
    const double used = cpu_seconds_of(broker.pid) - before;
    std::printf("%ld long polls wait (opened in %.2f s, %.1f KiB of the broker's memory each)\n", wanted,
                opening.count(), (resident_mib_of(broker.pid) - before_mib) * 1024 / static_cast<double>(wanted));
    std::printf("CPU time of the broker in 10 s: %.4f s\n", used);
}

} // namespace

int main() {
    broker_process broker;
    std::vector<pid_t> children;
    int status = 0;
    try {
        broker = start_broker();
        measure(broker, children);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        status = 1;
    }
    children.push_back(broker.pid);
    for (const pid_t child : children) {
        if (child <= 0) continue;
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
    }
    return status;
}
