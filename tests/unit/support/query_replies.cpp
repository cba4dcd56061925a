#include "support/query_replies.hpp"

#include "protocol/md5.hpp"

#include <utility>

namespace unit_tests {
namespace {

/// `inside(call, prefix)` writes one entry's success; the prefix is `List.1`.
template<class Inside>
scripted_step::answer_function accept(std::string operation, std::string list, std::string result_name,
                                      std::string wrapper, Inside inside) {
    return [=](const seen_call& call) {
        std::string inner;
        if (!wrapper.empty()) inner += "<" + wrapper + ">";
        for (std::size_t i = 1; i <= call.entries(list); ++i) {
            const std::string prefix = list + "." + std::to_string(i);
            inner += "<" + result_name + "><Id>" + call.parameter(prefix + ".Id") + "</Id>" + inside(call, prefix) +
                     "</" + result_name + ">";
        }
        if (!wrapper.empty()) inner += "</" + wrapper + ">";
        return sluice::result<sluice::http_reply>(ok(reply_to(operation, inner)));
    };
}

} // namespace

std::string reply_to(std::string_view operation, std::string_view inner) {
    const std::string name(operation);
    return "<" + name + "Response><" + name + "Result>" + std::string(inner) + "</" + name +
           "Result><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></" + name + "Response>";
}

std::string error_xml(std::string_view code, std::string_view message, std::string_view type) {
    return "<ErrorResponse><Error><Type>" + std::string(type) + "</Type><Code>" + std::string(code) +
           "</Code><Message>" + std::string(message) + "</Message></Error><RequestId>req-9</RequestId></ErrorResponse>";
}

sluice::http_reply ok(std::string body) {
    sluice::http_reply reply;
    reply.status = 200;
    reply.body = std::move(body);
    return reply;
}

scripted_step::answer_function accept_sends() {
    return accept("SendMessageBatch", "SendMessageBatchRequestEntry", "SendMessageBatchResultEntry", "",
                  [](const seen_call& call, const std::string& prefix) {
                      return "<MessageId>m:" + call.parameter(prefix + ".MessageBody") + "</MessageId>";
                  });
}

scripted_step::answer_function accept_publishes() {
    return accept("PublishBatch", "PublishBatchRequestEntries.member", "member", "Successful",
                  [](const seen_call& call, const std::string& prefix) {
                      return "<MessageId>m:" + call.parameter(prefix + ".Message") + "</MessageId>";
                  });
}

scripted_step::answer_function accept_deletes() {
    return accept("DeleteMessageBatch", "DeleteMessageBatchRequestEntry", "DeleteMessageBatchResultEntry", "",
                  [](const seen_call&, const std::string&) { return std::string(); });
}

scripted_step::answer_function accept_changes() {
    return accept("ChangeMessageVisibilityBatch", "ChangeMessageVisibilityBatchRequestEntry",
                  "ChangeMessageVisibilityBatchResultEntry", "",
                  [](const seen_call&, const std::string&) { return std::string(); });
}

std::string received_messages(const std::vector<std::string>& bodies) {
    std::string inner;
    for (const std::string& body : bodies) {
        inner += "<Message><MessageId>m:" + body + "</MessageId><ReceiptHandle>r:" + body +
                 "</ReceiptHandle><MD5OfBody>" + sluice::protocol::md5_hex(body) + "</MD5OfBody><Body>" + body +
                 "</Body></Message>";
    }
    return reply_to("ReceiveMessage", inner);
}

sluice::session scripted_session(boost::asio::any_io_executor executor, std::shared_ptr<scripted_transport> script,
                                 int max_attempts) {
    sluice::session_options options;
    options.read_environment = false;
    options.region = "eu-west-1";
    options.credentials = sluice::static_credentials(sluice::credentials("AKIDEXAMPLE", "secret"));
    options.sqs_endpoint_url = "https://sqs.eu-west-1.amazonaws.com";
    options.sns_endpoint_url = "https://sns.eu-west-1.amazonaws.com";
    options.sts_endpoint_url = "https://sts.eu-west-1.amazonaws.com";
    options.max_attempts = max_attempts;
    options.transport = std::move(script);
    return sluice::session(std::move(executor), std::move(options));
}

} // namespace unit_tests
