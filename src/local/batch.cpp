#include "local/batch.hpp"

#include "protocol/limits.hpp"

#include <algorithm>
#include <set>

namespace sluice::local {
namespace {

bool is_legal_id(std::string_view id) {
    return !id.empty() && id.size() <= limits::batch_entry_id_length && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

std::vector<std::string> check_batch(const batch_entries& entries, const batch_faults& faults) {
    if (entries.empty()) throw faults.empty;
    if (entries.size() > limits::batch_entries) throw faults.too_many(entries.size());
    std::vector<std::string> ids;
    std::set<std::string> seen;
    for (const auto& entry : entries) {
        std::string id = entry->text("Id").value_or("");
        if (!is_legal_id(id)) throw faults.illegal_id(id);
        if (!seen.insert(id).second) throw faults.repeated_id(id);
        ids.push_back(std::move(id));
    }
    return ids;
}

void run_batch(const std::vector<std::string>& ids, output& reply, const batch_result_names& names,
               const std::function<success_writer(std::size_t index)>& each) {
    std::vector<std::pair<std::string_view, success_writer>> successes;
    std::vector<std::pair<std::string_view, fault>> failures;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        try {
            if (reply.before_entry) reply.before_entry(i);
            successes.emplace_back(ids[i], each(i));
        } catch (const fault& why) {
            failures.emplace_back(ids[i], why);
        }
    }
    // As recorded from AWS: SQS leaves out a list without entries.
    if (!successes.empty() || names.write_empty) {
        reply.begin_list("Successful", names.successes);
        for (const auto& [id, write] : successes) {
            reply.begin_item();
            reply.text("Id", id);
            if (write) write(reply);
            reply.end_item();
        }
        reply.end_list();
    }
    if (!failures.empty() || names.write_empty) {
        reply.begin_list("Failed", names.failures);
        for (const auto& [id, why] : failures) {
            reply.begin_item();
            reply.text("Id", id);
            reply.text("Code", why.code);
            reply.text("Message", printable(why.message));
            reply.boolean("SenderFault", why.status < 500);
            reply.end_item();
        }
        reply.end_list();
    }
}

} // namespace sluice::local
