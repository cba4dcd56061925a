// The deliveries to HTTP(S) endpoints that are under way: what is sent when, what is tried again, and what is given up.
// Pure: it says what to post and is told how it went; `now` is an argument.
#pragma once

#include "local/delivery_policy.hpp"
#include "local/endpoint_url.hpp"
#include "local/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::local {

/// One POST, for the shell to make. It must tell how it went, once, under the id.
struct endpoint_post {
    std::uint64_t id = 0;
    endpoint_url to;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// How a POST went.
struct post_result {
    int status = 0;      ///< of HTTP; 0: there was no answer
    std::string failure; ///< why not
};

/// A message on its way to an endpoint.
struct endpoint_delivery {
    std::string subscription_arn;
    std::string topic_arn;
    std::string message_id;
    std::string url; ///< as subscribed, for the log
    endpoint_url to;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<attribute> attributes; ///< for a dead-letter queue; they are not posted
    delivery_policy policy;
};

/// What became of a delivery after a POST.
struct delivery_step {
    std::optional<endpoint_delivery> given_up; ///< there is no next attempt
    std::optional<time_point> next_attempt;
    std::string line; ///< for the log, if there is anything to wonder about
};

struct delivery_bounds {
    std::size_t running = 16;                          ///< POSTs at once, for each subscription
    std::size_t messages = 10'000;                     ///< waiting and running, for each subscription
    std::size_t bytes = std::size_t(64) << 20;         ///< their bodies
    std::size_t bytes_of_all = std::size_t(256) << 20; ///< of all subscriptions
};

class endpoint_deliveries {
  public:
    /// `last_id` is counted up for each POST, and must outlive it: brokers number the POSTs of all their accounts.
    explicit endpoint_deliveries(std::uint64_t& last_id, delivery_bounds bounds = {})
        : last_id_(last_id), bounds_(bounds) {}

    /// Empty when it is taken, else why not: there are too many already.
    [[nodiscard]] std::string add(endpoint_delivery what, time_point now);
    /// Nothing for a POST that is none of these, or of a subscription that has been forgotten.
    std::optional<delivery_step> finished(std::uint64_t id, const post_result& how, time_point now);
    /// The subscription is gone, and what was to go there with it.
    void forget(const std::string& subscription_arn);

    /// For time that went by: attempts become due.
    void advance(time_point now);
    [[nodiscard]] std::optional<time_point> next_event() const;
    [[nodiscard]] std::vector<endpoint_post> take_posts() { return std::exchange(posts_, {}); }

  private:
    struct attempt {
        endpoint_delivery what;
        retry_schedule schedule;
        bool may_start = false; ///< it has got its turn from the throttle
    };
    struct lane {
        std::size_t running = 0;
        std::size_t messages = 0;
        std::size_t bytes = 0;
        time_point next_turn;       ///< of the throttle
        std::deque<attempt> at_cap; ///< due, but enough are running
    };

    void start(attempt one, lane& of);
    void drop(lane& of, const attempt& one);

    std::uint64_t& last_id_;
    delivery_bounds bounds_;
    std::map<std::string, lane> lanes_; ///< by subscription
    std::multimap<time_point, attempt> waiting_;
    std::map<std::uint64_t, attempt> running_;
    std::size_t bytes_ = 0;
    std::vector<endpoint_post> posts_;
};

} // namespace sluice::local
