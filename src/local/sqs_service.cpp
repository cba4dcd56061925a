#include "local/sqs_service.hpp"

#include "local/fault.hpp"

#include <utility>

namespace sluice::local {
namespace {

struct queue_address {
    std::string account; ///< empty when the URL is no more than a name
    std::string name;
};

/// The last two components, whatever host and path they are behind.
queue_address parse_queue_url(std::string_view url) {
    while (url.ends_with('/')) url.remove_suffix(1);
    queue_address address;
    const auto slash = url.rfind('/');
    address.name = slash == std::string_view::npos ? url : url.substr(slash + 1);
    if (slash == std::string_view::npos) return address;
    url = url.substr(0, slash);
    address.account = url.substr(url.rfind('/') + 1); // npos + 1 is 0
    return address;
}

} // namespace

std::string request_context::endpoint() const {
    const bool usable = !host.empty() && has_only_allowed_characters(host);
    return (secure ? "https://" : "http://") + (usable ? host : "localhost");
}

std::optional<receive_request> sqs_service::handle(std::string_view action, members parameters, output& reply,
                                                   const request_context& context) {
    advance(context.now);
    if (action == "ReceiveMessage") return receive_message(parameters, reply, context);
    using operation = void (sqs_service::*)(members, output&, const request_context&);
    static const std::map<std::string_view, operation> operations{
        {"AddPermission", &sqs_service::add_permission},
        {"CancelMessageMoveTask", &sqs_service::cancel_message_move_task},
        {"ChangeMessageVisibility", &sqs_service::change_message_visibility},
        {"ChangeMessageVisibilityBatch", &sqs_service::change_message_visibility_batch},
        {"CreateQueue", &sqs_service::create_queue},
        {"DeleteMessage", &sqs_service::delete_message},
        {"DeleteMessageBatch", &sqs_service::delete_message_batch},
        {"DeleteQueue", &sqs_service::delete_queue},
        {"GetQueueAttributes", &sqs_service::get_queue_attributes},
        {"GetQueueUrl", &sqs_service::get_queue_url},
        {"ListDeadLetterSourceQueues", &sqs_service::list_dead_letter_source_queues},
        {"ListMessageMoveTasks", &sqs_service::list_message_move_tasks},
        {"ListQueueTags", &sqs_service::list_queue_tags},
        {"ListQueues", &sqs_service::list_queues},
        {"PurgeQueue", &sqs_service::purge_queue},
        {"RemovePermission", &sqs_service::remove_permission},
        {"SendMessage", &sqs_service::send_message},
        {"SendMessageBatch", &sqs_service::send_message_batch},
        {"SetQueueAttributes", &sqs_service::set_queue_attributes},
        {"StartMessageMoveTask", &sqs_service::start_message_move_task},
        {"TagQueue", &sqs_service::tag_queue},
        {"UntagQueue", &sqs_service::untag_queue},
    };
    const auto found = operations.find(action);
    if (found == operations.end()) throw invalid_action(action);
    (this->*found->second)(parameters, reply, context);
    return std::nullopt;
}

queue* sqs_service::find_queue(std::string_view name) {
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : &found->second;
}

queue* sqs_service::find_queue_by_arn(std::string_view arn) {
    const auto colon = arn.rfind(':');
    if (colon == std::string_view::npos) return nullptr;
    const std::string_view name = arn.substr(colon + 1);
    return arn_of(name) == arn ? find_queue(name) : nullptr;
}

std::string sqs_service::arn_of(std::string_view name) const {
    return "arn:aws:sqs:" + region_ + ":" + account_id_ + ":" + std::string(name);
}

std::string sqs_service::url_of(const std::string& name, const request_context& context) const {
    return context.endpoint() + "/" + account_id_ + "/" + name;
}

std::string sqs_service::owner_of(std::string_view action, members parameters, const request_context& context) {
    if (action == "GetQueueUrl") return parameters.text("QueueOwnerAWSAccountId").value_or("");
    const auto url = parameters.text("QueueUrl");
    return parse_queue_url(url ? *url : context.path).account;
}

access_verdict sqs_service::verdict_on(const queue& of, const request_context& context, std::string_view action) const {
    access_question asked;
    asked.action = action;
    asked.queue_arn = of.arn();
    asked.account_id = context.account_id;
    asked.principal_arn = context.caller_arn;
    return of.settings().policy().decide(asked);
}

queue& sqs_service::queue_of(members parameters, const request_context& context, const permission& what) {
    // The parameter wins over the path, as on AWS.
    const auto url = parameters.text("QueueUrl");
    if (!url && context.path.size() <= 1) throw missing_parameter("QueueUrl");
    const queue_address address = parse_queue_url(url ? *url : context.path);
    queue* const found = find_queue(address.name);
    const bool foreign = !address.account.empty() && address.account != account_id_;
    if (found == nullptr || foreign) throw queue_does_not_exist();
    // Those of the owner's account may do all that is not denied, others only what is allowed.
    const auto verdict = verdict_on(*found, context, what.action);
    const bool own = context.account_id == account_id_;
    if (verdict == access_verdict::denied || (!own && (what.owner_only || verdict != access_verdict::allowed))) {
        throw access_denied(context.caller_arn, what.action, found->arn(), verdict == access_verdict::denied);
    }
    touched_.push_back(found->name());
    return *found;
}

void sqs_service::deliver(queue& to, outgoing message, const std::string& sender, time_point now) {
    to.send(std::move(message), sender, now);
    touched_.push_back(to.name());
}

std::vector<std::string> sqs_service::take_touched() { return std::exchange(touched_, {}); }

std::map<std::string, queue_ledger> sqs_service::ledger(time_point now) {
    std::map<std::string, queue_ledger> all;
    for (auto& [name, one] : queues_) all.emplace(name, one.ledger(now));
    return all;
}

} // namespace sluice::local
