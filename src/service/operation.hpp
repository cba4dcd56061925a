// A typed operation is a struct with `request`, `reply`, `info`, a template `encode(writer, request)`, a template
// `decode(cursor, request)` and `check(rules, request)`. Everything else about a call is here and in `client/`, once.
#pragma once

#include "client/caller.hpp"

#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::service {

/// What is wrong with the request, if anything. Defined in operation_codec.hpp, like the two below.
template<class Operation>
std::optional<error_info> check_request(const typename Operation::request& request);

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

template<class Operation>
calls::call_request make_call(const typename Operation::request& request, wire_protocol protocol) {
    calls::call_request call;
    call.operation = Operation::info;
    call.protocol = protocol;
    call.body = encode_body<Operation>(request, protocol);
    adjust_call<Operation>(call, request);
    return call;
}

/// One call, failures as values. The request is not checked: inside the library its maker has done that, a writer for
/// each message when it was written.
template<class Operation>
boost::asio::awaitable<result<typename Operation::reply>> invoke(std::shared_ptr<calls::caller> caller,
                                                                 typename Operation::request request,
                                                                 calls::call_history* history = nullptr) {
    const wire_protocol protocol = caller->protocol_of(Operation::info.service);
    calls::call_request call = make_call<Operation>(request, protocol);
    call.history = history;
    const result<http_reply> reply = co_await caller->call(std::move(call));
    if (!reply) co_return result<typename Operation::reply>(reply.error());
    co_return decode_reply<Operation>(*reply, request, protocol);
}

/// One call of the public edge: the request is checked before anything is sent, failures are thrown as `sluice::error`.
template<class Operation>
boost::asio::awaitable<typename Operation::reply> invoke_or_throw(std::shared_ptr<calls::caller> caller,
                                                                  typename Operation::request request) {
    if (auto broken = check_request<Operation>(request)) throw error(std::move(*broken));
    const wire_protocol protocol = caller->protocol_of(Operation::info.service);
    calls::call_request call = make_call<Operation>(request, protocol);
    const result<http_reply> reply = co_await caller->call(std::move(call));
    if (!reply) throw error(reply.error());
    co_return decode_reply<Operation>(*reply, request, protocol).value();
}

} // namespace sluice::service
