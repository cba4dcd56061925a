#include "local/call_facts.hpp"

#include "local/fault.hpp"
#include "local/form.hpp"

#include <array>
#include <map>
#include <utility>

namespace sluice::local {
namespace {

constexpr std::array<const char*, 5> naming_members{"QueueUrl", "TopicArn", "TargetArn", "QueueName", "Name"};

std::string last_part(std::string_view text) {
    return std::string(text.substr(text.find_last_of("/:") + 1)); // npos + 1 is 0
}

void bound(call_facts& facts) {
    for (std::string* text : {&facts.operation, &facts.resource}) {
        if (text->size() > longest_fact) text->resize(longest_fact);
    }
}

std::string service_named(std::string_view version) {
    if (version == "2010-03-31") return "sns";
    if (version == "2011-06-15") return "sts";
    return version == "2012-11-05" ? "sqs" : "";
}

} // namespace

std::string resource_of(const accepted_call& accepted) {
    for (const char* member : naming_members) {
        if (const auto value = accepted.call.parameters->text(member)) return last_part(*value);
    }
    return last_part(accepted.context.path);
}

call_facts describe(const accepted_call& accepted) {
    call_facts facts;
    facts.service = accepted.call.service;
    facts.operation = accepted.call.action;
    facts.resource = resource_of(accepted);
    facts.region = accepted.region;
    facts.account = accepted.caller.account_id;
    bound(facts);
    return facts;
}

call_facts describe_refused(const http_call& call) {
    call_facts facts;
    facts.resource = last_part(call.path);
    const std::string_view target = call.header("X-Amz-Target");
    if (!target.empty()) {
        facts.operation = target.substr(target.find('.') + 1);
        if (target.starts_with("AmazonSQS.")) facts.service = "sqs";
        bound(facts);
        return facts;
    }
    try {
        const form given(call.body.empty() ? call.query : call.body);
        facts.operation = given.text("Action");
        facts.service = service_named(given.text("Version"));
        for (const char* member : naming_members) {
            const auto found = given.find(member);
            if (!found) continue;
            facts.resource = last_part(*found);
            break;
        }
    } catch (const fault&) {
        facts.operation.clear(); // it is no form: there is nothing to be read
    }
    bound(facts);
    return facts;
}

} // namespace sluice::local
