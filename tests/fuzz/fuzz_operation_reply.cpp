// Replies of the operations with the deepest documents, over both protocols: one result for each entry, always.
#include "service/operation.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/message_operations.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

template<class Operation>
void decode(const sluice::http_reply& reply, const typename Operation::request& request, std::size_t entries) {
    for (const auto protocol : {sluice::wire_protocol::query, sluice::wire_protocol::json}) {
        const auto decoded = sluice::service::decode_reply<Operation>(reply, request, protocol);
        if (decoded && decoded->entries.size() != entries) std::abort();
        if (!decoded && decoded.error().code != sluice::errc::bad_reply) std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice;
    http_reply reply;
    reply.status = 200;
    reply.body.assign(reinterpret_cast<const char*>(data), size);
    const std::vector<message> messages(3, message("body"));
    decode<sqs::operations::send_message_batch>(reply, sqs::send_message_batch_request("url", messages), 3);
    decode<sns::operations::publish_batch>(reply, sns::publish_batch_request("arn", messages), 3);
    decode<sqs::operations::delete_message_batch>(
        reply, sqs::delete_message_batch_request("url", std::vector<std::string>(3, "handle")), 3);
    for (const auto protocol : {wire_protocol::query, wire_protocol::json}) {
        const auto received = service::decode_reply<sqs::operations::receive_message>(
            reply, sqs::receive_message_request("url"), protocol);
        if (!received && received.error().code != errc::bad_reply) std::abort();
    }
    return 0;
}
