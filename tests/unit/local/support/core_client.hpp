// Calls the broker's core as a client of either protocol would, in virtual time.
#pragma once

#include <local/broker_core.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace local_tests {

using form = std::vector<std::pair<std::string, std::string>>;

struct answer {
    int status = 0;
    std::string body;
    std::string query_error;
    sluice::local::poll_id poll = 0; ///< not 0: there is no answer yet

    [[nodiscard]] bool waits() const noexcept { return poll != 0; }
    /// The text of the first element of that name in an XML body; empty when there is none.
    [[nodiscard]] std::string element(const std::string& name) const;
    /// Of all elements of that name.
    [[nodiscard]] std::vector<std::string> elements(const std::string& name) const;
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
    /// The error's code, type (JSON) and message.
    [[nodiscard]] std::string code() const;
    [[nodiscard]] std::string message() const;
};

class core_client {
  public:
    /// Signatures are not asked for. With a storage each call is committed, unless `commits` is false. To sign what
    /// SNS sends takes a key, which takes a while to make.
    explicit core_client(std::shared_ptr<sluice::local::storage> storage = nullptr, bool signing = false);

    sluice::local::time_point now;
    std::vector<std::string> log;
    bool commits = true;
    /// The key that calls are made with: `other` is of account 111111111111; empty: none, and the broker's own account.
    std::string key;

    answer query(std::string_view version, std::string_view action, const form& parameters);
    answer sqs(std::string_view action, const form& parameters) { return query("2012-11-05", action, parameters); }
    answer sns(std::string_view action, const form& parameters) { return query("2010-03-31", action, parameters); }
    answer json(std::string_view action, const nlohmann::json& parameters);
    /// A body as it is, under the given headers.
    answer raw(std::string_view method, std::string_view target, std::vector<sigv4::header> headers,
               std::string_view body);

    /// Lets virtual time go by.
    void pass(std::chrono::milliseconds time);
    /// The answer to a poll that waited; status 0 when it still does.
    answer finished(sluice::local::poll_id poll);
    void forget(sluice::local::poll_id poll) { core_->forget(poll); }
    [[nodiscard]] sluice::local::broker_core& core() noexcept { return *core_; }
    void commit();
    /// The core goes as if killed; the next one has what the storage has.
    void reopen();

    // Short forms. Queues are named by their URLs.
    std::string create_queue(const std::string& name, const std::map<std::string, std::string>& attributes = {});
    void send(const std::string& queue_url, const std::string& body);
    /// The bodies that one ReceiveMessage of up to ten gives.
    std::vector<std::string> receive(const std::string& queue_url);
    /// The messages, with everything that can be asked for.
    nlohmann::json receive_all(const std::string& queue_url);
    /// A topic and a queue that is subscribed to it, with a policy that allows it.
    std::string create_topic(const std::string& name);
    std::string subscribe(const std::string& topic_arn, const std::string& queue_name,
                          const std::map<std::string, std::string>& attributes, bool with_policy = true);
    sluice::local::queue_ledger ledger(const std::string& queue_name);

  private:
    void collect();

    std::shared_ptr<sluice::local::storage> storage_;
    bool signing_ = false;
    std::optional<sluice::local::broker_core> core_;
    std::map<sluice::local::poll_id, answer> finished_;
};

/// `application/x-www-form-urlencoded`
std::string encode_form(const form& parameters);

} // namespace local_tests
