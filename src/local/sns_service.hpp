// The operations of SNS: topics, subscriptions of queues and of HTTP(S) endpoints, and delivery. Pure: `now` is an
// argument.
#pragma once

#include "local/broker_status.hpp"
#include "local/deduplication.hpp"
#include "local/endpoint_deliveries.hpp"
#include "local/filter_policy.hpp"
#include "local/sns_document.hpp"
#include "local/sns_signer.hpp"
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

/// What the accounts of a broker share. It must outlive them.
struct sns_surroundings {
    std::function<void(std::string_view)> log;
    /// The queues of an account and region, by the ARN of one of them; nullptr when nobody has any there.
    std::function<sqs_service*(std::string_view queue_arn)> queues_at;
    sns_signer* signer = nullptr; ///< null: nothing is signed
    std::uint64_t last_post = 0;  ///< numbers the POSTs to endpoints
};

class sns_service {
  public:
    /// `shared` must outlive it. `place`: where what changes is written down.
    sns_service(std::string region, std::string account_id, sns_surroundings& shared, record_place place)
        : region_(std::move(region)), account_id_(std::move(account_id)), shared_(shared), place_(std::move(place)),
          deliveries_(shared.last_post) {}

    /// Writes the reply; throws `fault`.
    void handle(std::string_view action, const input& parameters, output& reply, const request_context& context);

    [[nodiscard]] std::string arn_of(std::string_view name) const;
    /// The topics that are on the page.
    [[nodiscard]] std::vector<topic_status> status(page_selection& page, time_point now) const;

    /// What was written down below `place`, in the order of the keys; throws `damaged_record`.
    void restore(std::string_view key, const record_reader& record);
    /// It goes, with everything that was written down.
    void erase_records() const;

    /// For time that went by: deliveries to endpoints become due.
    void advance(time_point now) { deliveries_.advance(now); }
    /// When `advance` has something to do.
    [[nodiscard]] std::optional<time_point> next_event() const { return deliveries_.next_event(); }
    /// The POSTs to be made now. Each ends with `posted`.
    [[nodiscard]] std::vector<endpoint_post> take_posts() { return deliveries_.take_posts(); }
    /// How a POST went. False for one of another account.
    bool posted(std::uint64_t id, const post_result& how, time_point now);

  private:
    struct subscription {
        std::string arn;
        std::string topic_arn;
        std::string protocol; ///< `sqs`, `http` or `https`
        std::string endpoint; ///< the queue's ARN, or a URL
        std::map<std::string, std::string> attributes;
        filter_policy filter;
        std::string dead_letters;   ///< the ARN of RedrivePolicy; empty: none
        std::uint64_t position = 0; ///< among the topic's: later ones have greater ones
        std::string token;          ///< that confirms it; empty for queues
        time_point token_end;       ///< an unconfirmed subscription ends with it
        bool confirmed = true;
        bool confirmed_with_signature = true;
        bool needs_signature = true; ///< to unsubscribe it
        [[nodiscard]] bool is_queue() const { return protocol == "sqs"; }
        /// How lists name it.
        [[nodiscard]] std::string shown_arn() const { return confirmed ? arn : "PendingConfirmation"; }
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
        rate_counter publications;
        [[nodiscard]] bool is_fifo() const { return arn.ends_with(".fifo"); }
        [[nodiscard]] bool is_set(const char* attribute) const;
    };
    struct publication {
        std::string message_id;
        std::string body;                                       ///< for protocols that have no text of their own
        std::map<std::string, std::string, std::less<>> bodies; ///< by protocol
        std::string subject;
        std::optional<std::string> group;
        std::optional<std::string> deduplication_id; ///< FIFO
        std::string sequence_number;                 ///< FIFO
        std::vector<attribute> attributes;
        /// By protocol, as `bodies`; "" is that of `body`. Signing takes longer than all the rest: it is done once.
        std::map<std::string, std::string, std::less<>> signatures;

        [[nodiscard]] const std::string& body_for(std::string_view protocol) const {
            const auto own = bodies.find(protocol);
            return own == bodies.end() ? body : own->second;
        }
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
    bool admit(topic& to, publication& what, time_point now);
    [[nodiscard]] static std::size_t max_message_bytes(const topic& of);

    void write_subscription(output& reply, const subscription& one) const;
    void deliver(const topic& from, publication& what, const request_context& context);
    void deliver_to_queue(const topic& from, const subscription& to, publication& what, const request_context& context);
    /// Empty when the queue took it, else why not.
    std::string hand_over(const std::string& queue_arn, const std::string& topic_arn, outgoing message, time_point now);
    /// For what was not delivered, and `line` says why: to the dead-letter queue, if there is one.
    void give_up(std::string line, const std::string& dead_letters, const std::string& topic_arn, outgoing message,
                 time_point now);
    [[nodiscard]] std::string envelope(const topic& from, const subscription& to, publication& what,
                                       const request_context& context);
    void log(std::string_view line) const {
        if (shared_.log) shared_.log(line);
    }

    // What is signed.
    [[nodiscard]] static std::string signature_version_of(const topic& of);
    /// Base64; empty when nothing is signed.
    std::string sign(const sns_document& what, const topic& of);
    /// With the signature, unless that is empty.
    void add_signature(sns_document& to, const topic& of, std::string signature, const request_context& context);

    // Endpoints.
    void deliver_to_endpoint(const topic& from, const subscription& to, publication& what,
                             const request_context& context);
    [[nodiscard]] endpoint_delivery make_delivery(const topic& from, const subscription& to,
                                                  const sns_document& what) const;
    void send(endpoint_delivery what, time_point now);
    /// Asks the endpoint whether it wants to be subscribed, and gives it its time to answer.
    void await_confirmation(subscription& one, const request_context& context);
    /// Asks the endpoint: for a new subscription, and for one that somebody ended by its link.
    void ask_endpoint(const topic& from, const subscription& to, const char* type, const request_context& context);
    [[nodiscard]] static delivery_policy policy_of(const topic& from, const subscription& to);
    void remove(std::map<std::string, subscription, std::less<>>::iterator which);
    /// Those that nobody confirmed in time.
    void forget_unconfirmed(time_point now);

    // What is written down, after what was changed; without a storage nothing.
    [[nodiscard]] record_place place_of(const topic& of) const;
    /// Of the topic's next subscription.
    [[nodiscard]] std::uint64_t next_position(const topic& of) const;
    void record(const topic& of) const;
    void record(const subscription& of) const;
    void record_published(const topic& of) const;
    void erase_records_of(const topic& of) const;
    void erase_record_of(const subscription& of) const;
    void restore_topic(std::string_view name, const record_reader& record);
    void restore_subscription(topic& of, std::string_view id, const record_reader& record);

    std::string region_;
    std::string account_id_;
    sns_surroundings& shared_;
    std::map<std::string, topic, std::less<>> topics_;               ///< by ARN
    std::map<std::string, subscription, std::less<>> subscriptions_; ///< by ARN
    record_place place_;
    std::multimap<time_point, std::string> unconfirmed_;     ///< ARNs, by when they end
    std::map<std::string, subscription, std::less<>> ended_; ///< by the token that brings them back
    endpoint_deliveries deliveries_;
};

} // namespace sluice::local
