// How far a command is, on stderr: a bar on a terminal, now and then a line elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace sluice::cli {

class progress {
  public:
    /// `total`: 0 when it is not known.
    progress(std::string what, std::size_t total);
    /// As `finish`.
    ~progress();
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// Cheap: prints ten times a second at the most on a terminal, every five seconds elsewhere.
    void update(std::size_t done);
    /// Takes the bar away: what comes next is the result. Prints nothing any more.
    void finish();

  private:
    using clock = std::chrono::steady_clock;

    void print(std::size_t done, clock::time_point now);

    std::string what_;
    std::size_t total_;
    bool terminal_;
    bool printed_ = false;
    bool finished_ = false;
    clock::time_point started_;
    clock::time_point next_;
};

/// `1234567` -> `1,234,567`
std::string grouped(std::size_t number);

/// Of something per second; 0 for no time.
std::size_t per_second(std::size_t count, std::chrono::steady_clock::duration time);

} // namespace sluice::cli
