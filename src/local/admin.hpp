// The admin path of the broker: faults, time and restarts by HTTP, for programs in other processes. Documented in
// include/sluice/local/broker.hpp.
#pragma once

#include "local/broker_status.hpp"
#include "local/http_call.hpp"

#include <sluice/local/broker.hpp>
#include <sluice/local/fault_rule.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// What can be done to a broker from outside.
class broker_controls {
  public:
    broker_controls() = default;
    broker_controls(const broker_controls&) = delete;
    broker_controls& operator=(const broker_controls&) = delete;
    virtual ~broker_controls() = default;

    virtual fault_id add_fault(fault_rule rule) = 0;
    virtual bool remove_fault(fault_id id) = 0;
    virtual void clear_faults() = 0;
    [[nodiscard]] virtual std::vector<listed_fault> faults() = 0;
    virtual void advance(std::chrono::milliseconds by) = 0;
    virtual void skew_clock(std::chrono::milliseconds by) = 0;
    virtual void restart(restart_memory memory) = 0;
    virtual bool expire_visibility(std::string_view queue_name) = 0;
    [[nodiscard]] virtual std::map<std::string, queue_ledger> ledger() = 0;
    [[nodiscard]] virtual broker_status status(const status_query& wanted) = 0;
    /// Nothing when there is no such queue.
    [[nodiscard]] virtual std::optional<queue_peek> peek(const peek_query& wanted) = 0;
};

/// Whether a request's target belongs here.
bool is_admin_path(std::string_view target) noexcept;

/// `loopback_only`: other names in the header Host than those of this machine are refused, so that no page in a browser
/// can come here under a name that its owner points at 127.0.0.1. Pages that know the address are refused by `Origin`.
http_answer answer_admin(const http_call& call, broker_controls& controls, bool loopback_only);

/// `localhost`, names under it, 127.0.0.0/8 and [::1], each with any port or none.
bool names_this_machine(std::string_view host) noexcept;

} // namespace sluice::local
