// What no operation of SQS does to a queue.
#include "local/queue.hpp"

namespace sluice::local {

void queue::expire_visibility(time_point now) {
    advance(now);
    std::vector<number> in_flight;
    for (const auto& [until, which] : hidden_) {
        if (messages_.at(which).state == message_state::in_flight) in_flight.push_back(which);
    }
    for (const number which : in_flight) {
        stored& message = messages_.at(which);
        show(which, message);
        record_delivery(which, message);
    }
}

} // namespace sluice::local
