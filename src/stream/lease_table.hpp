// Until when received messages are ours, and when to ask for more time. No I/O, no clock: `now` is an argument.
//
// Sources: the SQS developer guide on the visibility timeout (12 h at most from the receive; the timeout counts from
// the change), and the API page of ChangeMessageVisibility.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::stream {

using lease_id = std::uint64_t;

struct lease_limits {
    std::chrono::seconds visibility{30};
    /// Counted from the receive; at most 12 h.
    std::chrono::seconds longest = std::chrono::hours(1);
    /// False: a lease ends with the visibility timeout that it began with.
    bool renew = true;
};

/// Until when a message whose visibility timeout was set between `asked` and now may be treated as ours: a second is
/// kept back for the way of requests, or half of a short timeout.
std::chrono::steady_clock::time_point ours_until(std::chrono::steady_clock::time_point asked,
                                                 std::chrono::seconds visibility) noexcept;

class lease_table {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    struct renewal {
        lease_id lease = 0;
        std::string receipt_handle;
        std::chrono::seconds timeout{0}; ///< from now on
        time_point asked;
    };

    explicit lease_table(const lease_limits& limits = {}) : limits_(limits) {}

    lease_id add(std::string receipt_handle, time_point received);
    /// The message was received again while it is ours: what its newest handle says counts.
    void received_again(lease_id lease, std::string receipt_handle, time_point received);

    /// Those to be renewed now, and those nearly due: they share a request. Each is under way until `renewed` or
    /// `not_renewed`. A renewal keeps the message at most until the longest time is over.
    std::vector<renewal> take_due(time_point now);
    void renewed(const renewal& done);
    /// `for_good`: the service says that the message is not ours any more. Else it is tried again while there is time.
    void not_renewed(const renewal& failed, bool for_good, time_point now);

    /// Leases that ended since the last call, each once. They stay in the table until `remove`.
    std::vector<lease_id> take_lost(time_point now);

    /// The message is about to be deleted or given back: no further renewals. True while one is under way.
    bool settle(lease_id lease);
    void remove(lease_id lease);

    /// When `take_due` or `take_lost` have something to give, without anything else happening.
    [[nodiscard]] std::optional<time_point> next_event() const;
    [[nodiscard]] bool is_ours(lease_id lease, time_point now) const;
    [[nodiscard]] bool is_being_renewed(lease_id lease) const;
    /// Of a lease in the table.
    [[nodiscard]] const std::string& receipt_handle(lease_id lease) const { return leases_.at(lease).handle; }
    [[nodiscard]] time_point end_of(lease_id lease) const { return leases_.at(lease).ours_until; }
    [[nodiscard]] std::size_t size() const noexcept { return leases_.size(); }

  private:
    struct entry {
        std::string handle;
        time_point longest; ///< no renewal reaches beyond it
        time_point ours_until;
        time_point next_try; ///< to renew; max: not again
        int renewals = 0;    ///< under way: a second one after it was received again
        bool settling = false;
        bool lost = false;
        std::optional<time_point> noted; ///< its place in the agenda
    };
    using place = std::unordered_map<lease_id, entry>::iterator;

    void begin(entry& one, std::chrono::seconds visibility, time_point asked);
    void note(place at);
    void lose(place at);

    lease_limits limits_;
    lease_id last_ = 0;
    std::unordered_map<lease_id, entry> leases_;
    std::set<std::pair<time_point, lease_id>> agenda_;
    std::vector<lease_id> lost_;
};

} // namespace sluice::stream
