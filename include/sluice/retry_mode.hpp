// How failed calls are tried again.
#pragma once

namespace sluice {

/// Source: AWS SDKs and Tools reference guide, "Retry behavior".
enum class retry_mode {
    standard, ///< exponential back-off with jitter, on a budget that all calls of a session share
    adaptive, ///< also slows the session's own calls down, from the first throttling on
};

} // namespace sluice
