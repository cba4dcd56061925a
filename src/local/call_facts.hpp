// What a request is about, in a few words: for fault rules, logs and the status page. Pure.
#pragma once

#include "local/broker_core.hpp"
#include "local/http_call.hpp"

#include <string>

namespace sluice::local {

struct call_facts {
    std::string service;
    std::string operation;
    std::string resource;
    std::string region;
    std::string account;
};

constexpr std::size_t longest_fact = 256; ///< bytes: what is refused may be of any length

/// The name of the queue or topic that a request is about, however it is given.
std::string resource_of(const accepted_call& accepted);

call_facts describe(const accepted_call& accepted);
/// Of a request that was refused before it was decoded: what it says of itself.
call_facts describe_refused(const http_call& call);

} // namespace sluice::local
