#include "cli/progress.hpp"

#include <algorithm>
#include <iostream>

#include <unistd.h>

namespace sluice::cli {
namespace {

constexpr std::size_t bar_width = 30;

} // namespace

progress::progress(std::string what, std::size_t total)
    : what_(std::move(what)), total_(total), terminal_(::isatty(STDERR_FILENO) == 1), started_(clock::now()),
      next_(started_ + (terminal_ ? std::chrono::milliseconds(0) : std::chrono::milliseconds(5000))) {}

progress::~progress() { finish(); }

void progress::finish() {
    if (terminal_ && printed_) std::cerr << "\r\x1b[K" << std::flush;
    finished_ = true;
    printed_ = false;
}

void progress::update(std::size_t done) {
    if (finished_) return;
    const auto now = clock::now();
    const bool last = total_ > 0 && done >= total_ && terminal_;
    if (now < next_ && !last) return;
    next_ = now + (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000));
    print(done, now);
}

void progress::print(std::size_t done, clock::time_point now) {
    std::string line = what_ + " " + grouped(done);
    if (total_ > 0) {
        line += " of " + grouped(total_);
        const std::size_t filled = std::min(bar_width, done * bar_width / total_);
        if (terminal_) line = "[" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "] " + line;
    }
    line += ", " + grouped(per_second(done, now - started_)) + "/s";
    if (terminal_) std::cerr << '\r' << line << "\x1b[K" << std::flush;
    else std::cerr << line << std::endl;
    printed_ = true;
}

std::string grouped(std::size_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::size_t per_second(std::size_t count, std::chrono::steady_clock::duration time) {
    const double seconds = std::chrono::duration<double>(time).count();
    return seconds <= 0 ? 0 : static_cast<std::size_t>(static_cast<double>(count) / seconds);
}

} // namespace sluice::cli
