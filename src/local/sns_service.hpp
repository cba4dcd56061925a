// The operations of SNS: topics, subscriptions of queues, and delivery. Pure: `now` is an argument.
#pragma once

#include "local/deduplication.hpp"
#include "local/filter_policy.hpp"
#include "local/sqs_service.hpp"
#include "local/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// The policy that a topic has until it gets another one.
std::string default_policy(const std::string& topic_arn, const std::string& account_id);

/// Throws `fault` for more tags than a topic may have, or ones that are too long.
void check_topic_tags(const std::map<std::string, std::string>& tags);

class sns_service {
  public:
    using log_function = std::function<void(std::string_view)>;

    /// The queues of an account and region, by the ARN of one of them; nullptr when nobody has any there.
    using queues_function = std::function<sqs_service*(std::string_view queue_arn)>;

    sns_service(std::string region, std::string account_id, queues_function queues, log_function log)
        : region_(std::move(region)), account_id_(std::move(account_id)), queues_at_(std::move(queues)),
          log_(std::move(log)) {}

    /// Writes the reply; throws `fault`.
    void handle(std::string_view action, const input& parameters, output& reply, const request_context& context);

    [[nodiscard]] std::string arn_of(std::string_view name) const;

  private:
    struct subscription {
        std::string arn;
        std::string topic_arn;
        std::string endpoint; ///< the queue's ARN
        std::map<std::string, std::string> attributes;
        filter_policy filter;
        std::string dead_letters; ///< the ARN of RedrivePolicy; empty: none
        [[nodiscard]] bool raw() const;
        /// With the defaults of what was not set.
        [[nodiscard]] std::map<std::string, std::string> effective_attributes() const;
    };
    struct topic {
        std::string arn;
        std::map<std::string, std::string> attributes;
        std::vector<std::string> subscriptions; ///< ARNs
        std::map<std::string, std::string> tags;
        std::string data_protection_policy;
        deduplication recent; ///< FIFO
        std::uint64_t published = 0;
        [[nodiscard]] bool is_fifo() const { return arn.ends_with(".fifo"); }
        [[nodiscard]] bool is_set(const char* attribute) const;
    };
    struct publication {
        std::string message_id;
        std::string body;
        std::string subject;
        std::optional<std::string> group;
        std::optional<std::string> deduplication_id; ///< FIFO
        std::string sequence_number;                 ///< FIFO
        std::vector<attribute> attributes;
    };
    using members = const input&;

    void add_permission(members parameters, output& reply, const request_context& context);
    void confirm_subscription(members parameters, output& reply, const request_context& context);
    void create_topic(members parameters, output& reply, const request_context& context);
    void delete_topic(members parameters, output& reply, const request_context& context);
    void get_data_protection_policy(members parameters, output& reply, const request_context& context);
    void get_subscription_attributes(members parameters, output& reply, const request_context& context);
    void get_topic_attributes(members parameters, output& reply, const request_context& context);
    void list_subscriptions(members parameters, output& reply, const request_context& context);
    void list_subscriptions_by_topic(members parameters, output& reply, const request_context& context);
    void list_tags_for_resource(members parameters, output& reply, const request_context& context);
    void list_topics(members parameters, output& reply, const request_context& context);
    void publish(members parameters, output& reply, const request_context& context);
    void publish_batch(members parameters, output& reply, const request_context& context);
    void put_data_protection_policy(members parameters, output& reply, const request_context& context);
    void remove_permission(members parameters, output& reply, const request_context& context);
    void set_subscription_attributes(members parameters, output& reply, const request_context& context);
    void set_topic_attributes(members parameters, output& reply, const request_context& context);
    void subscribe(members parameters, output& reply, const request_context& context);
    void tag_resource(members parameters, output& reply, const request_context& context);
    void unsubscribe(members parameters, output& reply, const request_context& context);
    void untag_resource(members parameters, output& reply, const request_context& context);

    topic& topic_of(members parameters);
    topic& find_topic(const std::string& arn, std::string_view member);
    subscription& subscription_of(members parameters);
    /// `where` leads the error texts: Subscribe words them with "Attributes Reason: ".
    static void set_attribute(subscription& target, const std::string& name, const std::string& value,
                              const std::string& where);
    /// The queue of a RedrivePolicy. Throws `fault`.
    static std::string dead_letter_arn(const subscription& of, const std::string& policy, const std::string& where);
    [[nodiscard]] nlohmann::json policy_of(const topic& of) const;
    /// The topic of ResourceArn.
    topic& resource_of(members parameters);
    [[nodiscard]] static publication read_publication(members from, const topic& to);
    /// Numbers it, unless the topic has seen it: then it gets the first one's id and number. False: do not deliver.
    static bool admit(topic& to, publication& what, time_point now);
    [[nodiscard]] static std::size_t max_message_bytes(const topic& of);

    void write_subscription(output& reply, const subscription& one) const;
    void deliver(const topic& from, const publication& what, const request_context& context);
    void deliver_to(const subscription& to, const publication& what, const request_context& context);
    /// Empty when the queue took it, else why not.
    std::string hand_over(const std::string& queue_arn, const subscription& to, const publication& what,
                          const request_context& context);
    [[nodiscard]] std::string envelope(const subscription& to, const publication& what,
                                       const request_context& context) const;

    std::string region_;
    std::string account_id_;
    queues_function queues_at_;
    log_function log_;
    std::map<std::string, topic, std::less<>> topics_;               ///< by ARN
    std::map<std::string, subscription, std::less<>> subscriptions_; ///< by ARN
};

} // namespace sluice::local
