// The definitions behind operation.hpp: included only where operations are instantiated.
#pragma once

#include "protocol/form_writer.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/reply_document.hpp"
#include "service/operation.hpp"
#include "service/request_rules.hpp"

#include <type_traits>

namespace sluice::service {

template<class Operation>
std::optional<error_info> check_request(const typename Operation::request& request) {
    request_rules rules;
    Operation::check(rules, request);
    std::optional<error_info> broken = rules.take();
    if (broken) broken->operation = Operation::info.name;
    return broken;
}

template<class Operation>
std::string encode_document(const typename Operation::request& request, wire_protocol protocol) {
    if (protocol == wire_protocol::json) {
        protocol::json_writer writer;
        Operation::encode(writer, request);
        return std::move(writer).take();
    }
    protocol::form_writer writer(Operation::info.name, calls::info_of(Operation::info.service).version);
    Operation::encode(writer, request);
    return std::move(writer).take();
}

template<class Operation>
std::string encode_body(const typename Operation::request& request, wire_protocol protocol) {
    // What is encoded already has a `body` of its own.
    if constexpr (requires { Operation::body(request, protocol); }) {
        return Operation::body(request, protocol);
    } else {
        return encode_document<Operation>(request, protocol);
    }
}

inline error_info not_understood(std::string_view operation, const http_reply& reply, std::string why) {
    error_info info(errc::bad_reply, std::move(why));
    info.operation = operation;
    info.http_status = reply.status;
    info.request_id = reply.header("x-amzn-RequestId");
    info.attempts = 1;
    info.may_have_been_applied = true;
    return info;
}

template<class Operation>
result<typename Operation::reply> decode_reply(const http_reply& reply, const typename Operation::request& request,
                                               wire_protocol protocol) {
    const std::string_view name = Operation::info.name;
    if (protocol == wire_protocol::json) {
        // Operations without output may answer with an empty body.
        const auto document =
            reply.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(reply.body, nullptr, false);
        if (!document.is_object()) return not_understood(name, reply, "the reply is not a JSON object");
        return Operation::decode(protocol::json_cursor(&document), request);
    }
    // One without members needs no document to have them in.
    if (std::is_empty_v<typename Operation::reply> && reply.body.empty()) {
        return Operation::decode(protocol::xml_cursor(pugi::xml_node()), request);
    }
    pugi::xml_document document;
    if (!protocol::parse_xml(document, reply.body)) {
        return not_understood(name, reply, "the reply is not well-formed XML");
    }
    const pugi::xml_node root = document.document_element();
    // Where nothing is to be read, what every reply has will do: ElasticMQ calls the root of those otherwise.
    const bool answers =
        protocol::is_named(root, std::string(name) + "Response") ||
        (std::is_empty_v<typename Operation::reply> && !protocol::child_named(root, "ResponseMetadata").empty());
    if (!answers) {
        return not_understood(
            name, reply, "the reply is <" + std::string(root.name()) + ">, not <" + std::string(name) + "Response>");
    }
    return Operation::decode(protocol::xml_cursor(protocol::child_named(root, std::string(name) + "Result")), request);
}

} // namespace sluice::service

/// Once for each operation, in the one translation unit of its service that pays for the codecs.
#define SLUICE_INSTANTIATE_OPERATION(operation)                                                                        \
    template std::optional<error_info> check_request<operation>(const operation::request&);                            \
    template std::string encode_body<operation>(const operation::request&, wire_protocol);                             \
    template result<operation::reply> decode_reply<operation>(const http_reply&, const operation::request&,            \
                                                              wire_protocol);
