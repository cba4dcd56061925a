// Compares operations with the services' models, member by member: each member of a request must go out with the value
// that was put in, each member of a reply must come in with the value that the service sent.
#pragma once

#include "support/case_account.hpp"
#include "support/query_replies.hpp"
#include "support/service_model.hpp"

#include "service/operation_codec.hpp"

#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

/// One spelling of a service: what it is called in case ids, its model, and how it is spoken.
struct spoken_model {
    std::string name;
    service_model model;
    sluice::wire_protocol protocol;
};

/// What a reply holds, under the paths of the model's members. Names in brackets are states of no single member.
using flat_reply = std::map<std::string, std::string>;

class model_table {
  public:
    model_table(std::string set, std::vector<spoken_model> models)
        : account_(std::move(set)), models_(std::move(models)) {}

    /// The requests together hold every member; texts are the members' own paths, numbers `number_of(path)`.
    template<class Operation>
    void requests(const std::vector<typename Operation::request>& requests, const exact_values& exact = {}) {
        const std::string operation(Operation::info.name);
        typed_.insert(operation);
        for (const spoken_model& spoken : models_) {
            std::multimap<std::string, std::string> sent;
            for (const auto& request : requests) {
                const std::string body = sluice::service::encode_body<Operation>(request, spoken.protocol);
                account_.ran(id(spoken, operation, "request", "names"), check_names(spoken, operation, body, sent));
            }
            for (const model_leaf& leaf : spoken.model.request_leaves(operation)) {
                const std::string name = id(spoken, operation, "request", leaf.path);
                if (!account_.wants(name)) continue;
                const bool form = spoken.protocol == sluice::wire_protocol::query;
                account_.ran(name, missing(sent, form ? leaf.query_name : leaf.path, value_of(leaf, exact)));
            }
        }
    }

    /// `flatten(reply)` gives a `flat_reply`. `sums` are members that are compared with what they sum up and not handed
    /// out: another value must change what comes out.
    template<class Operation, class Flatten>
    void replies(const typename Operation::request& request, Flatten flatten, const exact_values& exact = {},
                 const std::set<std::string>& sums = {}) {
        const std::string operation(Operation::info.name);
        for (const spoken_model& spoken : models_) {
            const auto decode = [&](const exact_values& values) -> flat_reply {
                const bool form = spoken.protocol == sluice::wire_protocol::query;
                const std::string body = form ? spoken.model.example_xml(operation, values)
                                              : spoken.model.example_json(operation, values).dump();
                const auto reply = sluice::service::decode_reply<Operation>(ok(body), request, spoken.protocol);
                if (!reply) return flat_reply{{"[error]", reply.error().describe()}};
                try {
                    return flatten(*reply);
                } catch (const std::exception& thrown) { // a list without its member
                    return flat_reply{{"[error]", thrown.what()}};
                }
            };
            const flat_reply whole = decode(exact);
            std::set<std::string> modelled;
            for (const model_leaf& leaf : spoken.model.reply_leaves(operation)) {
                modelled.insert(leaf.path);
                const std::string name = id(spoken, operation, "reply", leaf.path);
                if (!account_.wants(name)) continue;
                if (sums.contains(leaf.path)) {
                    exact_values other = exact;
                    other[leaf.path] = std::string(32, '0');
                    account_.ran(name, decode(other) == whole ? "another sum changes nothing" : "");
                } else {
                    account_.ran(name, compare(whole, leaf.path, value_of(leaf, exact)));
                }
            }
            std::string invented;
            for (const auto& [path, value] : whole) {
                if (!path.starts_with('[') && !modelled.contains(path)) invented += path + " is not in the model; ";
            }
            account_.ran(id(spoken, operation, "reply", "names"), invented);
        }
    }

    /// Every operation of the models has a type, or a reason why not.
    void close() {
        for (const spoken_model& spoken : models_) {
            for (const std::string& operation : spoken.model.operations()) {
                const std::string name = spoken.name + ":" + operation;
                if (!account_.wants(name)) continue;
                account_.ran(name, typed_.contains(operation) ? "" : "the operation has no type");
            }
        }
        account_.close();
    }

  private:
    static std::string id(const spoken_model& spoken, const std::string& operation, const std::string& direction,
                          const std::string& path) {
        return spoken.name + ":" + operation + ":" + direction + ":" + path;
    }

    static std::string check_names(const spoken_model& spoken, const std::string& operation, const std::string& body,
                                   std::multimap<std::string, std::string>& sent) {
        if (spoken.protocol == sluice::wire_protocol::query) {
            sent.merge(service_model::form_values(body));
            return spoken.model.check_form(operation, body);
        }
        const auto document = nlohmann::json::parse(body);
        std::string wrong = spoken.model.check_json(operation, document);
        if (wrong.empty()) sent.merge(spoken.model.json_values(operation, document));
        return wrong;
    }

    static std::string missing(const std::multimap<std::string, std::string>& sent, const std::string& name,
                               const std::string& value) {
        std::string others;
        const auto [first, last] = sent.equal_range(name);
        for (auto at = first; at != last; ++at) {
            if (at->second == value) return {};
            others += " " + at->second;
        }
        return name + " does not go out as " + value + "; it goes out as:" + others;
    }

    static std::string compare(const flat_reply& got, const std::string& path, const std::string& value) {
        const auto found = got.find(path);
        if (found == got.end()) return got.contains("[error]") ? got.at("[error]") : path + " is not read";
        return found->second == value ? "" : path + " comes in as " + found->second + ", not as " + value;
    }

    case_account account_;
    std::vector<spoken_model> models_;
    std::set<std::string> typed_;
};

/// A time as the models' `long` has it.
inline std::string milliseconds_of(std::chrono::system_clock::time_point time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

/// For replies without members.
inline constexpr auto nothing = [](const auto&) { return flat_reply(); };

} // namespace unit_tests
