// A typed operation is a struct with `request`, `reply`, `info`, a template `encode(writer, request)` and a template
// `decode(cursor, request)`. Everything else about a call is here and in `client/`, once.
#pragma once

#include "client/caller.hpp"

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sluice::service {

/// The body of the request. Defined in operation_codec.hpp and instantiated once for each operation.
template<class Operation>
std::string encode_body(const typename Operation::request& request, wire_protocol protocol);

/// The reply's document. Fails with `errc::bad_reply` when it is not well-formed.
template<class Operation>
result<typename Operation::reply> decode_reply(const http_reply& reply, const typename Operation::request& request,
                                               wire_protocol protocol);

/// What of a request matters to the call besides its body: operations with a long poll overload it.
template<class Operation>
void adjust_call(calls::call_request& call, const typename Operation::request& request) {
    if constexpr (requires { Operation::adjust(call, request); }) Operation::adjust(call, request);
}

/// One call, failures as values.
template<class Operation>
boost::asio::awaitable<result<typename Operation::reply>> invoke(std::shared_ptr<calls::caller> caller,
                                                                 typename Operation::request request) {
    calls::call_request call;
    call.operation = Operation::info;
    call.protocol = caller->protocol_of(Operation::info.service);
    call.body = encode_body<Operation>(request, call.protocol);
    adjust_call<Operation>(call, request);
    const wire_protocol protocol = call.protocol;
    const result<http_reply> reply = co_await caller->call(std::move(call));
    if (!reply) co_return result<typename Operation::reply>(reply.error());
    co_return decode_reply<Operation>(*reply, request, protocol);
}

/// One call, failures thrown as `sluice::error`: for the public edge.
template<class Operation>
boost::asio::awaitable<typename Operation::reply> invoke_or_throw(std::shared_ptr<calls::caller> caller,
                                                                  typename Operation::request request) {
    auto reply = co_await invoke<Operation>(std::move(caller), std::move(request));
    co_return std::move(reply).value();
}

} // namespace sluice::service
