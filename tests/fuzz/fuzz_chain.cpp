// The JSON form of chains, and what is decided from it: a definition that stands needs no change.
#include "topology/chain_plan.hpp"
#include "topology/chain_rules.hpp"

#include <sluice/chain.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace sluice::topology;

/// As if every creation of the plan had been done.
void create_all(const std::vector<planned_step>& steps, const wanted_chain& wanted, found_chain& found) {
    for (const planned_step& step : steps) {
        if (step.kind == step_kind::create_topic) {
            found.topic.emplace();
            found.topic->arn = found.where.topic_arn(step.name);
            found.topic->attributes = step.values;
            found.topic->tags = step.tags;
        } else if (step.kind == step_kind::create_queue) {
            found_queue& made = found.queues[step.name];
            made.arn = found.where.queue_arn(step.name);
            made.attributes = step.values;
            made.tags = step.tags;
        } else if (step.kind == step_kind::subscribe) {
            found_subscription made;
            made.arn = found.topic->arn + ":" + step.name;
            made.protocol = "sqs";
            made.endpoint = found.queue_arn(step.name);
            made.attributes = step.values;
            found.subscriptions.push_back(std::move(made));
        } else if (step.kind != step_kind::leave) {
            std::abort(); // on a bare account there is nothing to change
        }
    }
    if (found.queues.size() != wanted.queues.size()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto definition = sluice::chain::from_json(std::string_view(reinterpret_cast<const char*>(data), size));
        const auto wanted = resolve_fitting(definition);
        if (!wanted) return 0;
        found_chain found;
        found.where.region = "eu-west-1";
        found.where.account = "123456789012";
        const auto steps = plan_chain(*wanted, found, {});
        if (!steps) std::abort();
        create_all(*steps, *wanted, found);
        const auto again = plan_chain(*wanted, found, {});
        if (!again) std::abort();
        for (const planned_step& step : *again) {
            if (step.kind != step_kind::leave) std::abort();
        }
    } catch (const sluice::error& refused) {
        if (refused.code() != sluice::errc::invalid_argument) std::abort();
    }
    return 0;
}
