#include "topology/queue_set.hpp"

#include "session/session_state.hpp"
#include "topology/chain_rules.hpp"
#include "topology/chain_work.hpp"

#include <memory>
#include <utility>

namespace sluice::topology {
namespace {

using boost::asio::awaitable;

awaitable<chain_report> run(caller_ptr caller, std::vector<chain_queue> queues) {
    const auto wanted = std::make_shared<const wanted_chain>(resolve_without_topic(queues).value());
    chain_work work(std::move(caller), wanted);
    auto working = work.ensure(ensure_options());
    auto report = co_await std::move(working);
    co_return std::move(report).value();
}

} // namespace

awaitable<chain_report> ensure_queues(session session, std::vector<chain_queue> queues) {
    return run(session.state()->caller(), std::move(queues));
}

} // namespace sluice::topology
