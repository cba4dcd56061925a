// The state of a broker as values, for whoever looks at it: what the status page and its JSON are made of.
#pragma once

#include "local/message.hpp"
#include "local/rate_counter.hpp"

#include <sluice/local/broker.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// Per second.
struct rate {
    double ten_seconds = 0;
    double minute = 0;
};

inline rate rate_of(const rate_counter& counter, time_point now) {
    return {counter.per_second(now, std::chrono::seconds(10)), counter.per_second(now, std::chrono::seconds(60))};
}

struct queue_status {
    std::string name;
    std::string arn;
    bool fifo = false;
    queue_ledger counts;
    std::optional<std::chrono::milliseconds> oldest_age; ///< of the oldest message, visible or not; none: it is empty
    rate sent;
    rate received;
    rate deleted;
    std::map<std::string, std::string> attributes; ///< as GetQueueAttributes gives them
    std::map<std::string, std::string> tags;
    std::string dead_letter_arn; ///< of RedrivePolicy; empty: none
    std::uint64_t max_receive_count = 0;
    std::size_t waiting_polls = 0;
};

struct subscription_status {
    std::string arn;
    std::string protocol;
    std::string endpoint;
    std::string filter_policy; ///< empty: every message
    std::string filter_scope;  ///< empty without a filter
    bool raw = false;
    bool pending = false; ///< not confirmed
    std::string dead_letter_arn;
};

struct topic_status {
    std::string name;
    std::string arn;
    bool fifo = false;
    rate published;
    std::map<std::string, std::string> attributes; ///< those that were set
    std::map<std::string, std::string> tags;
    std::size_t subscription_count = 0;
    std::vector<subscription_status> subscriptions; ///< the first `most_subscriptions`
};

/// What one account has in one region.
struct place_status {
    std::string region;
    std::string account;
    std::vector<queue_status> queues;
    std::vector<topic_status> topics;
};

/// A request that failed, or a line of the log: something that a user may wonder about.
struct trouble {
    time_point time;
    std::string client;
    std::string operation;
    std::string resource;
    int status = 0; ///< 0: no reply, or nothing that was asked for
    std::string code;
    std::string message;
    std::string request_id;
};

struct broker_status {
    std::string endpoint;
    std::chrono::seconds uptime{0};
    time_point now;                      ///< by the broker's clock
    std::chrono::milliseconds ahead{0};  ///< of the true time, by `advance`
    std::chrono::milliseconds skewed{0}; ///< what clients see, by `skew_clock`
    std::size_t connections = 0;
    std::size_t waiting_polls = 0;
    std::size_t fault_rules = 0;
    std::uint64_t requests = 0;
    std::uint64_t failures = 0; ///< among the requests
    rate request_rate;
    std::size_t queue_count = 0; ///< that match; `places` has those of one page
    std::size_t topic_count = 0;
    std::vector<place_status> places;
    std::vector<trouble> troubles; ///< the latest first
};

/// Which queues and topics: those whose names contain `find`, `size` of them from `(page - 1) * size` on.
struct status_query {
    std::string find;
    std::size_t page = 1;
    std::size_t size = 100;
};

/// Tells for one name after the other whether it is on the page that is asked for.
class page_selection {
  public:
    explicit page_selection(const status_query& query)
        : find_(query.find), first_((query.page - 1) * query.size), end_(first_ + query.size) {}

    bool takes(std::string_view name) {
        if (name.find(find_) == std::string_view::npos) return false;
        const std::size_t index = matches_++;
        return index >= first_ && index < end_;
    }
    [[nodiscard]] std::size_t matches() const noexcept { return matches_; }

  private:
    std::string_view find_;
    std::size_t first_;
    std::size_t end_;
    std::size_t matches_ = 0;
};

constexpr std::size_t most_subscriptions = 100; ///< of each topic

struct peek_query {
    std::string region;
    std::string account;
    std::string queue;
    std::uint64_t after = 0;           ///< messages that arrived after this one
    std::optional<std::uint64_t> only; ///< this one, with all that it has
    std::size_t size = 20;             ///< messages
    std::size_t body_bytes = 4096;     ///< of each body
    std::size_t attribute_bytes = 256; ///< of each attribute
};

/// A message, unreceived by this.
struct peeked_message {
    std::uint64_t number = 0; ///< of its arrival in the queue
    std::string message_id;
    std::string sender;
    std::string state;                    ///< `visible`, `in flight`, `delayed`
    std::optional<time_point> visible_at; ///< unless it is visible
    time_point sent;
    std::optional<time_point> first_received;
    std::uint64_t receive_count = 0;
    std::string group;                        ///< empty: none
    std::string deduplication_id;             ///< empty: none
    std::string sequence_number;              ///< empty: none
    std::string trace_header;                 ///< empty: none
    std::string source_arn;                   ///< of the queue that it came from as a dead letter; empty: none
    std::string body;                         ///< its beginning
    std::size_t body_bytes = 0;               ///< all of it
    std::vector<attribute> attributes;        ///< values cut off at the bytes asked for
    std::vector<std::size_t> attribute_bytes; ///< of the whole values
};

struct queue_peek {
    std::string region;
    std::string account;
    time_point now;
    queue_status queue;
    std::vector<std::string> sources; ///< ARNs of the queues whose dead letters come here; the first 100
    std::vector<peeked_message> messages;
    std::uint64_t next = 0; ///< `after` of the next page; 0: this was the last
};

} // namespace sluice::local
