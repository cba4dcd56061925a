// The decisions of a chain: from what is wanted and what was found to the steps between them. No I/O.
#pragma once

#include "topology/chain_state.hpp"

#include <sluice/chain.hpp>
#include <sluice/error.hpp>

#include <string>
#include <vector>

namespace sluice::topology {

enum class step_kind {
    leave,
    create_topic,
    set_topic_attribute, ///< one: the operation takes no more
    tag_topic,
    create_queue,
    set_queue_attributes,
    tag_queue,
    allow_topic, ///< the policy is read again when it is written: `values` only tells the ARN it is about
    subscribe,
    set_subscription_attribute, ///< one: the operation takes no more
    unsubscribe,
    withdraw_topic, ///< as `allow_topic`
    delete_queue,
    delete_topic,
};

struct planned_step {
    planned_step() = default;

    step_kind kind = step_kind::leave;
    chain_step shown;
    std::string name;     ///< of the topic or queue; the ARN of a subscription
    attribute_map values; ///< attributes, or tags of a step that only tags
    attribute_map tags;   ///< of what is created
};

/// The steps in the order in which they are to be done; those of `leave` stand at the end.
/// Where something is created, ARNs of the later steps are as `found` says: plan again once it exists.
/// Fails for a queue policy that cannot be read or would become too large.
result<std::vector<planned_step>> plan_chain(const wanted_chain& wanted, const found_chain& found,
                                             const ensure_options& options);

std::vector<planned_step> plan_removal(const wanted_chain& wanted, const found_chain& found,
                                       const remove_options& options);

/// Of a queue, its policy left out.
attribute_map wanted_queue_attributes(const wanted_chain& wanted, const chain_queue& queue, const found_chain& found);

/// Of the queue's subscription.
attribute_map wanted_subscription_attributes(const chain_queue& queue, const found_chain& found);

/// Whether two values of an attribute say the same: documents are compared as such.
bool same_value(const std::string& name, const std::string& a, const std::string& b);

} // namespace sluice::topology
