#include "local/client_pace.hpp"

#include <algorithm>

namespace sluice::local {

client_pace::clock_point client_pace::deadline() const noexcept {
    const auto for_bytes = std::chrono::milliseconds(moved_ * 1000 / slowest_bytes_per_second);
    switch (stage_) {
    case client_stage::handshake: return since_ + allowed_.handshake;
    case client_stage::head:
    case client_stage::drain: return since_ + allowed_.head;
    case client_stage::body: return since_ + allowed_.body + for_bytes;
    case client_stage::reply: return since_ + allowed_.reply + for_bytes;
    case client_stage::rest: return since_ + allowed_.rest;
    case client_stage::served: break;
    }
    return clock_point::max();
}

client_pace::clock_point client_pace::alarm() const noexcept {
    if (stage_ != client_stage::rest || lean_) return deadline();
    return std::min(deadline(), since_ + rest_with_buffers);
}

} // namespace sluice::local
