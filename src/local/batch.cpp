#include "local/batch.hpp"

#include "protocol/limits.hpp"

#include <algorithm>

namespace sluice::local {
namespace {

bool is_legal_id(std::string_view id) {
    return !id.empty() && id.size() <= limits::batch_entry_id_length && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

std::vector<std::string> check_batch(const batch_entries& entries, const batch_faults& faults) {
    if (entries.empty()) throw faults.empty();
    if (entries.size() > limits::batch_entries) throw faults.too_many(entries.size());
    std::vector<std::string> ids;
    ids.reserve(entries.size());
    for (const auto& entry : entries) {
        std::string id = entry->text("Id").value_or("");
        if (!is_legal_id(id)) throw faults.illegal_id(id);
        if (std::ranges::find(ids, id) != ids.end()) throw faults.repeated_id(id);
        ids.push_back(std::move(id));
    }
    return ids;
}

void run_batch(const std::vector<std::string>& ids, output& reply, const batch_result_names& names,
               const batch_steps& steps) {
    std::vector<std::size_t> successes;
    successes.reserve(ids.size());
    std::vector<std::pair<std::size_t, fault>> failures;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        try {
            if (reply.before_entry) reply.before_entry(i);
            steps.carry_out(i);
            successes.push_back(i);
        } catch (const fault& why) {
            failures.emplace_back(i, why);
        }
    }
    // As recorded from AWS: SQS leaves out a list without entries.
    if (!successes.empty() || names.write_empty) {
        reply.begin_list("Successful", names.successes);
        for (const std::size_t i : successes) {
            reply.begin_item();
            reply.text("Id", ids[i]);
            if (steps.write) steps.write(i, reply);
            reply.end_item();
        }
        reply.end_list();
    }
    if (!failures.empty() || names.write_empty) {
        reply.begin_list("Failed", names.failures);
        for (const auto& [i, why] : failures) {
            reply.begin_item();
            reply.text("Id", ids[i]);
            reply.text("Code", why.code);
            reply.text("Message", printable(why.message));
            reply.boolean("SenderFault", why.status < 500);
            reply.end_item();
        }
        reply.end_list();
    }
}

} // namespace sluice::local
