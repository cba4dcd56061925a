// What a broker remembers of its requests: how many, how fast, and the last ones that failed. Pure.
#pragma once

#include "local/broker_status.hpp"

#include <sluice/local/request_record.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

class activity_log {
  public:
    static constexpr std::size_t most_troubles = 50;
    static constexpr std::size_t longest_text = 512; ///< bytes of each text of a trouble

    void note(const request_record& request, time_point now);
    /// A line of the log.
    void note(std::string_view line, time_point now);

    void report(broker_status& to) const;

  private:
    void keep(trouble one);

    std::uint64_t requests_ = 0;
    std::uint64_t failures_ = 0;
    rate_counter rate_;
    std::deque<trouble> troubles_; ///< the latest first
};

} // namespace sluice::local
