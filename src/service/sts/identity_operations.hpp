// GetCallerIdentity.
#pragma once

#include "client/operation_info.hpp"
#include "service/request_rules.hpp"

#include <sluice/error.hpp>
#include <sluice/sts/operations.hpp>

namespace sluice::sts::operations {

struct get_caller_identity {
    using request = get_caller_identity_request;
    using reply = caller_identity;
    static constexpr calls::operation_info info{"GetCallerIdentity", calls::service_id::sts};

    static void check(service::request_rules&, const request&) {}
    template<class Writer>
    static void encode(Writer&, const request&) {}
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request&) {
        reply to;
        to.account = from.text("Account");
        to.arn = from.text("Arn");
        to.user_id = from.text("UserId");
        return to;
    }
};

} // namespace sluice::sts::operations
