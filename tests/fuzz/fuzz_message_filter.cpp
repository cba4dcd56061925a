// The filter policies of check: a policy, a line break, the value of an attribute or the body. A policy that is
// accepted gives a reason for everything but a match. And queue policies: what is merged once needs no second merge.
#include "topology/filter_policy.hpp"
#include "topology/queue_policy.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::topology;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    const auto scope = size % 2 == 0 ? sluice::filter_scope::body : sluice::filter_scope::attributes;
    const auto filter = message_filter::parse(text.substr(0, line), scope);
    if (filter) {
        const std::string asked(line == std::string_view::npos ? std::string_view() : text.substr(line + 1));
        sluice::message sample(asked);
        const char* const type = size % 3 == 0 ? "String.Array" : size % 3 == 1 ? "Number" : "String";
        sample.attribute("a", sluice::attribute_value::typed(type, asked));
        const auto verdict = filter->judge(sample);
        if ((verdict.answer == filter_answer::yes) != verdict.reason.empty()) std::abort();
    }
    constexpr const char* queue = "arn:aws:sqs:eu-west-1:123456789012:q";
    constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:t";
    judge_policy(text, queue, topic);
    const auto merged = allow_topic(text, queue, topic);
    if (!merged || !*merged) return 0;
    const auto again = allow_topic(**merged, queue, topic);
    if (!again || *again) std::abort();
    if (!withdraw_topic(**merged, queue, topic).value()) std::abort();
    return 0;
}
