#include "cli/peek_rules.hpp"

#include "protocol/arn.hpp"

#include <algorithm>

namespace sluice::cli {
namespace {

std::string dead_letter_queue(const queue_report& queue) {
    return "the dead-letter queue " + std::string(protocol::destination_name(queue.dead_letter_arn));
}

std::string counted(std::int64_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

} // namespace

std::string why_not_to_peek(const queue_report& queue) {
    if (!queue.max_receive_count || *queue.max_receive_count > 1) return {};
    return "the maxReceiveCount of " + queue.name + " is " + std::to_string(*queue.max_receive_count) +
           ": a look counts as a receive, so that the next receive would move each message to " +
           dead_letter_queue(queue) + " unhandled - say --even-if-dead-letters if that is what you want";
}

std::vector<std::string> peek_warnings(const queue_report& queue, const std::vector<std::int64_t>& received) {
    std::vector<std::string> lines;
    if (!received.empty()) lines.emplace_back("the receive count of each message shown went up by one");
    if (queue.max_receive_count) {
        const std::int64_t most = *queue.max_receive_count;
        const auto doomed = std::ranges::count_if(received, [most](std::int64_t count) { return count >= most; });
        if (doomed > 0) {
            lines.push_back(counted(doomed, "message") + (doomed == 1 ? " has" : " have") + " been received " +
                            counted(most, "time") + " now: the next receive moves " + (doomed == 1 ? "it" : "them") +
                            " to " + dead_letter_queue(queue));
        }
    }
    if (queue.fifo && !received.empty()) {
        lines.emplace_back(
            "of a message group of a FIFO queue only the first ten messages can be seen, and none while one of "
            "them is being handled");
    }
    return lines;
}

} // namespace sluice::cli
