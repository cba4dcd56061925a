// AddPermission, RemovePermission.
#pragma once

#include "client/operation_info.hpp"
#include "protocol/limits.hpp"
#include "service/request_rules.hpp"

#include <sluice/sqs/operations.hpp>

namespace sluice::sqs::operations {

struct add_permission {
    using request = add_permission_request;
    using reply = empty_reply;
    static constexpr calls::operation_info info{"AddPermission", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .length("Label", from.label, 1, limits::permission_label_length)
            .characters("Label", from.label, service::label_characters)
            .require(!from.account_ids.empty(), "AWSAccountIds is empty: at least one is required")
            .count("Actions", from.actions.size(), 1, limits::permission_actions)
            .each_required("Actions", from.actions);
        for (const std::string& account : from.account_ids) {
            rules.characters("AWSAccountIds", account, service::digits).length("AWSAccountIds", account, 12, 12);
        }
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text("Label", from.label);
        writer.text_list("AWSAccountIds", "AWSAccountId", from.account_ids);
        writer.text_list("Actions", "ActionName", from.actions);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

struct remove_permission {
    using request = remove_permission_request;
    using reply = empty_reply;
    static constexpr calls::operation_info info{"RemovePermission", calls::service_id::sqs};

    static void check(service::request_rules& rules, const request& from) {
        rules.required("QueueUrl", from.queue_url)
            .length("Label", from.label, 1, limits::permission_label_length)
            .characters("Label", from.label, service::label_characters);
    }
    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        writer.text("QueueUrl", from.queue_url);
        writer.text("Label", from.label);
    }
    template<class Cursor>
    static result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

} // namespace sluice::sqs::operations
