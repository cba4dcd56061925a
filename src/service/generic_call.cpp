#include "service/generic_call.hpp"

#include "protocol/form_writer.hpp"
#include "protocol/reply_document.hpp"
#include "service/request_rules.hpp"

namespace sluice::service {
namespace {

constexpr std::size_t longest_name = 128;

std::optional<error_info> check(const std::string& operation, const query_parameters& parameters) {
    request_rules rules;
    rules.length("the operation's name", operation, 1, longest_name)
        .characters("the operation's name", operation, label_characters);
    for (const auto& [name, value] : parameters) {
        rules.length("a parameter's name", name, 1, longest_name)
            .characters("a parameter's name", name, queue_name_characters)
            .require(name != "Action" && name != "Version",
                     "a parameter's name is \"" + name + "\": the operation's name says that already")
            .text(name, value);
    }
    auto broken = rules.take();
    if (broken) broken->operation = operation;
    return broken;
}

/// The element <RequestId> of the reply, where the header does not say it.
std::string request_id_of(const http_reply& reply) {
    if (const auto header = reply.header("x-amzn-RequestId"); !header.empty()) return std::string(header);
    pugi::xml_document document;
    if (!protocol::parse_xml(document, reply.body)) return {};
    return protocol::xml_cursor(protocol::child_named(document.document_element(), "ResponseMetadata"))
        .text("RequestId");
}

} // namespace

boost::asio::awaitable<raw_reply> generic_call(std::shared_ptr<calls::caller> caller, calls::service_id service,
                                               std::string operation, query_parameters parameters) {
    if (auto broken = check(operation, parameters)) throw error(std::move(*broken));
    protocol::form_writer writer(operation, calls::info_of(service).version);
    for (const auto& [name, value] : parameters) writer.text(name, value);
    calls::call_request call;
    call.operation.name = operation; // lives in this frame, longer than the call
    call.operation.service = service;
    call.body = std::move(writer).take();
    result<http_reply> reply = co_await caller->call(std::move(call));
    if (!reply) throw error(reply.error());
    raw_reply out;
    out.status = reply->status;
    out.request_id = request_id_of(*reply);
    out.body = std::move(reply->body);
    co_return out;
}

} // namespace sluice::service
