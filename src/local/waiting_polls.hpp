// The long polls that wait for a message, as values: in the order in which they came, with their ends. Pure.
#pragma once

#include "local/fault_plan.hpp"
#include "local/sqs_service.hpp"
#include "local/wire.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sluice::local {

using poll_id = std::uint64_t;

/// A ReceiveMessage that found nothing yet.
struct waiting_poll {
    exchange call;
    receive_request request;
    time_point deadline;
    reply_faults faults;
};

/// Every function costs at most the logarithm of the number of polls.
class waiting_polls {
  public:
    /// Ids must grow from poll to poll.
    void add(poll_id id, waiting_poll poll);
    /// Takes one out; nothing when it is not there any more.
    std::optional<waiting_poll> take(poll_id id);

    /// The one that waits longest at this queue.
    [[nodiscard]] std::optional<poll_id> first_at(const std::string& queue_name) const;
    [[nodiscard]] std::size_t count_at(const std::string& queue_name) const;
    [[nodiscard]] bool contains(poll_id id) const { return polls_.contains(id); }
    [[nodiscard]] const waiting_poll& at(poll_id id) const { return polls_.at(id); }

    /// When a message of this queue shows by itself; nothing takes the note away. Kept only while somebody waits there.
    void wake_at(const std::string& queue_name, std::optional<time_point> when);

    /// The queue with the earliest note that is due. It is forgotten by this.
    std::optional<std::string> take_due_queue(time_point now);
    /// The poll with the earliest end that has come.
    [[nodiscard]] std::optional<poll_id> first_ended(time_point now) const;
    /// When there will be something to do; nothing while nobody waits.
    [[nodiscard]] std::optional<time_point> next_event() const;
    [[nodiscard]] std::size_t size() const noexcept { return polls_.size(); }

  private:
    struct waiting_room {
        std::set<poll_id> polls; ///< ids grow, so this is the order of arrival
        std::optional<time_point> wake;
    };

    std::map<poll_id, waiting_poll> polls_;
    std::map<std::string, waiting_room> rooms_; ///< by queue
    std::set<std::pair<time_point, poll_id>> deadlines_;
    std::set<std::pair<time_point, std::string>> wakes_;
};

} // namespace sluice::local
