// Topic-queue chaining: one topic, a queue for each service that reads it, and what ties them together, as a value.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>
#include <sluice/message.hpp>
#include <sluice/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What a filter policy looks at: the attributes of a message, or its body, which must be a JSON object then.
enum class filter_scope { attributes, body };

/// How SQS encrypts what rests in a queue.
class queue_encryption {
  public:
    enum class kind { unstated, none, sqs_managed, kms };

    /// Not stated: the queue keeps what it has; a new one is encrypted by SQS.
    queue_encryption() = default;
    static queue_encryption none() { return queue_encryption(kind::none, {}); }
    /// With keys of SQS's own (SSE-SQS).
    static queue_encryption sqs_managed() { return queue_encryption(kind::sqs_managed, {}); }
    /// With a KMS key: id, ARN or alias. Its key policy must let `sns.amazonaws.com` use it, so `alias/aws/sqs` cannot
    /// be between a topic and a queue.
    static queue_encryption kms(std::string key) { return queue_encryption(kind::kms, std::move(key)); }

    [[nodiscard]] kind how() const noexcept { return kind_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

  private:
    queue_encryption(kind how, std::string key) : kind_(how), key_(std::move(key)) {}

    kind kind_ = kind::unstated;
    std::string key_;
};

/// Which queues may have this one as their dead-letter queue.
class redrive_allowance {
  public:
    enum class kind { unstated, all, none, chain, listed };

    /// Not stated: the queue keeps what it has; AWS lets every queue of the account.
    redrive_allowance() = default;
    static redrive_allowance all() { return redrive_allowance(kind::all, {}); }
    static redrive_allowance none() { return redrive_allowance(kind::none, {}); }
    /// The queues of the chain that name it.
    static redrive_allowance chain() { return redrive_allowance(kind::chain, {}); }
    /// 1 to 10 names of queues of the chain, or ARNs.
    static redrive_allowance listed(std::vector<std::string> sources) {
        return redrive_allowance(kind::listed, std::move(sources));
    }

    [[nodiscard]] kind how() const noexcept { return kind_; }
    [[nodiscard]] const std::vector<std::string>& sources() const noexcept { return sources_; }

  private:
    redrive_allowance(kind how, std::vector<std::string> sources) : kind_(how), sources_(std::move(sources)) {}

    kind kind_ = kind::unstated;
    std::vector<std::string> sources_;
};

/// The topic of a chain.
struct chain_topic {
    explicit chain_topic(std::string topic_name = {}) : name(std::move(topic_name)) {}

    std::string name; ///< FIFO when it ends in `.fifo`
    /// Such as `DisplayName`, `KmsMasterKeyId`, `MaximumMessageSize`. Those that are not stated stay as they are.
    std::map<std::string, std::string> attributes;
    std::map<std::string, std::string> tags; ///< others that the topic has stay
};

/// A queue of a chain.
struct chain_queue {
    chain_queue() = default;
    explicit chain_queue(std::string queue_name, std::string filter = {})
        : name(std::move(queue_name)), filter_policy(std::move(filter)) {}

    std::string name;      ///< FIFO when it ends in `.fifo`
    bool subscribe = true; ///< false: the topic does not deliver to it, such as to a dead-letter queue

    // The subscription.
    std::string filter_policy; ///< JSON object; empty: every message, and a filter that is there is taken away
    filter_scope filter_on = filter_scope::attributes;
    bool raw_delivery = true; ///< the message itself; false: wrapped in SNS's JSON envelope
    /// Where SNS puts what it cannot deliver to the queue: a queue of the chain by its name, any other by its ARN.
    /// A name that the chain does not define is made, with a retention of 14 days. Empty: as it is.
    std::string undelivered_queue;

    // The queue.
    /// Such as `VisibilityTimeout`. Those that are not stated stay as they are. `Policy`, `RedrivePolicy` and
    /// `RedriveAllowPolicy` have members of their own.
    std::map<std::string, std::string> attributes;
    std::map<std::string, std::string> tags; ///< others that the queue has stay
    /// Where SQS moves what was received `max_receive_count` times; named as `undelivered_queue`. Empty: as it is.
    std::string dead_letter_queue;
    int max_receive_count = 5; ///< 1 to 1,000
    redrive_allowance redrive_allow;
    queue_encryption encryption;
};

/// The definition of a chain.
class SLUICE_API chain {
  public:
    explicit chain(std::string topic_name) : topic_(std::move(topic_name)) {}
    explicit chain(chain_topic topic) : topic_(std::move(topic)) {}
    /// Reads the JSON form, which has the same members:
    ///
    ///     {"topic": {"name": "orders", "attributes": {"DisplayName": "Orders"}, "tags": {"team": "shop"}},
    ///      "queues": ["audit",
    ///                 {"name": "billing", "filter_policy": {"country": ["DE"]}, "filter_on": "attributes",
    ///                  "raw_delivery": true, "subscribe": true, "undelivered_queue": "billing-undelivered",
    ///                  "attributes": {"VisibilityTimeout": 60}, "tags": {}, "dead_letter_queue": "billing-dead",
    ///                  "max_receive_count": 5, "redrive_allow": "chain", "encryption": {"kms_key": "alias/shop"}}]}
    ///
    /// `topic` may be the name alone; `redrive_allow` is "all", "none", "chain" or a list, `encryption` "none", "sqs"
    /// or a KMS key. Throws `error` with `errc::invalid_argument` that names the place: for what is not JSON, members
    /// that are unknown or there twice, values of another type. What a chain may be is checked by `ensure`.
    static chain from_json(std::string_view text);

    chain& queue(chain_queue queue) {
        queues_.push_back(std::move(queue));
        return *this;
    }
    chain& queue(std::string name, std::string filter_policy = {}) {
        return queue(chain_queue(std::move(name), std::move(filter_policy)));
    }

    [[nodiscard]] const chain_topic& topic() const noexcept { return topic_; }
    [[nodiscard]] const std::vector<chain_queue>& queues() const noexcept { return queues_; }

  private:
    chain_topic topic_;
    std::vector<chain_queue> queues_;
};

/// What a chain consists of, once it stands.
struct chain_links {
    struct link {
        link() = default;
        std::string queue_name, queue_url, queue_arn;
        std::string subscription_arn; ///< empty for a queue that the topic does not deliver to
    };

    chain_links() = default;
    std::string topic_arn;
    /// In the order of the definition; then the dead-letter queues that it only names.
    std::vector<link> queues;
};

enum class chain_action { create, change, leave, remove };

/// The action in the past tense: "created", "changed", "left", "removed".
SLUICE_API std::string_view done(chain_action action) noexcept;

/// What is to be done, or was done, with one thing.
struct chain_step {
    chain_step() = default;
    chain_step(chain_action what, std::string thing, std::string why)
        : action(what), resource(std::move(thing)), detail(std::move(why)) {}

    chain_action action = chain_action::leave;
    std::string
        resource;       ///< `topic orders`, `queue billing`, `policy of queue billing`, `subscription of queue billing`
    std::string detail; ///< such as `VisibilityTimeout: 30 -> 60`, or why it is left; may be empty

    friend bool operator==(const chain_step&, const chain_step&) = default;
};

struct SLUICE_API chain_report : chain_links {
    chain_report() = default;

    std::vector<chain_step> steps; ///< in the order in which they were done; then what was left

    /// False: everything stood as defined.
    [[nodiscard]] bool changed() const noexcept;
};

struct ensure_options {
    ensure_options() = default;

    /// Ends the topic's subscriptions that the chain does not define. Without it nothing is ever deleted.
    bool unsubscribe_others = false;
};

struct remove_options {
    remove_options() = default;

    /// Deletes queues with messages in them or with statements of others in their policy, and a topic with
    /// subscriptions that the chain does not define. Without it these are left.
    bool even_in_use = false;
};

// Of the functions below. Each may be repeated, by every service at every start, and by many at once: they end in one
// chain. `plan` and `check` change nothing.
//
// Errors (thrown as `sluice::error`): `errc::invalid_argument` for a definition that cannot be, before anything is sent
// (names and attributes by the rules of AWS, types of topic and queues, filter policies, circles of dead-letter
// queues), and for a queue policy that would become larger than 8,192 bytes or 20 statements; else those of the
// operations. After a failure, or a kill, call it again: it goes on where it stopped. Cancellation: between two
// operations, as for `sqs::client`. Threads: any coroutine of the session's executor; the session may be destroyed
// meanwhile. Rights needed: those to read and change topic, queues and subscriptions; where no queue of the chain is
// there yet, also `sts:GetCallerIdentity` or else `sns:ListTopics`, to find out the account.

/// Makes it so: creates what is missing and changes what differs of what the definition states. A queue's policy gets
/// one statement, that the topic may send to it; all others stay. The policy comes before the subscription.
///
/// Two chains that share a queue write the same policy, which SQS cannot do atomically: what was written is read again
/// at the end, and written again where another has overwritten it.
SLUICE_API boost::asio::awaitable<chain_report> ensure(session session, chain definition,
                                                       ensure_options options = ensure_options());

/// What `ensure` would do now.
SLUICE_API boost::asio::awaitable<std::vector<chain_step>> plan(session session, chain definition,
                                                                ensure_options options = ensure_options());

/// Removes the subscriptions of the chain's queues, the statements in their policies, the queues and the topic. What is
/// in use is left, and the report says why. Messages in queues that are deleted are gone.
SLUICE_API boost::asio::awaitable<chain_report> remove(session session, chain definition,
                                                       remove_options options = remove_options());

/// What `remove` would do now.
SLUICE_API boost::asio::awaitable<std::vector<chain_step>> plan_removal(session session, chain definition,
                                                                        remove_options options = remove_options());

/// Why messages do not arrive.
enum class chain_fault {
    topic_missing,
    queue_missing,
    subscription_missing,
    subscription_pending, ///< nobody has confirmed it
    policy_missing,       ///< no statement lets the topic send to the queue
    policy_denies,        ///< a statement forbids it
    type_mismatch,        ///< FIFO and standard
    too_many_attributes,  ///< raw delivery drops messages with more than 10
    filter_rejects,       ///< the filter policy does not match the sample
    wrong_region,
    wrong_account,
    encryption_key,
    dead_letter_type,    ///< FIFO and standard
    dead_letter_missing, ///< there is no such queue
    dead_letter_refuses, ///< its policy, or whose dead letters it takes
    message_limit,  ///< the topic takes larger messages than the queue or the other subscribers, or the sample is too
                    ///< large
    sample_refused, ///< SNS would not take it
    differs,        ///< not as defined: `ensure` would change it
};

/// Such as `policy_missing`.
SLUICE_API std::string_view name_of(chain_fault fault) noexcept;

struct chain_finding {
    chain_finding() = default;

    chain_fault fault = chain_fault::differs;
    /// False: it may be so. The text says what cannot be seen from here, such as the policy of a KMS key.
    bool certain = true;
    std::string resource; ///< as in `chain_step`
    std::string text;     ///< what is wrong, with the values, and what to do
};

/// Looks at everything between the topic and the queues' readers, and explains why messages do not arrive. Empty:
/// nothing was found. `sample` is a message that should arrive at every queue: it is compared with filters and limits,
/// and is not sent. Faults that need none are found without it. A definition whose types do not fit together is a
/// finding here, not an error.
///
/// Cannot be seen from here: key policies, the rights of who publishes, other accounts' queues.
SLUICE_API boost::asio::awaitable<std::vector<chain_finding>> check(session session, chain definition,
                                                                    std::optional<message> sample = std::nullopt);

} // namespace sluice
