#include "core_client.hpp"

#include <doctest/doctest.h>
#include <pugixml.hpp>

#include <stdexcept>

namespace local_tests {

using sluice::local::broker_options;
using sluice::local::http_answer;

namespace {

answer make_answer(const http_answer& from) {
    answer made;
    made.status = from.status;
    made.body = from.body;
    made.query_error = from.query_error;
    return made;
}

broker_options unsigned_options(std::vector<std::string>& log, std::shared_ptr<sluice::local::storage> storage,
                                bool signing) {
    broker_options options;
    options.storage = std::move(storage);
    options.verify_signatures = false;
    options.sign_messages = signing;
    options.keys = {{"test", "test", "", ""}, {"other", "other-secret", "", "111111111111"}};
    options.log = [&log](std::string_view line) { log.emplace_back(line); };
    return options;
}

struct element_texts final : pugi::xml_tree_walker {
    std::string name;
    std::vector<std::string> texts;
    bool for_each(pugi::xml_node& node) override {
        if (node.name() == name) texts.emplace_back(node.text().get());
        return true;
    }
};

} // namespace

std::vector<std::string> answer::elements(const std::string& name) const {
    pugi::xml_document document;
    const auto parsed =
        document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
    if (!parsed) throw std::runtime_error("not XML: " + body);
    element_texts walker;
    walker.name = name;
    document.traverse(walker);
    return walker.texts;
}

std::string answer::element(const std::string& name) const {
    const auto all = elements(name);
    return all.empty() ? std::string() : all.front();
}

std::string answer::code() const {
    return query_error.empty() ? element("Code") : query_error.substr(0, query_error.find(';'));
}

std::string answer::message() const {
    return query_error.empty() ? element("Message") : json().at("message").get<std::string>();
}

std::string encode_form(const form& parameters) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    const auto append = [&](std::string_view text) {
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            const bool plain =
                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
            if (plain) {
                out += c;
            } else {
                out += '%';
                out += digits[byte >> 4U];
                out += digits[byte & 15U];
            }
        }
    };
    for (const auto& [name, value] : parameters) {
        if (!out.empty()) out += '&';
        append(name);
        out += '=';
        append(value);
    }
    return out;
}

core_client::core_client(std::shared_ptr<sluice::local::storage> storage, bool signing)
    : now(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)), storage_(std::move(storage)), signing_(signing) {
    core_.emplace(unsigned_options(log, storage_, signing_));
}

void core_client::reopen() {
    core_.reset();
    core_.emplace(unsigned_options(log, storage_, signing_));
    finished_.clear();
}

void core_client::commit() {
    core_->commit(now);
    collect();
}

answer core_client::query(std::string_view version, std::string_view action, const form& parameters) {
    form all{{"Action", std::string(action)}, {"Version", std::string(version)}};
    all.insert(all.end(), parameters.begin(), parameters.end());
    const std::string body = encode_form(all);
    return raw("POST", "/", {{"Host", "localhost:1"}}, body);
}

answer core_client::json(std::string_view action, const nlohmann::json& parameters) {
    const std::string target = "AmazonSQS." + std::string(action);
    const std::string body = parameters.dump();
    return raw("POST", "/", {{"Host", "localhost:1"}, {"X-Amz-Target", target}}, body);
}

answer core_client::raw(std::string_view method, std::string_view target, std::vector<sigv4::header> headers,
                        std::string_view body) {
    sluice::local::http_call call;
    call.method = method;
    const auto mark = target.find('?');
    call.path = target.substr(0, mark);
    if (mark != std::string_view::npos) call.query = target.substr(mark + 1);
    const std::string claim =
        "AWS4-HMAC-SHA256 Credential=" + key + "/20261123/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
    if (!key.empty()) headers.push_back({"Authorization", claim});
    call.headers = std::move(headers);
    call.body = body;
    auto accepted = core_->accept(call, now);
    if (const auto* refused = std::get_if<http_answer>(&accepted)) return make_answer(*refused);
    const auto outcome = core_->carry_out(std::move(std::get<sluice::local::accepted_call>(accepted)), now);
    if (commits && core_->wants_commit()) core_->commit(now);
    collect();
    if (outcome.answer) return make_answer(*outcome.answer);
    if (const auto ended = finished_.find(outcome.poll); ended != finished_.end()) return ended->second;
    answer waiting;
    waiting.poll = outcome.poll;
    return waiting;
}

void core_client::pass(std::chrono::milliseconds time) {
    now += time;
    core_->advance(now);
    if (commits && core_->wants_commit()) core_->commit(now);
    collect();
}

answer core_client::finished(sluice::local::poll_id poll) {
    const auto found = finished_.find(poll);
    return found == finished_.end() ? answer() : found->second;
}

void core_client::collect() {
    for (const auto& one : core_->take_finished()) finished_[one.id] = make_answer(one.answer);
}

std::string core_client::create_queue(const std::string& name, const std::map<std::string, std::string>& attributes) {
    nlohmann::json parameters{{"QueueName", name}};
    if (!attributes.empty()) parameters["Attributes"] = attributes;
    const answer made = json("CreateQueue", parameters);
    REQUIRE_MESSAGE(made.status == 200, made.body);
    return made.json().at("QueueUrl").get<std::string>();
}

void core_client::send(const std::string& queue_url, const std::string& body) {
    const answer sent = json("SendMessage", {{"QueueUrl", queue_url}, {"MessageBody", body}});
    REQUIRE_MESSAGE(sent.status == 200, sent.body);
}

nlohmann::json core_client::receive_all(const std::string& queue_url) {
    const answer got = json("ReceiveMessage", {{"QueueUrl", queue_url},
                                               {"MaxNumberOfMessages", 10},
                                               {"MessageAttributeNames", {"All"}},
                                               {"MessageSystemAttributeNames", {"All"}}});
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return got.json().value("Messages", nlohmann::json::array());
}

std::vector<std::string> core_client::receive(const std::string& queue_url) {
    std::vector<std::string> bodies;
    for (const auto& message : receive_all(queue_url)) bodies.push_back(message.at("Body").get<std::string>());
    return bodies;
}

std::string core_client::create_topic(const std::string& name) {
    const answer made = sns("CreateTopic", {{"Name", name}});
    REQUIRE_MESSAGE(made.status == 200, made.body);
    return made.element("TopicArn");
}

std::string core_client::subscribe(const std::string& topic_arn, const std::string& queue_name,
                                   const std::map<std::string, std::string>& attributes, bool with_policy) {
    const std::string queue_arn = core_->queue_arn(queue_name);
    const std::string policy = R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
                               R"("Action":"sqs:SendMessage","Resource":")" +
                               queue_arn + R"(","Condition":{"ArnEquals":{"aws:SourceArn":")" + topic_arn + R"("}}}]})";
    std::map<std::string, std::string> queue_attributes;
    if (with_policy) queue_attributes["Policy"] = policy;
    if (queue_name.ends_with(".fifo")) queue_attributes["FifoQueue"] = "true";
    create_queue(queue_name, queue_attributes);
    form parameters{{"TopicArn", topic_arn}, {"Protocol", "sqs"}, {"Endpoint", queue_arn}};
    std::size_t index = 0;
    for (const auto& [key, value] : attributes) {
        const std::string prefix = "Attributes.entry." + std::to_string(++index);
        parameters.emplace_back(prefix + ".key", key);
        parameters.emplace_back(prefix + ".value", value);
    }
    const answer made = sns("Subscribe", parameters);
    REQUIRE_MESSAGE(made.status == 200, made.body);
    return made.element("SubscriptionArn");
}

sluice::local::queue_ledger core_client::ledger(const std::string& queue_name) {
    return core_->ledger(now).at(queue_name);
}

} // namespace local_tests
