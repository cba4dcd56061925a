#include "topology/filter_policy.hpp"

#include "protocol/strict_json.hpp"
#include "topology/text_patterns.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace sluice::topology {
namespace {

using nlohmann::json;
namespace ip = boost::asio::ip;

constexpr std::size_t most_bytes = std::size_t(256) << 10;
constexpr std::size_t deepest = 32;

constexpr std::array<std::string_view, 8> operators{
    "anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"};

bool is_operator(const std::string& name) { return std::ranges::find(operators, name) != operators.end(); }

/// `$or` is a relation where it is a list of two or more objects that are policies themselves, else an attribute's
/// name.
bool is_relation(const std::string& key, const json& value) {
    return key == "$or" && value.is_array() && value.size() >= 2 && std::ranges::all_of(value, [](const json& way) {
               return way.is_object() && !way.empty() &&
                      std::ranges::none_of(way.items(), [](const auto& member) { return is_operator(member.key()); });
           });
}

/// For messages of people: what is not UTF-8 is replaced.
std::string shown(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

filter_answer answer_of(bool holds) { return holds ? filter_answer::yes : filter_answer::no; }

/// The best of all: one yes is enough.
template<class Range, class Ask>
filter_answer any_of(const Range& range, const Ask& ask) {
    filter_answer best = filter_answer::no;
    for (const auto& one : range) {
        const filter_answer got = ask(one);
        if (got == filter_answer::yes) return got;
        if (got == filter_answer::unknown) best = got;
    }
    return best;
}

template<class Network, class Address>
bool in_network(const Network& network, const Address& address) {
    return Network(address, network.prefix_length()).canonical() == network.canonical();
}

filter_answer matches_cidr(const std::string& text, const std::string& range) {
    boost::system::error_code no_v4;
    boost::system::error_code no_v6;
    boost::system::error_code no_address;
    const auto v4 = ip::make_network_v4(range, no_v4);
    const auto v6 = ip::make_network_v6(range, no_v6);
    const auto address = ip::make_address(text, no_address);
    if (no_v4 && no_v6) return filter_answer::unknown;
    if (no_address) return filter_answer::no;
    if (address.is_v4()) return answer_of(!no_v4 && in_network(v4, address.to_v4()));
    return answer_of(!no_v6 && in_network(v6, address.to_v6()));
}

filter_answer matches_numeric(double value, const json& terms) {
    if (!terms.is_array() || terms.empty() || terms.size() % 2 != 0) return filter_answer::unknown;
    for (std::size_t i = 0; i < terms.size(); i += 2) {
        if (!terms[i].is_string() || !terms[i + 1].is_number()) return filter_answer::unknown;
        const auto& sign = terms[i].get_ref<const std::string&>();
        const double bound = terms[i + 1].get<double>();
        const bool known = sign == "=" || sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
        if (!known) return filter_answer::unknown;
        const bool less = sign.front() == '<' && value < bound;
        const bool greater = sign.front() == '>' && value > bound;
        const bool equal = sign.back() == '=' && value == bound;
        if (!less && !greater && !equal) return filter_answer::no;
    }
    return filter_answer::yes;
}

filter_answer matches_text(const std::string& text, const std::string& name, const json& operand) {
    if (!operand.is_string()) return filter_answer::unknown;
    const auto& wanted = operand.get_ref<const std::string&>();
    if (name == "prefix") return answer_of(text.starts_with(wanted));
    if (name == "suffix") return answer_of(text.ends_with(wanted));
    if (name == "equals-ignore-case") return answer_of(in_lower_case(text) == in_lower_case(wanted));
    if (name == "wildcard") return answer_of(matches_wildcard(text, wanted));
    if (name == "cidr") return matches_cidr(text, wanted);
    return filter_answer::unknown;
}

filter_answer matches_anything_but(const json& value, const json& operand) {
    if (!operand.is_object()) {
        const json list = operand.is_array() ? operand : json::array({operand});
        return answer_of(std::ranges::find(list, value) == list.end());
    }
    if (operand.size() != 1) return filter_answer::unknown;
    if (!value.is_string()) return filter_answer::yes;
    const auto pattern = operand.begin();
    const filter_answer got = matches_text(value.get<std::string>(), pattern.key(), pattern.value());
    if (got == filter_answer::unknown) return got;
    return answer_of(got == filter_answer::no);
}

/// Conditions but `exists`, on one value that is not an array.
filter_answer matches_value(const json& value, const json& condition) {
    if (!condition.is_object()) return answer_of(value == condition);
    const auto& name = condition.begin().key();
    const json& operand = condition.begin().value();
    if (!is_operator(name)) return filter_answer::unknown;
    if (name == "anything-but") return matches_anything_but(value, operand);
    if (name == "numeric") {
        return value.is_number() ? matches_numeric(value.get<double>(), operand) : filter_answer::no;
    }
    return value.is_string() ? matches_text(value.get<std::string>(), name, operand) : filter_answer::no;
}

/// An array stands for all that is in it.
void append_values(const json& from, std::vector<json>& to) {
    if (from.is_array()) {
        for (const json& one : from) append_values(one, to);
    } else if (!from.is_object()) {
        to.push_back(from);
    }
}

filter_answer matches_conditions(const json* found, const json& conditions) {
    std::vector<json> values;
    if (found != nullptr) append_values(*found, values);
    return any_of(conditions, [&](const json& condition) {
        if (condition.is_object() && condition.size() != 1) return filter_answer::unknown;
        if (condition.is_object() && condition.begin().key() == "exists") {
            const json& wanted = condition.begin().value();
            if (!wanted.is_boolean()) return filter_answer::unknown;
            return answer_of(wanted.get<bool>() == (found != nullptr));
        }
        return any_of(values, [&condition](const json& value) { return matches_value(value, condition); });
    });
}

const json* member_of(const json& object, const std::string& key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

/// Judges a policy on an object: of a body, or of the attributes of a message by their names.
class policy_judge {
  public:
    explicit policy_judge(std::string kind) : kind_(std::move(kind)) {}

    filter_verdict judge(const json& policy, const json& object, const std::string& path = {}) const {
        filter_verdict verdict;
        for (const auto& [key, wanted] : policy.items()) {
            std::string at = path;
            if (!at.empty()) at += '.';
            filter_verdict one = judge_member(key, wanted, object, at.append(key));
            if (one.answer == filter_answer::no) return one;
            if (one.answer == filter_answer::unknown) verdict = std::move(one);
        }
        return verdict;
    }

  private:
    filter_verdict judge_member(const std::string& key, const json& wanted, const json& object,
                                const std::string& path) const {
        if (is_relation(key, wanted)) {
            const filter_answer any = any_of(wanted, [&](const json& way) { return judge(way, object, {}).answer; });
            return because(any, "none of the ways of $or holds: " + shown(wanted), wanted);
        }
        const json* const found = member_of(object, key);
        if (wanted.is_object()) return judge_nested(wanted, found, path);
        const std::string is = found == nullptr ? " is not there" : " is " + shown(*found);
        return because(matches_conditions(found, wanted),
                       "the " + kind_ + " " + path + is + ", asked is " + shown(wanted), wanted);
    }

    /// Holds for an object, or for one of the objects of an array.
    filter_verdict judge_nested(const json& wanted, const json* found, const std::string& path) const {
        if (found != nullptr && found->is_array()) {
            const filter_answer any =
                any_of(*found, [&](const json& one) { return judge_nested(wanted, &one, path).answer; });
            return because(any, "none of the objects of " + path + " is as asked: " + shown(wanted), wanted);
        }
        static const json nothing = json::object(); // `exists: false` holds where there is nothing
        return judge(wanted, found != nullptr && found->is_object() ? *found : nothing, path);
    }

    static filter_verdict because(filter_answer answer, std::string reason, const json& wanted) {
        filter_verdict verdict;
        verdict.answer = answer;
        if (answer == filter_answer::no) verdict.reason = std::move(reason);
        if (answer == filter_answer::unknown) {
            verdict.reason = "it has conditions that are not known here: " + shown(wanted);
        }
        return verdict;
    }

    std::string kind_;
};

std::optional<double> number_of(const std::string& text) {
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// What others wrote, as a service reads it. Discarded where it is not JSON.
json parse_loosely(const std::string& text) {
    if (protocol::json_nesting(text) > 2 * deepest) return json(json::value_t::discarded);
    return json::parse(text, nullptr, false);
}

/// Binary attributes are there, but have no value that could match.
json value_of(const attribute_value& attribute) {
    if (attribute.is_binary()) return json::array();
    if (attribute.data_type().starts_with("Number")) {
        const auto number = number_of(attribute.value());
        return number ? json(*number) : json::array();
    }
    if (attribute.data_type() != "String.Array") return attribute.value();
    json array = parse_loosely(attribute.value());
    return array.is_array() ? array : json(attribute.value());
}

std::optional<error_info> check_policy(const json& policy, filter_scope scope) {
    const auto wrong = [](const std::string& why) {
        return error_info(errc::invalid_argument, "the filter policy " + why);
    };
    for (const auto& [key, value] : policy.items()) {
        if (is_relation(key, value)) {
            for (const json& way : value) {
                if (auto broken = check_policy(way, scope)) return broken;
            }
        } else if (value.is_object()) {
            if (scope == filter_scope::attributes) {
                return wrong("has an object at \"" + key + "\": only policies on bodies nest");
            }
            if (auto broken = check_policy(value, scope)) return broken;
        } else if (!value.is_array()) {
            return wrong("has " + shown(value) + " at \"" + key + "\": a list of conditions is needed");
        } else if (value.empty()) {
            return wrong("has an empty list at \"" + key + "\"");
        }
    }
    return std::nullopt;
}

} // namespace

result<message_filter> message_filter::parse(std::string_view text, filter_scope scope) {
    message_filter filter;
    filter.scope_ = scope;
    if (text.empty()) return filter;
    auto policy = protocol::parse_strict_json(text, "the filter policy", {most_bytes, deepest});
    if (!policy) return policy.error();
    if (!policy->is_object()) {
        return error_info(errc::invalid_argument, "the filter policy is not a JSON object: " + std::string(text));
    }
    if (auto broken = check_policy(*policy, scope)) return std::move(*broken);
    filter.policy_ = std::move(*policy);
    return filter;
}

filter_verdict message_filter::judge(const message& sample) const {
    if (policy_.empty()) return {};
    if (scope_ == filter_scope::attributes) {
        json attributes = json::object();
        for (const auto& [name, value] : sample.attributes()) attributes[name] = value_of(value);
        return policy_judge("attribute").judge(policy_, attributes);
    }
    const json body = parse_loosely(sample.body());
    if (body.is_object()) return policy_judge("member").judge(policy_, body);
    filter_verdict refused;
    refused.answer = filter_answer::no;
    refused.reason = "it looks at the body, and that is not a JSON object";
    return refused;
}

} // namespace sluice::topology
