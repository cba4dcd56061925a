// Which faults a request meets, by rules: counted, seeded, in order. Pure.
#pragma once

#include "local/fault.hpp"

#include <sluice/local/fault_rule.hpp>

#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// What becomes of an answer on its way to the client.
enum class reply_fate { whole, dropped, cut, garbage };

struct reply_faults {
    reply_fate fate = reply_fate::whole;
    connection_end ending = connection_end::closed; ///< for all fates but `whole`
    bool garbage_body = false;
    std::chrono::milliseconds delay{0};
    bool outlives_client = false;
};

struct request_kind {
    std::string_view service; ///< `sqs`, `sns`, `sts`
    std::string_view operation;
    std::string_view resource; ///< name of the queue or topic; empty when there is none
};

class fault_plan {
    struct rule_state;

  public:
    /// What one request meets. Not to be kept over a change of the plan.
    class request_faults {
      public:
        std::optional<fault> refusal;
        std::optional<connection_end> dropped; ///< before it is applied
        std::optional<restart_memory> restart;
        bool expire_visibility = false;
        reply_faults reply;

        [[nodiscard]] bool concerns_entries() const noexcept { return !entry_rules_.empty(); }
        /// Rolls the dice for one entry of the batch, counted from 0.
        std::optional<fault> for_entry(std::size_t index);

      private:
        friend class fault_plan;
        std::string service_;
        std::vector<rule_state*> entry_rules_;
    };

    /// Throws std::invalid_argument that names the member, its value and the rule.
    fault_id add(fault_rule rule);
    bool remove(fault_id id);
    void clear() noexcept { rules_.clear(); }
    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }
    [[nodiscard]] std::vector<listed_fault> list() const;

    request_faults for_request(const request_kind& request);
    /// How a new connection ends at once; nothing: it goes on.
    std::optional<connection_end> for_connection();

  private:
    struct rule_state {
        listed_fault listed;
        std::mt19937_64 dice;

        /// Counts one match, and says whether it is one of those that the rule is for.
        bool counts();
        /// Rolls the dice, and counts what they say.
        bool strikes();
    };

    std::list<rule_state> rules_; ///< pointers into it live as long as the rule
    fault_id last_id_ = 0;
};

/// Throws std::invalid_argument.
void check_rule(const fault_rule& rule);

} // namespace sluice::local
