// A transport that plays a script: tests say which operations they expect and what the service answers.
#pragma once

#include "transport/one_shot_event.hpp"

#include <sluice/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace unit_tests {

/// A request as a service sees it.
struct seen_call {
    std::string operation;                         ///< `Action` of a form, or the end of X-Amz-Target
    std::map<std::string, std::string> parameters; ///< decoded form; empty for JSON
    sluice::http_request request;

    /// The parameter's value; empty when it is not there.
    [[nodiscard]] std::string parameter(const std::string& name) const;
    /// How many members a list parameter has, such as `SendMessageBatchRequestEntry`.
    [[nodiscard]] std::size_t entries(const std::string& list_name) const;
};

/// Reads a form or JSON request.
seen_call read_call(sluice::http_request request);

/// `application/x-www-form-urlencoded` into names and values.
std::map<std::string, std::string> parse_form(std::string_view body);

/// One line of the script. Used for one call, or for as many as `times` says.
class scripted_step {
  public:
    using answer_function = std::function<sluice::result<sluice::http_reply>(const seen_call&)>;

    scripted_step& reply(int status, std::string body);
    scripted_step& fail(sluice::errc code, bool may_have_been_applied);
    scripted_step& answer(answer_function make);
    /// Calls wait here until `scripted_transport::release`.
    scripted_step& hold() {
        held_ = true;
        return *this;
    }
    scripted_step& times(std::size_t count) {
        left_ = count;
        return *this;
    }
    scripted_step& always() { return times(static_cast<std::size_t>(-1)); }

  private:
    friend class scripted_transport;
    explicit scripted_step(std::string operation) : operation_(std::move(operation)) {}

    std::string operation_;
    answer_function answer_;
    bool held_ = false;
    std::size_t left_ = 1;
};

/// Steps of one operation are used in the order in which they were written. A call without a step is recorded and
/// refused with HTTP 400. Usable from several threads.
class scripted_transport final : public sluice::transport {
  public:
    explicit scripted_transport(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// The reference is good until the script is used.
    scripted_step& expect(std::string operation);

    /// Lets the oldest held call go on; false when none is held.
    bool release();
    void release_all();
    /// From now on nothing is held.
    void hold_nothing_more();

    [[nodiscard]] std::vector<seen_call> calls() const;
    /// Their names in order.
    [[nodiscard]] std::vector<std::string> operations() const;
    [[nodiscard]] std::vector<std::string> unexpected() const;
    [[nodiscard]] std::size_t held() const;
    /// Steps that were not used up (those with `always` do not count).
    [[nodiscard]] std::size_t steps_left() const;

    boost::asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override;

  private:
    struct held_call {
        explicit held_call(const boost::asio::any_io_executor& executor) : event(executor) {}
        sluice::one_shot_event event;
    };
    struct plan {
        seen_call call;
        scripted_step::answer_function answer;
        std::shared_ptr<held_call> wait;
    };

    boost::asio::awaitable<sluice::result<sluice::http_reply>> play(plan planned);
    plan find(sluice::http_request request);

    boost::asio::any_io_executor executor_;
    mutable std::mutex mutex_;
    std::deque<scripted_step> steps_;
    std::vector<seen_call> calls_;
    std::vector<std::string> unexpected_;
    std::deque<std::shared_ptr<held_call>> held_;
    bool hold_nothing_ = false;
};

} // namespace unit_tests
