// What batch answers mean for each entry: success, refusal, and everything a server can get wrong.
#include "support/query_replies.hpp"

#include "protocol/md5.hpp"
#include "service/operation_codec.hpp"
#include "service/sns/publish_operations.hpp"
#include "service/sns/subscription_operations.hpp"
#include "service/sns/topic_operations.hpp"
#include "service/sqs/acknowledge_operations.hpp"
#include "service/sqs/message_operations.hpp"

#include <doctest/doctest.h>

namespace batch_replies_test {

using namespace unit_tests;
using sluice::errc;
using sluice::http_reply;
using sluice::message;
using sluice::wire_protocol;
using sluice::service::decode_reply;

namespace {

using send_batch = sluice::sqs::operations::send_message_batch;
using delete_batch = sluice::sqs::operations::delete_message_batch;
using change_batch = sluice::sqs::operations::change_message_visibility_batch;
using publish_batch = sluice::sns::operations::publish_batch;

/// One request of three entries for each batch operation, decoded from the given XML or JSON.
template<class Operation>
typename Operation::request three_entries() {
    if constexpr (std::is_same_v<Operation, delete_batch>) {
        return sluice::sqs::delete_message_batch_request("u", std::vector<std::string>(3, "h"));
    } else if constexpr (std::is_same_v<Operation, change_batch>) {
        return sluice::sqs::change_message_visibility_batch_request("u",
                                                                    std::vector<sluice::sqs::visibility_change>(3));
    } else {
        return typename Operation::request("u", std::vector<message>(3, message("b")));
    }
}

template<class Operation>
auto decode_xml(const std::string& inner) {
    const auto request = three_entries<Operation>();
    auto decoded = decode_reply<Operation>(ok(reply_to(Operation::info.name, inner)), request, wire_protocol::query);
    REQUIRE(decoded.has_value());
    REQUIRE(decoded->entries.size() == 3);
    return std::move(decoded->entries);
}

/// Checks the outcomes against a pattern: `+` good, `-` refused, `?` unknown.
template<class Entries>
std::string pattern(const Entries& entries) {
    std::string out;
    for (const auto& entry : entries) {
        if (entry) out += '+';
        else if (entry.error().code == errc::unknown_outcome) out += entry.error().may_have_been_applied ? '?' : '!';
        else out += entry.error().may_have_been_applied ? '!' : '-';
    }
    return out;
}

template<class Operation>
void check_every_case(const std::string& before, const std::string& success, const std::string& between,
                      const std::string& failure, const std::string& after) {
    const auto good = [&](const std::string& id) { return "<" + success + "><Id>" + id + "</Id></" + success + ">"; };
    const auto bad = [&](const std::string& id) {
        return "<" + failure + "><Id>" + id + "</Id><Code>InternalError</Code><SenderFault>false</SenderFault></" +
               failure + ">";
    };
    const auto with = [&](const std::string& goods, const std::string& bads) {
        return pattern(decode_xml<Operation>(before + goods + between + bads + after));
    };
    CHECK(with(good("0") + good("1") + good("2"), "") == "+++");
    CHECK(with(good("2") + good("0") + good("1"), "") == "+++");
    CHECK(with(good("0") + good("2"), bad("1")) == "+-+");
    CHECK(with("", bad("0") + bad("1") + bad("2")) == "---");
    CHECK(with(good("0"), "") == "+??");
    CHECK(with("", "") == "???");
    CHECK(with(good("3") + good("-1") + good("x") + good("") + good("00x") + good("18446744073709551616"), bad("7")) ==
          "???");
    CHECK(with(good("0") + good("0") + good("1") + good("2"), "") == "+++");
    CHECK(with(good("0") + good("1") + good("2"), bad("1")) == "+-+"); // in both lists: the refusal is believed
}

} // namespace

TEST_CASE("batch answers of every operation: whole, partial, missing, unknown and repeated ids") {
    check_every_case<send_batch>("", "SendMessageBatchResultEntry", "", "BatchResultErrorEntry", "");
    check_every_case<delete_batch>("", "DeleteMessageBatchResultEntry", "", "BatchResultErrorEntry", "");
    check_every_case<change_batch>("", "ChangeMessageVisibilityBatchResultEntry", "", "BatchResultErrorEntry", "");
    check_every_case<publish_batch>("<Successful>", "member", "</Successful><Failed>", "member", "</Failed>");
}

TEST_CASE("batch answers in JSON: null, missing and odd lists") {
    const auto request = three_entries<send_batch>();
    const auto seen = [&request](const std::string& body) {
        const auto decoded = decode_reply<send_batch>(ok(body), request, wire_protocol::json);
        return decoded ? pattern(decoded->entries) : "error: " + decoded.error().message;
    };
    CHECK(seen(R"({"Successful":[{"Id":"0"},{"Id":"1"}],"Failed":[{"Id":"2","Code":"c","SenderFault":true}]})") ==
          "++-");
    CHECK(seen(R"({"Successful":null,"Failed":null})") == "???");
    CHECK(seen(R"({"Successful":{"Id":"0"},"Failed":"x"})") == "???");
    CHECK(seen(R"({"Successful":[null,1,"0",[],{"Id":0},{"Id":{"x":1}}]})") ==
          "+??"); // a number for text, as some servers do
    CHECK(seen("{}") == "???");
    CHECK(seen("") == "???");
    CHECK(seen("[]") == "error: the reply is not a JSON object");
    CHECK(seen("{") == "error: the reply is not a JSON object");
    CHECK(seen("<xml/>") == "error: the reply is not a JSON object");
}

TEST_CASE("a refused entry says what the service said") {
    const auto entries =
        decode_xml<send_batch>("<BatchResultErrorEntry><Id>1</Id><Code>RequestThrottled</Code><Message>slow down"
                               "</Message><SenderFault>false</SenderFault></BatchResultErrorEntry>");
    const sluice::error_info& failure = entries[1].error();
    CHECK(failure.code == errc::throttled);
    CHECK(failure.service_code == "RequestThrottled");
    CHECK(failure.message == "slow down");
    CHECK_FALSE(failure.sender_fault);
    CHECK(failure.operation == "SendMessageBatch");
}

TEST_CASE("replies that are not an answer at all: bad_reply, and it may have been applied") {
    const auto request = three_entries<send_batch>();
    http_reply reply = ok("");
    reply.headers.emplace_back("x-amzn-requestid", "req-7");
    for (const char* body : {"", "   ", "not xml", "<html><body>proxy</body></html>", "<SendMessageBatchResponse>",
                             "{}", "<SendMessageResponse></SendMessageResponse>", "<?xml version=\"1.0\"?>"}) {
        INFO("body: " << body);
        reply.body = body;
        const auto decoded = decode_reply<send_batch>(reply, request, wire_protocol::query);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error().code == errc::bad_reply);
        CHECK(decoded.error().may_have_been_applied);
        CHECK(decoded.error().operation == "SendMessageBatch");
        CHECK(decoded.error().request_id == "req-7");
    }
}

TEST_CASE("answers without what they must name are not taken for success") {
    using look_up = sluice::sqs::operations::get_queue_url;
    using create_topic = sluice::sns::operations::create_topic;
    const auto url = decode_reply<look_up>(ok(reply_to("GetQueueUrl", "")), sluice::sqs::get_queue_url_request("q"),
                                           wire_protocol::query);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().code == errc::bad_reply);
    CHECK(url.error().message.find("QueueUrl") != std::string::npos);
    const auto topic = decode_reply<create_topic>(ok(reply_to("CreateTopic", "")),
                                                  sluice::sns::create_topic_request("t"), wire_protocol::query);
    REQUIRE_FALSE(topic.has_value());
    CHECK(topic.error().code == errc::bad_reply);
}

TEST_CASE("another MD5 sum than that of the message sent: the message is damaged there") {
    if (!sluice::protocol::md5_available()) return;
    const std::string right = sluice::protocol::md5_hex("b");
    const std::string wrong(32, '0');
    const auto entry = [](const std::string& id, const std::string& sum, const std::string& attribute_sum) {
        return "<SendMessageBatchResultEntry><Id>" + id + "</Id><MessageId>m</MessageId><MD5OfMessageBody>" + sum +
               "</MD5OfMessageBody>" +
               (attribute_sum.empty() ? "" : "<MD5OfMessageAttributes>" + attribute_sum + "</MD5OfMessageAttributes>") +
               "</SendMessageBatchResultEntry>";
    };
    const auto entries =
        decode_xml<send_batch>(entry("0", right, "") + entry("1", wrong, "") + entry("2", right, wrong));
    CHECK(entries[0].has_value());
    for (const std::size_t i : {1U, 2U}) {
        REQUIRE_FALSE(entries[i].has_value());
        CHECK(entries[i].error().code == errc::bad_reply);
        CHECK(entries[i].error().may_have_been_applied);
        CHECK(entries[i].error().message.find("MD5") != std::string::npos);
    }
}

TEST_CASE("an entry with more members than any service sends, in pieces and more than once") {
    std::string many;
    for (int i = 0; i < 20; ++i) many += "<New" + std::to_string(i) + ">x</New" + std::to_string(i) + ">";
    const auto entries = decode_xml<send_batch>("<SendMessageBatchResultEntry>" + many +
                                                "<Id>0</Id><MessageId>m-1</MessageId></SendMessageBatchResultEntry>"
                                                "<SendMessageBatchResultEntry><Id>1</Id><MessageId>m<![CDATA[-]]><!-- "
                                                "-->2</MessageId><MessageId>other</MessageId>"
                                                "</SendMessageBatchResultEntry>"
                                                "<a:SendMessageBatchResultEntry><a:Id>2</a:Id><a:MessageId>m-&#51;</"
                                                "a:MessageId></a:SendMessageBatchResultEntry>");
    CHECK(entries[0].value().message_id == "m-1");
    CHECK(entries[1].value().message_id == "m-2");
    CHECK(entries[2].value().message_id == "m-3");
}

TEST_CASE("received messages: attributes, system attributes and what is damaged") {
    const sluice::message sent =
        message("b&b").attribute("text", "v").attribute("bytes", sluice::attribute_value::binary("\x01\x02"));
    const std::string inside =
        "<MessageId>m</MessageId><ReceiptHandle>r</ReceiptHandle><Body>b&amp;b</Body><MD5OfBody>" +
        sluice::protocol::md5_hex("b&b") +
        "</MD5OfBody><Attribute><Name>SenderId</Name><Value>me</Value></Attribute>"
        "<MessageAttribute><Name>text</Name><Value><StringValue>v</StringValue><DataType>String</DataType></Value></"
        "MessageAttribute>"
        "<MessageAttribute><Name>bytes</Name><Value><BinaryValue>AQI=</BinaryValue><DataType>Binary</DataType></"
        "Value></MessageAttribute>";
    const std::string sum = "<MD5OfMessageAttributes>" + sluice::protocol::md5_of_attributes(sent.attributes()) +
                            "</MD5OfMessageAttributes>";
    const std::string wrong = "<MD5OfMessageAttributes>" + std::string(32, 'f') + "</MD5OfMessageAttributes>";
    using receive = sluice::sqs::operations::receive_message;
    const auto body =
        reply_to("ReceiveMessage", "<Message>" + inside + sum + "</Message><Message>" + inside + wrong + "</Message>");
    const auto decoded =
        decode_reply<receive>(ok(body), sluice::sqs::receive_message_request("u"), wire_protocol::query);
    REQUIRE(decoded.has_value());
    REQUIRE(decoded->messages.size() == 2);
    const auto& first = decoded->messages[0];
    CHECK(first.body == "b&b");
    CHECK(first.intact);
    CHECK(first.attributes == sent.attributes());
    CHECK(first.system_attributes.at("SenderId") == "me");
    if (sluice::protocol::md5_available()) CHECK_FALSE(decoded->messages[1].intact);
}

TEST_CASE("replies cut at every byte, in both protocols: an error or a part, never a crash") {
    const auto request = three_entries<send_batch>();
    const std::string xml =
        reply_to("SendMessageBatch", "<SendMessageBatchResultEntry><Id>0</Id><MessageId>m</MessageId>"
                                     "</SendMessageBatchResultEntry><BatchResultErrorEntry><Id>1</Id><Code>c"
                                     "</Code></BatchResultErrorEntry>");
    for (std::size_t size = 0; size < xml.size(); ++size) {
        CHECK_FALSE(decode_reply<send_batch>(ok(xml.substr(0, size)), request, wire_protocol::query).has_value());
    }
    const std::string json =
        R"({"Messages":[{"Body":"\u00e4","MessageId":"1","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"AQ=="}}}]})";
    using receive = sluice::sqs::operations::receive_message;
    const sluice::sqs::receive_message_request receiving("u");
    for (std::size_t size = 1; size < json.size(); ++size) {
        CHECK_FALSE(decode_reply<receive>(ok(json.substr(0, size)), receiving, wire_protocol::json).has_value());
    }
    const auto whole = decode_reply<receive>(ok(json), receiving, wire_protocol::json);
    CHECK(whole->messages.at(0).body == "\xC3\xA4");
    CHECK(whole->messages.at(0).attributes.at(0).value.value() == "\x01");
}

} // namespace batch_replies_test
