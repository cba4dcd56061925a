// The operations of SNS: topics, subscriptions of queues, and delivery. Pure: `now` is an argument.
#pragma once

#include "local/filter_policy.hpp"
#include "local/sqs_service.hpp"
#include "local/wire.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

class sns_service {
  public:
    using log_function = std::function<void(std::string_view)>;

    /// `queues` must outlive it.
    sns_service(std::string region, std::string account_id, sqs_service& queues, log_function log)
        : region_(std::move(region)), account_id_(std::move(account_id)), queues_(queues), log_(std::move(log)) {}

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
        [[nodiscard]] bool raw() const;
        /// With the defaults of what was not set.
        [[nodiscard]] std::map<std::string, std::string> effective_attributes() const;
    };
    struct topic {
        std::string arn;
        std::map<std::string, std::string> attributes;
        std::vector<std::string> subscriptions; ///< ARNs
    };
    struct publication {
        std::string message_id;
        std::string body;
        std::string subject;
        std::optional<std::string> group;
        std::vector<attribute> attributes;
    };
    using members = const input&;

    void create_topic(members parameters, output& reply, const request_context& context);
    void delete_topic(members parameters, output& reply, const request_context& context);
    void get_subscription_attributes(members parameters, output& reply, const request_context& context);
    void get_topic_attributes(members parameters, output& reply, const request_context& context);
    void list_subscriptions(members parameters, output& reply, const request_context& context);
    void list_subscriptions_by_topic(members parameters, output& reply, const request_context& context);
    void list_topics(members parameters, output& reply, const request_context& context);
    void publish(members parameters, output& reply, const request_context& context);
    void publish_batch(members parameters, output& reply, const request_context& context);
    void set_subscription_attributes(members parameters, output& reply, const request_context& context);
    void set_topic_attributes(members parameters, output& reply, const request_context& context);
    void subscribe(members parameters, output& reply, const request_context& context);
    void unsubscribe(members parameters, output& reply, const request_context& context);

    topic& topic_of(members parameters);
    topic& find_topic(const std::string& arn, std::string_view member);
    subscription& subscription_of(members parameters);
    /// `where` leads the error texts: Subscribe words them with "Attributes Reason: ".
    static void set_attribute(subscription& target, const std::string& name, const std::string& value,
                              const std::string& where);
    [[nodiscard]] static publication read_publication(members from, std::size_t max_bytes);
    [[nodiscard]] static std::size_t max_message_bytes(const topic& of);

    void write_subscription(output& reply, const subscription& one) const;
    void deliver(const topic& from, const publication& what, const request_context& context);
    void deliver_to(const subscription& to, const publication& what, const request_context& context);
    [[nodiscard]] std::string envelope(const subscription& to, const publication& what,
                                       const request_context& context) const;

    std::string region_;
    std::string account_id_;
    sqs_service& queues_;
    log_function log_;
    std::map<std::string, topic, std::less<>> topics_;               ///< by ARN
    std::map<std::string, subscription, std::less<>> subscriptions_; ///< by ARN
};

} // namespace sluice::local
