#include "service/encoded_batch.hpp"

#include "service/batch_results.hpp"
#include "service/operation_codec.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sqs/message_operations.hpp"

#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

namespace sluice::service {
namespace {

using boost::asio::awaitable;
using entry_list = std::vector<const encoded_entry*>;
using outcomes = std::vector<result<receipt>>;

template<class Encode>
std::string encode_members(wire_protocol protocol, Encode encode) {
    if (protocol == wire_protocol::query) {
        protocol::form_writer writer;
        encode(writer);
        return std::move(writer).take();
    }
    protocol::json_writer writer;
    encode(writer);
    std::string object = std::move(writer).take();
    return object.substr(1, object.size() - 2); // without its braces
}

/// `&Name=value&…` under a prefix: in a form `&` stands between members only, in values it is escaped.
void append_under(std::string& out, std::string_view members, std::string_view prefix) {
    while (!members.empty()) {
        const auto next = members.find('&', 1);
        out += '&';
        out += prefix;
        out += members.substr(1, next == std::string_view::npos ? next : next - 1);
        members.remove_prefix(next == std::string_view::npos ? members.size() : next);
    }
}

std::size_t size_of(const entry_list& entries) {
    std::size_t bytes = 0;
    for (const encoded_entry* one : entries) bytes += one->members.size();
    return bytes;
}

std::string form_batch(const calls::operation_info& info, std::string_view destination_name,
                       const std::string& destination, std::string_view list_name, const entry_list& entries) {
    protocol::form_writer head(info.name, calls::info_of(info.service).version);
    head.text(destination_name, destination);
    std::string out = std::move(head).take();
    // Ten members each, with a prefix of at most this: enough for nearly all.
    out.reserve(out.size() + size_of(entries) + entries.size() * 10 * (list_name.size() + 4));
    std::string prefix;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        ((((prefix = list_name) += '.') += std::to_string(i + 1)) += '.');
        out += '&';
        out += prefix;
        out += "Id=";
        out += std::to_string(i);
        append_under(out, entries[i]->members, prefix);
    }
    return out;
}

std::string json_batch(const std::string& queue_url, const entry_list& entries) {
    std::string out = R"({"QueueUrl":)" + nlohmann::json(queue_url).dump() + R"(,"Entries":[)";
    out.reserve(out.size() + size_of(entries) + entries.size() * 16 + 2);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0) out += ',';
        out += R"({"Id":")" + std::to_string(i) + R"(",)";
        out += entries[i]->members;
        out += '}';
    }
    out += "]}";
    return out;
}

bool same_sum(std::string_view stated, const protocol::md5_text& expected) {
    return stated.empty() || expected.empty() || stated == expected.view();
}

/// As an operation of the call path: the body is made here, the reply is read as for the typed operations.
struct encoded_request {
    std::string destination;
    entry_list entries;
};

struct send_encoded_batch {
    using request = encoded_request;
    using reply = outcomes;
    static constexpr calls::operation_info info = sqs::operations::send_message_batch::info;

    static std::string body(const encoded_request& from, wire_protocol protocol) {
        return encode_queue_batch(from.destination, from.entries, protocol);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        const auto accept = [&sent](entry_texts<Cursor>& entry, std::size_t at) {
            const encoded_entry& one = *sent.entries[at];
            const bool intact = same_sum(entry.text("MD5OfMessageBody"), one.md5_of_body) &&
                                same_sum(entry.text("MD5OfMessageAttributes"), one.md5_of_attributes) &&
                                same_sum(entry.text("MD5OfMessageSystemAttributes"), one.md5_of_system_attributes);
            return sqs::operations::make_receipt(info.name, entry, intact);
        };
        return decode_batch_results<receipt>(info.name, from, "SendMessageBatchResultEntry", "BatchResultErrorEntry",
                                             sent.entries.size(), accept);
    }
};

struct publish_encoded_batch {
    using request = encoded_request;
    using reply = outcomes;
    static constexpr calls::operation_info info = sns::operations::publish_batch::info;

    static std::string body(const encoded_request& from, wire_protocol) {
        return encode_topic_batch(from.destination, from.entries);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor& from, const request& sent) {
        const auto accept = [](entry_texts<Cursor>& entry, std::size_t) {
            return result<receipt>(sns::operations::decode_receipt(entry));
        };
        return decode_batch_results<receipt>(info.name, from, "Successful/member", "Failed/member", sent.entries.size(),
                                             accept);
    }
};

/// An attempt of the call that was not answered may have been carried out, for entries that are refused now, too.
void note_earlier_attempt(outcomes& of) {
    for (auto& one : of) {
        if (one) {
            one->possible_duplicate = true;
        } else {
            error_info failure = one.error();
            failure.may_have_been_applied = true;
            one = std::move(failure);
        }
    }
}

bool is_too_long(const error_info& failure) noexcept {
    return failure.service_code == "AWS.SimpleQueueService.BatchRequestTooLong" ||
           failure.service_code == "BatchRequestTooLong";
}

template<class Operation>
awaitable<outcomes> send(std::shared_ptr<calls::caller> caller, std::string destination, entry_list entries) {
    const encoded_request request{destination, entries};
    const wire_protocol protocol = caller->protocol_of(Operation::info.service);
    calls::call_history before;
    calls::call_request call = make_call<Operation>(request, protocol);
    call.history = &before;
    const result<http_reply> answer = co_await caller->call(std::move(call));
    auto reply = answer ? decode_reply<Operation>(*answer, request, protocol) : result<outcomes>(answer.error());
    if (reply) {
        if (before.may_have_been_applied) note_earlier_attempt(*reply);
        co_return std::move(*reply);
    }
    if (entries.size() == 1 || !is_too_long(reply.error())) {
        co_return outcomes(entries.size(), result<receipt>(reply.error()));
    }
    // The destination's limit is lower than the one that we know.
    const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
    entry_list front(entries.begin(), middle);
    entry_list back(middle, entries.end());
    outcomes all = co_await send<Operation>(caller, destination, std::move(front));
    outcomes rest = co_await send<Operation>(std::move(caller), std::move(destination), std::move(back));
    all.insert(all.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    co_return all;
}

} // namespace

encoded_entry encode_queue_entry(const message& from, wire_protocol protocol) {
    encoded_entry made;
    made.members = encode_members(protocol, [&from](auto& writer) { sqs::operations::encode_message(writer, from); });
    made.md5_of_body = protocol::md5_sum(from.body());
    made.md5_of_attributes = protocol::md5_of_attributes(from.attributes());
    if (from.trace_header()) {
        made.md5_of_system_attributes = protocol::md5_of_attributes(sqs::operations::system_attributes_of(from));
    }
    return made;
}

encoded_entry encode_topic_entry(const message& from) {
    encoded_entry made;
    made.members =
        encode_members(wire_protocol::query, [&from](auto& writer) { sns::operations::encode_message(writer, from); });
    return made;
}

std::string encode_queue_batch(const std::string& queue_url, const entry_list& entries, wire_protocol protocol) {
    if (protocol == wire_protocol::json) return json_batch(queue_url, entries);
    return form_batch(send_encoded_batch::info, "QueueUrl", queue_url, "SendMessageBatchRequestEntry", entries);
}

std::string encode_topic_batch(const std::string& topic_arn, const entry_list& entries) {
    return form_batch(publish_encoded_batch::info, "TopicArn", topic_arn, "PublishBatchRequestEntries.member", entries);
}

awaitable<outcomes> send_queue_batch(std::shared_ptr<calls::caller> caller, std::string queue_url, entry_list entries) {
    return send<send_encoded_batch>(std::move(caller), std::move(queue_url), std::move(entries));
}

awaitable<outcomes> publish_topic_batch(std::shared_ptr<calls::caller> caller, std::string topic_arn,
                                        entry_list entries) {
    return send<publish_encoded_batch>(std::move(caller), std::move(topic_arn), std::move(entries));
}

} // namespace sluice::service
