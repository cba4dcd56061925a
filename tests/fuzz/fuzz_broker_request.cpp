// Requests to the embedded broker: `N` and a form, or `J`, an operation, a line break and a document. Whatever comes,
// there is an answer in the protocol of the request, well-formed, or a long poll that waits.
#include "local/broker_core.hpp"

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sluice::local;

constexpr time_point now = time_point(std::chrono::hours(24 * 365 * 50));

call_outcome carry_out(broker_core& core, const http_call& call) {
    auto accepted = core.accept(call, now);
    if (std::holds_alternative<http_answer>(accepted)) return {std::get<http_answer>(std::move(accepted)), 0};
    return core.carry_out(std::get<accepted_call>(std::move(accepted)), now);
}

void check(const http_answer& answer, bool json) {
    if (answer.status < 200 || answer.status > 599) std::abort();
    if (json) {
        if (!nlohmann::json::accept(answer.body)) std::abort();
    } else if (pugi::xml_document document; !document.load_buffer(answer.body.data(), answer.body.size())) {
        std::abort();
    }
}

void ask(broker_core& core, std::string_view body) {
    http_call call;
    call.method = "POST";
    call.path = "/";
    call.body = body;
    carry_out(core, call);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool json = text.front() == 'J';
    text.remove_prefix(1);
    broker_options options;
    options.verify_signatures = false;
    broker_core core(options);
    ask(core, "Action=CreateQueue&Version=2012-11-05&QueueName=q");
    ask(core,
        "Action=CreateQueue&Version=2012-11-05&QueueName=f.fifo&Attribute.1.Name=FifoQueue&Attribute.1.Value=true");
    ask(core, "Action=CreateTopic&Version=2010-03-31&Name=t");
    ask(core,
        "Action=Subscribe&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:000000000000:t&Protocol=sqs&Endpoint=arn:"
        "aws:sqs:us-east-1:000000000000:q");
    http_call call;
    call.method = "POST";
    call.path = "/000000000000/q";
    std::string target;
    if (json) {
        const auto line = text.find('\n');
        target = "AmazonSQS." + std::string(text.substr(0, line));
        call.headers.push_back({"X-Amz-Target", target});
        call.body = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
    } else {
        call.body = text;
    }
    for (int i = 0; i < 2; ++i) { // what the first one left behind must not trip the second one
        const call_outcome outcome = carry_out(core, call);
        if (outcome.answer) check(*outcome.answer, json);
        else if (outcome.poll == 0) std::abort();
    }
    core.advance(now + std::chrono::hours(1));
    for (const finished_poll& one : core.take_finished()) check(one.answer, json);
    return 0;
}
