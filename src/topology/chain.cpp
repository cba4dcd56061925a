// The public functions of chains: rules first, then the reader, the planner and the worker.
#include <sluice/chain.hpp>

#include "session/session_state.hpp"
#include "topology/chain_check.hpp"
#include "topology/chain_plan.hpp"
#include "topology/chain_reader.hpp"
#include "topology/chain_rules.hpp"
#include "topology/chain_work.hpp"

#include <algorithm>

namespace sluice {
namespace {

using boost::asio::awaitable;
using topology::caller_ptr;
using topology::wanted_ptr;

wanted_ptr fitting(const chain& definition) {
    return std::make_shared<const topology::wanted_chain>(topology::resolve_fitting(definition).value());
}

std::vector<chain_step> shown(const std::vector<topology::planned_step>& steps) {
    std::vector<chain_step> all;
    all.reserve(steps.size());
    for (const auto& step : steps) all.push_back(step.shown);
    return all;
}

awaitable<chain_report> run_ensure(caller_ptr caller, chain definition, ensure_options options) {
    topology::chain_work work(caller, fitting(definition));
    auto working = work.ensure(options);
    auto report = co_await std::move(working);
    co_return std::move(report).value();
}

awaitable<chain_report> run_remove(caller_ptr caller, chain definition, remove_options options) {
    topology::chain_work work(caller, fitting(definition));
    auto working = work.remove(options);
    auto report = co_await std::move(working);
    co_return std::move(report).value();
}

awaitable<topology::found_chain> look(caller_ptr caller, wanted_ptr wanted) {
    auto reading = topology::read_chain(caller, wanted);
    auto found = co_await std::move(reading);
    co_return std::move(found).value();
}

awaitable<std::vector<chain_step>> run_plan(caller_ptr caller, chain definition, ensure_options options) {
    const wanted_ptr wanted = fitting(definition);
    auto looking = look(caller, wanted);
    const topology::found_chain found = co_await std::move(looking);
    co_return shown(topology::plan_chain(*wanted, found, options).value());
}

awaitable<std::vector<chain_step>> run_plan_removal(caller_ptr caller, chain definition, remove_options options) {
    const wanted_ptr wanted = fitting(definition);
    auto looking = look(caller, wanted);
    const topology::found_chain found = co_await std::move(looking);
    co_return shown(topology::plan_removal(*wanted, found, options));
}

awaitable<std::vector<chain_finding>> run_check(caller_ptr caller, chain definition, std::optional<message> sample) {
    const wanted_ptr wanted = std::make_shared<const topology::wanted_chain>(topology::resolve(definition).value());
    auto looking = look(caller, wanted);
    topology::found_chain found = co_await std::move(looking);
    auto reading = topology::read_dead_letters(caller, std::move(found));
    const auto complete = co_await std::move(reading);
    co_return topology::diagnose(*wanted, complete.value(), sample);
}

} // namespace

std::string_view done(chain_action action) noexcept {
    switch (action) {
    case chain_action::create: return "created";
    case chain_action::change: return "changed";
    case chain_action::leave: return "left";
    case chain_action::remove: return "removed";
    }
    return {};
}

std::string_view name_of(chain_fault fault) noexcept {
    switch (fault) {
    case chain_fault::topic_missing: return "topic_missing";
    case chain_fault::queue_missing: return "queue_missing";
    case chain_fault::subscription_missing: return "subscription_missing";
    case chain_fault::subscription_pending: return "subscription_pending";
    case chain_fault::policy_missing: return "policy_missing";
    case chain_fault::policy_denies: return "policy_denies";
    case chain_fault::type_mismatch: return "type_mismatch";
    case chain_fault::too_many_attributes: return "too_many_attributes";
    case chain_fault::filter_rejects: return "filter_rejects";
    case chain_fault::wrong_region: return "wrong_region";
    case chain_fault::wrong_account: return "wrong_account";
    case chain_fault::encryption_key: return "encryption_key";
    case chain_fault::dead_letter_type: return "dead_letter_type";
    case chain_fault::dead_letter_missing: return "dead_letter_missing";
    case chain_fault::dead_letter_refuses: return "dead_letter_refuses";
    case chain_fault::message_limit: return "message_limit";
    case chain_fault::sample_refused: return "sample_refused";
    case chain_fault::differs: return "differs";
    }
    return {};
}

bool chain_report::changed() const noexcept {
    return std::ranges::any_of(steps, [](const chain_step& one) { return one.action != chain_action::leave; });
}

awaitable<chain_report> ensure(session session, chain definition, ensure_options options) {
    return run_ensure(session.state()->caller(), std::move(definition), options);
}

awaitable<std::vector<chain_step>> plan(session session, chain definition, ensure_options options) {
    return run_plan(session.state()->caller(), std::move(definition), options);
}

awaitable<chain_report> remove(session session, chain definition, remove_options options) {
    return run_remove(session.state()->caller(), std::move(definition), options);
}

awaitable<std::vector<chain_step>> plan_removal(session session, chain definition, remove_options options) {
    return run_plan_removal(session.state()->caller(), std::move(definition), options);
}

awaitable<std::vector<chain_finding>> check(session session, chain definition, std::optional<message> sample) {
    return run_check(session.state()->caller(), std::move(definition), std::move(sample));
}

} // namespace sluice
