// Starts `canned_server`, which lies beside the benchmark's own program, and gives sessions that speak to it.
#pragma once

#include <sluice/session.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <sys/types.h>

#include <string>

namespace bench {

class canned_service {
  public:
    /// Throws std::runtime_error when it does not start.
    canned_service();
    canned_service(const canned_service&) = delete;
    canned_service& operator=(const canned_service&) = delete;
    ~canned_service() { (void)stop(); }

    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
    [[nodiscard]] std::string queue(const std::string& name) const { return endpoint_ + "/000000000000/" + name; }
    [[nodiscard]] sluice::session session(const boost::asio::any_io_executor& executor) const;

    /// Ends it; the CPU seconds that it took. Once.
    double stop();

  private:
    pid_t process_ = 0;
    int input_ = -1;
    std::string endpoint_;
};

double cpu_seconds_of_this_thread();
double peak_mib();

} // namespace bench
