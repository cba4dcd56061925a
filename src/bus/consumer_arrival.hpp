// One delivery on its way through the layers of a consumer.
#pragma once

#include "bus/consumer_core.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice::bus {

class consumer_core::arrival {
  public:
    explicit arrival(sqs::delivery& from) : delivery(from) {}

    sqs::delivery& delivery;
    result<bus_envelope> envelope = bus_envelope();
    std::shared_ptr<const envelope_format> format; ///< null: none recognised it
    std::shared_ptr<const detail::erased_handler> handler;
    std::string key;                 ///< what makes it the same as another one; empty: not known
    std::optional<given_up> refused; ///< before any handler
    std::string reply_queue;         ///< where the reply goes; empty: nowhere
    std::string reply_refused;       ///< why it goes nowhere although one is wanted; else empty
    bool called = false;
    std::optional<failure_kind> given_up_as;
    std::string why; ///< it was given up
};

} // namespace sluice::bus
