// The operations of SQS around dead letters: who has which queue for them, and the tasks that move them back.
#include "local/fault.hpp"
#include "local/sqs_parameters.hpp"
#include "local/sqs_service.hpp"
#include "protocol/limits.hpp"

#include <nlohmann/json.hpp>

namespace sluice::local {
namespace {

std::string_view name_of(move_state state) {
    switch (state) {
    case move_state::running: return "RUNNING";
    case move_state::completed: return "COMPLETED";
    case move_state::cancelled: return "CANCELLED";
    case move_state::failed: return "FAILED";
    }
    return {};
}

/// Tells clients what AWS's tell: which task of which source.
std::string make_task_handle(const std::string& source_arn) {
    return encode_base64(R"({"taskId":")" + make_uuid().str() + R"(","sourceArn":")" + source_arn + "\"}");
}

/// The source's ARN. Throws `fault` for what is no handle.
std::string source_of_handle(const std::string& handle) {
    const auto text = decode_base64(handle);
    const auto document = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
    const bool good = document.is_object() && document.contains("taskId") && document.contains("sourceArn") &&
                      document["sourceArn"].is_string();
    if (!good) throw invalid_parameter_value("Value for parameter TaskHandle is invalid.");
    return document["sourceArn"].get<std::string>();
}

fault no_such_resource(std::string_view parameter) {
    return make_fault("ResourceNotFoundException", "ResourceNotFoundException",
                      "The resource that you specified for the " + std::string(parameter) + " parameter doesn't exist.",
                      404);
}

} // namespace

void sqs_service::check_redrive(const std::string& source_arn, const std::map<std::string, std::string>& attributes) {
    const auto given = attributes.find("RedrivePolicy");
    if (given == attributes.end() || given->second.empty()) return;
    // The form is checked with the other settings; here it is about the two queues.
    queue_settings read(source_arn.ends_with(".fifo"));
    read.apply({{given->first, given->second}});
    const auto wrong = [&](std::string_view reason) { return invalid_value(given->second, "RedrivePolicy", reason); };
    const queue* const target = find_queue_by_arn(read.redrive()->target_arn);
    if (target == nullptr) throw wrong("Dead letter target does not exist.");
    if (target->arn() == source_arn) throw wrong("A queue cannot be the dead-letter target of itself.");
    if (target->is_fifo() != read.is_fifo()) throw wrong("Dead-letter queue must be same type of queue as the source.");
    if (!target->settings().redrive_allow().allows(source_arn)) {
        throw wrong("Queue " + target->arn() + " does not allow this queue to use it as a dead-letter queue.");
    }
}

bool sqs_service::is_dead_letter_queue(std::string_view arn) const {
    for (const auto& [name, one] : queues_) {
        const auto& redrive = one.settings().redrive();
        if (redrive && redrive->target_arn == arn) return true;
    }
    return false;
}

void sqs_service::list_dead_letter_source_queues(members parameters, output& reply, const request_context& context) {
    const std::string target = queue_of(parameters, context, {"sqs:listdeadlettersourcequeues"}).arn();
    const auto asked = parameters.integer("MaxResults");
    const auto most =
        static_cast<std::size_t>(in_range(asked, limits::listed_queues, "MaxResults", 1, limits::listed_queues,
                                          "Must be an integer from 1 to 1000, if provided."));
    const std::string after = read_page_token(parameters);
    std::vector<std::string> urls;
    std::string last;
    bool more = false;
    for (const auto& [name, one] : queues_) {
        const auto& redrive = one.settings().redrive();
        if (!redrive || redrive->target_arn != target || (!after.empty() && name <= after)) continue;
        more = urls.size() == most;
        if (more) break;
        urls.push_back(url_of(name, context));
        last = name;
    }
    reply.text_list("queueUrls", "QueueUrl", urls);
    if (more && asked) reply.text("NextToken", encode_base64(last));
}

void sqs_service::start_message_move_task(members parameters, output& reply, const request_context& context) {
    move_task task;
    task.source_arn = parameters.required("SourceArn");
    queue* const source = find_queue_by_arn(task.source_arn);
    if (source == nullptr) throw no_such_resource("SourceArn");
    task.destination_arn = parameters.text("DestinationArn").value_or("");
    const queue* const destination = find_queue_by_arn(task.destination_arn);
    if (!task.destination_arn.empty() && destination == nullptr) throw no_such_resource("DestinationArn");
    if (destination == source) throw invalid_parameter_value("Source and destination queues must differ.");
    if (!is_dead_letter_queue(task.source_arn)) {
        throw invalid_parameter_value("Source queue must be configured as a Dead Letter Queue.");
    }
    task.per_second = parameters.integer("MaxNumberOfMessagesPerSecond");
    in_range(task.per_second, 1, "MaxNumberOfMessagesPerSecond", 1, limits::moved_messages_per_second,
             "Must be an integer from 1 to 500, if provided.");
    task.handle = make_task_handle(task.source_arn);
    task.started = context.now;
    task.to_move = source->visible_count(context.now);
    if (task.to_move == 0) task.state = move_state::completed;
    reply.text("TaskHandle", move_tasks_.start(std::move(task)).handle);
}

void sqs_service::cancel_message_move_task(members parameters, output& reply, const request_context&) {
    const std::string handle = parameters.required("TaskHandle");
    if (find_queue_by_arn(source_of_handle(handle)) == nullptr) throw no_such_resource("SourceArn");
    reply.number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(move_tasks_.cancel(handle).moved));
}

void sqs_service::list_message_move_tasks(members parameters, output& reply, const request_context&) {
    const std::string source = parameters.required("SourceArn");
    if (find_queue_by_arn(source) == nullptr) throw no_such_resource("SourceArn");
    const auto most = in_range(parameters.integer("MaxResults"), 1, "MaxResults", 1, limits::listed_move_tasks,
                               "Must be an integer from 1 to 10, if provided.");
    reply.begin_list("Results", "ListMessageMoveTasksResultEntry");
    for (const move_task* const one : move_tasks_.list(source, static_cast<std::size_t>(most))) {
        reply.begin_item();
        if (one->state == move_state::running) reply.text("TaskHandle", one->handle);
        reply.text("Status", name_of(one->state));
        reply.text("SourceArn", one->source_arn);
        reply.text_if_any("DestinationArn", one->destination_arn);
        if (one->per_second) reply.number("MaxNumberOfMessagesPerSecond", *one->per_second);
        reply.number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(one->moved));
        reply.number("ApproximateNumberOfMessagesToMove", static_cast<std::int64_t>(one->to_move));
        reply.text_if_any("FailureReason", one->failure);
        reply.number("StartedTimestamp", milliseconds_of(one->started));
        reply.end_item();
    }
    reply.end_list();
}

void sqs_service::advance(time_point now) {
    while (move_task* const task = move_tasks_.due(now)) {
        queue* const from = find_queue_by_arn(task->source_arn);
        if (from != nullptr) {
            move_one(*task, *from, now);
        } else {
            task->state = move_state::failed;
            task->failure = "AWS.SimpleQueueService.NonExistentQueue";
        }
        move_tasks_.record(*task);
    }
}

void sqs_service::move_one(move_task& task, queue& from, time_point now) {
    const auto where = [&](const std::string& source_arn) {
        return find_queue_by_arn(task.destination_arn.empty() ? source_arn : task.destination_arn);
    };
    const auto failed = [&task](std::string why) {
        task.state = move_state::failed;
        task.failure = std::move(why);
    };
    const auto next = from.next_source_arn(now);
    if (!next) {
        task.state = move_state::completed;
        return;
    }
    if (task.destination_arn.empty() && next->empty()) return failed("CouldNotDetermineMessageSource");
    queue* const to = where(*next);
    if (to == nullptr || to->is_fifo() != from.is_fifo()) return failed("AWS.SimpleQueueService.NonExistentQueue");
    auto message = from.give_up_next(now);
    // "All redriven messages are considered new messages with a new messageID and enqueueTime" (SQS developer guide,
    // "Configure a dead-letter queue redrive").
    message->message_id = make_uuid();
    message->source_arn.clear();
    message->sent = now;
    message->first_received.reset();
    message->receive_count = 0;
    to->take_over(std::move(*message), now);
    touched_.push_back(to->name());
    if (++task.moved == task.to_move) task.state = move_state::completed;
}

} // namespace sluice::local
