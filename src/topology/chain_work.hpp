// Carries out the steps of a plan.
#pragma once

#include "client/caller.hpp"
#include "topology/chain_plan.hpp"
#include "topology/chain_reader.hpp"

#include <sluice/chain.hpp>
#include <sluice/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice::topology {

/// One run of `ensure` or `remove`. Usable for one run.
class chain_work {
  public:
    chain_work(caller_ptr caller, wanted_ptr wanted) : caller_(std::move(caller)), wanted_(std::move(wanted)) {}

    boost::asio::awaitable<result<chain_report>> ensure(ensure_options options);
    boost::asio::awaitable<result<chain_report>> remove(remove_options options);

  private:
    using outcome = result<void>;

    boost::asio::awaitable<outcome> ensure_once(ensure_options options);
    boost::asio::awaitable<outcome> create(planned_step step);
    boost::asio::awaitable<outcome> create_topic(planned_step step);
    boost::asio::awaitable<outcome> create_queue(planned_step step);
    boost::asio::awaitable<outcome> carry_out(planned_step step);
    boost::asio::awaitable<outcome> change_topic(planned_step step);
    boost::asio::awaitable<outcome> change_queue(planned_step step);
    boost::asio::awaitable<outcome> change_subscription(planned_step step);
    boost::asio::awaitable<outcome> change_policy(planned_step step);
    boost::asio::awaitable<outcome> subscribe(planned_step step);
    /// False: a policy that was written here has been overwritten meanwhile.
    boost::asio::awaitable<result<bool>> policies_stand();
    boost::asio::awaitable<void> pause(int round);

    void note(const planned_step& step);
    [[nodiscard]] chain_report report() const;

    caller_ptr caller_;
    wanted_ptr wanted_;
    found_chain found_;
    std::vector<chain_step> done_;
    std::vector<chain_step> left_;
    std::set<std::string> written_policies_; ///< names of queues
};

} // namespace sluice::topology
