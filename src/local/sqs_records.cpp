// What a storage keeps of the queues of an account, their tags and their move tasks.
#include "local/sqs_service.hpp"

namespace sluice::local {
namespace {

constexpr std::string_view queues_key = "queue";
constexpr std::string_view tags_key = "tags"; ///< below the queue
constexpr std::string_view tasks_key = "task";

} // namespace

sqs_service::sqs_service(std::string region, std::string account_id, record_place place)
    : region_(std::move(region)), account_id_(std::move(account_id)), place_(std::move(place)) {
    move_tasks_.keep_in(place_.below(tasks_key));
}

record_place sqs_service::place_of(std::string_view queue_name) const {
    return place_.below(queues_key).below(queue_name);
}

void sqs_service::record_tags(const std::string& queue_name) const {
    if (!place_) return;
    const auto found = tags_.find(queue_name);
    if (found == tags_.end() || found->second.empty()) return place_of(queue_name).erase(tags_key);
    record_writer record;
    record.map("tags", found->second);
    place_of(queue_name).put(tags_key, std::move(record));
}

void sqs_service::restore(std::string_view key, const record_reader& record) {
    const auto [kind, rest] = split_key(key);
    if (kind == tasks_key) return move_tasks_.restore(rest, record);
    if (kind != queues_key || rest.empty()) throw damaged_record("nothing of SQS is kept under this key");
    const auto [name, part] = split_key(rest);
    if (part.empty()) {
        const std::string own(name);
        queues_.emplace(own, queue::restored(own, arn_of(name), record, place_of(name)));
        return;
    }
    queue* const of = find_queue(name);
    if (of == nullptr) throw damaged_record("there is no record of its queue");
    if (part == tags_key) tags_[of->name()] = record.map("tags");
    else of->restore_part(part, record);
}

void sqs_service::erase_records() const {
    if (!place_) return;
    for (const auto& [name, one] : queues_) {
        one.erase_records();
        if (tags_.contains(name)) place_of(name).erase(tags_key);
    }
    move_tasks_.erase_records();
}

} // namespace sluice::local
