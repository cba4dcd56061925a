// A reader over a scripted service, and what it told.
#pragma once

#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/sqs/reader.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

/// Writes down what a reader tells.
class notes final : public sluice::sqs::reader_observer {
  public:
    void poll_ended(std::size_t /*messages*/, const sluice::error_info* failure) override {
        failed_polls += failure == nullptr ? 0 : 1;
    }
    void message_settled(std::string_view id, sluice::sqs::settlement how, const sluice::error_info* failure) override {
        settled[std::string(id)] = how;
        failed_settlements += failure == nullptr ? 0 : 1;
    }
    void handler_failed(std::string_view id, std::string_view what) override { failures[std::string(id)] = what; }
    void renewal_failed(std::string_view /*id*/, const sluice::error_info& /*failure*/) override { ++failed_renewals; }

    std::map<std::string, sluice::sqs::settlement> settled;
    std::map<std::string, std::string> failures;
    std::size_t failed_polls = 0;
    std::size_t failed_settlements = 0;
    std::size_t failed_renewals = 0;
};

struct reader_fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);
    std::shared_ptr<notes> seen = std::make_shared<notes>();
    std::vector<std::string> order; ///< of handled bodies

    [[nodiscard]] sluice::sqs::reader_options options() const {
        sluice::sqs::reader_options made;
        made.visibility_timeout = std::chrono::seconds(30);
        made.acknowledge_linger = std::chrono::milliseconds(0);
        made.observer = seen;
        return made;
    }
    /// After the messages, polls wait for ever.
    void queue_holds(const std::vector<std::string>& replies) {
        for (const auto& reply : replies) script->expect("ReceiveMessage").reply(200, reply);
        script->expect("ReceiveMessage").reply(200, received_messages({})).hold().always();
    }
    void accept_everything() const {
        script->expect("DeleteMessageBatch").answer(accept_deletes()).always();
        script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).always();
    }
    started<sluice::result<void>> start(boost::asio::awaitable<void> operation) {
        started<sluice::result<void>> ran(context, sluice::as_result(std::move(operation)));
        settle(context);
        return ran;
    }
    started<sluice::result<sluice::sqs::delivery>> start_read(sluice::sqs::reader& from) {
        started<sluice::result<sluice::sqs::delivery>> got(context, sluice::as_result(from.read()));
        settle(context);
        return got;
    }
    /// Goes on until `holds`; 10 s at most.
    template<class Condition>
    void until(Condition holds) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        context.restart();
        while (!holds() && std::chrono::steady_clock::now() < deadline) context.run_one_until(deadline);
        REQUIRE(holds());
    }
    sluice::sqs::stop_report stop(sluice::sqs::reader& stopped, sluice::sqs::stop_policy policy) {
        script->hold_nothing_more();
        script->release_all();
        return run(context, stopped.stop(policy, std::chrono::seconds(5)));
    }
    /// The visibility changes that were asked for: handle and seconds, in order.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> changes() const {
        std::vector<std::pair<std::string, std::string>> all;
        const std::string list = "ChangeMessageVisibilityBatchRequestEntry";
        for (const seen_call& call : script->calls()) {
            if (call.operation != "ChangeMessageVisibilityBatch") continue;
            for (std::size_t i = 1; i <= call.entries(list); ++i) {
                const std::string entry = list + "." + std::to_string(i);
                all.emplace_back(call.parameter(entry + ".ReceiptHandle"),
                                 call.parameter(entry + ".VisibilityTimeout"));
            }
        }
        return all;
    }
    [[nodiscard]] std::vector<std::string> deletes() const {
        std::vector<std::string> all;
        const std::string list = "DeleteMessageBatchRequestEntry";
        for (const seen_call& call : script->calls()) {
            if (call.operation != "DeleteMessageBatch") continue;
            for (std::size_t i = 1; i <= call.entries(list); ++i) {
                all.push_back(call.parameter(list + "." + std::to_string(i) + ".ReceiptHandle"));
            }
        }
        return all;
    }
};

using pairs = std::vector<std::pair<std::string, std::string>>;
using names = std::vector<std::string>;

/// A message with the system attributes that a reader looks at.
inline std::string received(const std::string& body, const std::string& group, int receive_count,
                            const std::string& handle) {
    std::string reply = received_messages({body});
    std::string more = "<Attribute><Name>ApproximateReceiveCount</Name><Value>" + std::to_string(receive_count) +
                       "</Value></Attribute>";
    if (!group.empty()) more += "<Attribute><Name>MessageGroupId</Name><Value>" + group + "</Value></Attribute>";
    reply.insert(reply.find("</Message>"), more);
    const std::string usual = "r:" + body;
    reply.replace(reply.find(usual), usual.size(), handle);
    return reply;
}

/// Several of these in one reply.
inline std::string joined(const std::vector<std::string>& replies) {
    std::string all = replies.front();
    for (std::size_t i = 1; i < replies.size(); ++i) {
        const std::string& one = replies[i];
        const auto from = one.find("<Message>");
        const auto to = one.find("</Message>") + std::string("</Message>").size();
        all.insert(all.rfind("</Message>") + std::string("</Message>").size(), one.substr(from, to - from));
    }
    return all;
}

/// Waits until it is cancelled.
inline boost::asio::awaitable<void> wait_for_ever() {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer never(executor, std::chrono::steady_clock::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
}

} // namespace unit_tests
