// Whether a subscription's filter policy lets a message through. No I/O.
// Source: SNS developer guide, "Amazon SNS subscription filter policies".
#pragma once

#include <sluice/chain.hpp>
#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::topology {

/// `unknown`: the policy has an operator that is not known here.
enum class filter_answer { no, yes, unknown };

struct filter_verdict {
    filter_verdict() = default;

    filter_answer answer = filter_answer::yes;
    std::string reason; ///< why not, or why it is not known: `the attribute country is "IT", asked is ["DE","FR"]`
};

class message_filter {
  public:
    /// Lets everything through.
    message_filter() = default;

    /// An empty text lets everything through. Fails with `errc::invalid_argument` for what no service would take: no
    /// JSON object, more than 256 KiB, a value that is neither a list of conditions nor, for bodies, an object, an
    /// empty list. How many keys and combinations there may be is left to the service, and so are operators that are
    /// not known here.
    static result<message_filter> parse(std::string_view text, filter_scope scope);

    [[nodiscard]] filter_verdict judge(const message& sample) const;

  private:
    nlohmann::json policy_ = nlohmann::json::object();
    filter_scope scope_ = filter_scope::attributes;
};

} // namespace sluice::topology
