// From what is wanted and what was found to steps: exactly.
#include "topology/chain_fixture.hpp"

namespace chain_plan_test {

using namespace unit_tests;
using namespace sluice::topology;
using sluice::chain;
using sluice::chain_action;
using sluice::chain_queue;
using sluice::chain_topic;
using text_list = std::vector<std::string>;

namespace {

std::vector<planned_step> planned(const wanted_chain& wanted, const found_chain& found, bool unsubscribe = false) {
    sluice::ensure_options options;
    options.unsubscribe_others = unsubscribe;
    auto steps = plan_chain(wanted, found, options);
    REQUIRE(steps.has_value());
    return std::move(*steps);
}

const planned_step& step_of(const std::vector<planned_step>& steps, step_kind kind, std::size_t which = 0) {
    for (const auto& step : steps) {
        if (step.kind == kind && which-- == 0) return step;
    }
    throw std::logic_error("there is no such step");
}

/// The steps that are not `leave`.
text_list changes(const std::vector<planned_step>& steps) {
    text_list all;
    for (const auto& line : lines(steps)) {
        if (!line.starts_with("leave")) all.push_back(line);
    }
    return all;
}

chain rich_chain() {
    chain_topic topic("orders");
    topic.attributes["DisplayName"] = "Orders";
    topic.tags["team"] = "shop";
    chain_queue billing("billing", R"({"country":["DE"]})");
    billing.attributes["VisibilityTimeout"] = "60";
    billing.tags["team"] = "billing";
    billing.dead_letter_queue = "dead";
    billing.undelivered_queue = "lost";
    chain_queue dead("dead");
    dead.subscribe = false;
    dead.redrive_allow = sluice::redrive_allowance::chain();
    dead.encryption = sluice::queue_encryption::sqs_managed();
    return chain(topic).queue(billing).queue(dead).queue("audit");
}

} // namespace

TEST_CASE("chain plan: on a bare account everything is created, each after what it needs") {
    const wanted_chain wanted = resolved(rich_chain());
    const auto steps = planned(wanted, nothing_found());
    CHECK(lines(steps) == text_list{"create topic orders", "create queue dead", "create queue lost",
                                    "create queue billing", "create queue audit",
                                    "create subscription of queue billing", "create subscription of queue audit"});
    CHECK(steps[0].values == attribute_map{{"DisplayName", "Orders"}});
    CHECK(steps[0].tags == attribute_map{{"team", "shop"}});
    CHECK(steps[0].shown.detail == "DisplayName: Orders; tags: team: shop");
    CHECK(steps[1].values == attribute_map{{"RedriveAllowPolicy", R"({"redrivePermission":"byQueue",)"
                                                                  R"("sourceQueueArns":[")" +
                                                                      arn_of_queue("billing") + "\"]}"},
                                           {"SqsManagedSseEnabled", "true"}});
    CHECK(steps[2].values == attribute_map{{"MessageRetentionPeriod", "1209600"},
                                           {"Policy", **allow_topic("", arn_of_queue("lost"), orders_arn)}});
    CHECK(steps[3].values == attribute_map{{"Policy", **allow_topic("", arn_of_queue("billing"), orders_arn)},
                                           {"RedrivePolicy", R"({"deadLetterTargetArn":")" + arn_of_queue("dead") +
                                                                 R"(","maxReceiveCount":5})"},
                                           {"VisibilityTimeout", "60"}});
    CHECK(steps[3].tags == attribute_map{{"team", "billing"}});
    CHECK(steps[5].values ==
          attribute_map{{"FilterPolicy", R"({"country":["DE"]})"},
                        {"FilterPolicyScope", "MessageAttributes"},
                        {"RawMessageDelivery", "true"},
                        {"RedrivePolicy", R"({"deadLetterTargetArn":")" + arn_of_queue("lost") + "\"}"}});
    CHECK(steps[6].values == attribute_map{{"RawMessageDelivery", "true"}});
}

TEST_CASE("chain plan: where all stands, all is left") {
    const wanted_chain wanted = resolved(rich_chain());
    const auto steps = planned(wanted, all_found(wanted));
    CHECK(changes(steps).empty());
    CHECK(lines(steps) == text_list{"leave topic orders", "leave queue dead", "leave queue lost",
                                    "leave policy of queue lost", "leave queue billing",
                                    "leave policy of queue billing", "leave queue audit", "leave policy of queue audit",
                                    "leave subscription of queue billing", "leave subscription of queue audit"});
}

TEST_CASE("chain plan: types go with creations, and are not changed afterwards") {
    const wanted_chain wanted = resolved(chain("orders.fifo").queue("billing.fifo"));
    const auto steps = planned(wanted, nothing_found());
    CHECK(steps[0].values == attribute_map{{"FifoTopic", "true"}});
    CHECK(steps[1].values.at("FifoQueue") == "true");
    CHECK(changes(planned(wanted, all_found(wanted))).empty());
}

TEST_CASE("chain plan: only what differs is changed, and says from what to what") {
    const wanted_chain wanted = resolved(rich_chain());
    found_chain found = all_found(wanted);
    found.topic->attributes["DisplayName"] = "Old";
    found.topic->attributes["KmsMasterKeyId"] = "not stated: stays";
    found.topic->tags = {{"team", "other"}, {"cost", "stays"}};
    found.queues["billing"].attributes["VisibilityTimeout"] = "30";
    found.queues["billing"].attributes["DelaySeconds"] = "7";
    found.queues["billing"].tags.clear();
    const auto steps = planned(wanted, found);
    CHECK(changes(steps) ==
          text_list{"change topic orders", "change topic orders", "change queue billing", "change queue billing"});
    CHECK(steps[0].kind == step_kind::set_topic_attribute);
    CHECK(steps[0].shown.detail == "DisplayName: Old -> Orders");
    CHECK(steps[1].kind == step_kind::tag_topic);
    CHECK(steps[1].shown.detail == "tags: team: other -> shop");
    CHECK(steps[1].values == attribute_map{{"team", "shop"}});
    CHECK(steps[2].kind == step_kind::set_queue_attributes);
    CHECK(steps[2].values == attribute_map{{"VisibilityTimeout", "60"}});
    CHECK(steps[2].shown.detail == "VisibilityTimeout: 30 -> 60");
    CHECK(steps[3].shown.detail == "tags: team: none -> billing");
}

TEST_CASE("chain plan: documents are compared as such") {
    const wanted_chain wanted = resolved(rich_chain());
    found_chain found = all_found(wanted);
    auto& billing = found.queues["billing"].attributes;
    billing["RedrivePolicy"] = R"({ "maxReceiveCount" : "5", "deadLetterTargetArn":")" + arn_of_queue("dead") + "\"}";
    found.queues["dead"].attributes["RedriveAllowPolicy"] =
        R"({"sourceQueueArns":")" + arn_of_queue("billing") + R"(","redrivePermission":"byQueue"})";
    found.subscriptions[0].attributes["FilterPolicy"] = R"({ "country" : [ "DE" ] })";
    CHECK(changes(planned(wanted, found)).empty());
    billing["RedrivePolicy"] = R"({"maxReceiveCount":6,"deadLetterTargetArn":")" + arn_of_queue("dead") + "\"}";
    CHECK(changes(planned(wanted, found)) == text_list{"change queue billing"});
    CHECK(same_value("FilterPolicy", "", "{}"));
    CHECK(same_value("FilterPolicyScope", "", "MessageAttributes"));
    CHECK(same_value("RawMessageDelivery", "false", ""));
    CHECK_FALSE(same_value("RawMessageDelivery", "true", ""));
    CHECK_FALSE(same_value("FilterPolicy", R"({"a":[{"numeric":["=",5]}]})", R"({"a":[{"numeric":[5,"="]}]})"));
    CHECK_FALSE(same_value("FilterPolicy", R"({"a":["x"]})", "{broken"));
    CHECK_FALSE(same_value("DisplayName", "a", ""));
}

TEST_CASE("chain plan: a missing policy is added before the subscription, and foreign statements are no reason to") {
    const wanted_chain wanted = resolved(chain("orders").queue("billing"));
    found_chain found = all_found(wanted);
    found.subscriptions.clear();
    auto& policy = found.queues["billing"].attributes["Policy"];
    policy = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}]})";
    auto steps = planned(wanted, found);
    CHECK(changes(steps) == text_list{"change policy of queue billing", "create subscription of queue billing"});
    CHECK(steps[0].kind == step_kind::allow_topic);
    policy = "garbage";
    const auto refused = plan_chain(wanted, found, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == sluice::errc::bad_reply);
}

TEST_CASE("chain plan: the settings of a subscription, in an order that SNS takes") {
    chain_queue billing("billing", R"({"a":{"b":["x"]}})");
    billing.filter_on = sluice::filter_scope::body;
    const wanted_chain on_body = resolved(chain("orders").queue(billing));
    const wanted_chain on_attributes = resolved(chain("orders").queue("billing", R"({"a":["x"]})"));
    const wanted_chain without = resolved(chain("orders").queue("billing"));
    const auto names = [](const std::vector<planned_step>& steps) {
        text_list all;
        for (const auto& step : steps) {
            if (step.kind == step_kind::leave) continue;
            CHECK(step.kind == step_kind::set_subscription_attribute);
            CHECK(step.name == std::string(orders_arn) + ":of-billing");
            all.push_back(step.values.begin()->first + "=" + step.values.begin()->second);
        }
        return all;
    };
    // To bodies the scope goes first: a nested policy is none on attributes. Away from them it goes last.
    CHECK(names(planned(on_body, all_found(on_attributes))) ==
          text_list{"FilterPolicyScope=MessageBody", R"(FilterPolicy={"a":{"b":["x"]}})"});
    CHECK(names(planned(on_attributes, all_found(on_body))) ==
          text_list{R"(FilterPolicy={"a":["x"]})", "FilterPolicyScope=MessageAttributes"});
    // A filter that is not wanted any more is taken away.
    const auto steps = planned(without, all_found(on_body));
    CHECK(names(steps) == text_list{"FilterPolicy={}"});
    CHECK(steps[0].shown.detail == R"(FilterPolicy: {"a":{"b":["x"]}} -> none)");
    chain_queue wrapped("billing");
    wrapped.raw_delivery = false;
    CHECK(names(planned(resolved(chain("orders").queue(wrapped)), all_found(without))) ==
          text_list{"RawMessageDelivery=false"});
}

TEST_CASE("chain plan: a subscription that waits for its confirmation is asked for again") {
    const wanted_chain wanted = resolved(chain("orders").queue("billing"));
    found_chain found = all_found(wanted);
    found.subscriptions[0].arn = "PendingConfirmation";
    CHECK(changes(planned(wanted, found)) == text_list{"create subscription of queue billing"});
}

TEST_CASE("chain plan: encryption is changed as stated, and left where nothing is stated") {
    const auto changed = [](const sluice::queue_encryption& to, const attribute_map& from) {
        chain_queue queue("billing");
        queue.encryption = to;
        const wanted_chain wanted = resolved(chain("orders").queue(queue));
        found_chain found = all_found(resolved(chain("orders").queue("billing")));
        for (const auto& [name, value] : from) found.queues["billing"].attributes[name] = value;
        const auto steps = planned(wanted, found);
        return steps[0].kind == step_kind::set_queue_attributes ? steps[0].values : attribute_map();
    };
    using sluice::queue_encryption;
    const attribute_map by_sqs{{"SqsManagedSseEnabled", "true"}};
    const attribute_map by_kms{{"KmsMasterKeyId", "alias/a"}, {"SqsManagedSseEnabled", "false"}};
    CHECK(changed(queue_encryption(), by_sqs).empty());
    CHECK(changed(queue_encryption(), by_kms).empty());
    CHECK(changed(queue_encryption::sqs_managed(), by_sqs).empty());
    CHECK(changed(queue_encryption::sqs_managed(), by_kms) ==
          attribute_map{{"KmsMasterKeyId", ""}, {"SqsManagedSseEnabled", "true"}});
    CHECK(changed(queue_encryption::none(), by_sqs) == attribute_map{{"SqsManagedSseEnabled", "false"}});
    CHECK(changed(queue_encryption::none(), {}).empty());
    CHECK(changed(queue_encryption::kms("alias/a"), by_kms).empty());
    CHECK(changed(queue_encryption::kms("alias/b"), by_kms) == attribute_map{{"KmsMasterKeyId", "alias/b"}});
}

TEST_CASE("chain plan: who may have it as a dead-letter queue") {
    const auto document = [](const sluice::redrive_allowance& allow) {
        chain_queue dead("dead");
        dead.redrive_allow = allow;
        const wanted_chain wanted = resolved(chain("orders").queue(dead));
        return value_of(wanted_queue_attributes(wanted, *wanted.queue("dead"), nothing_found()), "RedriveAllowPolicy");
    };
    using sluice::redrive_allowance;
    CHECK(document(redrive_allowance()).empty());
    CHECK(document(redrive_allowance::all()) == R"({"redrivePermission":"allowAll"})");
    CHECK(document(redrive_allowance::none()) == R"({"redrivePermission":"denyAll"})");
    CHECK(document(redrive_allowance::chain()) == R"({"redrivePermission":"denyAll"})"); // nobody names it
    CHECK(document(redrive_allowance::listed({"a", "arn:aws:sqs:x:1:b"})) ==
          R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn_of_queue("a") + R"(","arn:aws:sqs:x:1:b"]})");
}

TEST_CASE("chain plan: other subscriptions are left unless told otherwise") {
    const wanted_chain wanted = resolved(chain("orders").queue("billing"));
    found_chain found = all_found(wanted);
    found_subscription other;
    other.arn = std::string(orders_arn) + ":other";
    other.protocol = "email";
    other.endpoint = "a@example.org";
    found.subscriptions.push_back(other);
    other.arn = "PendingConfirmation";
    other.endpoint = "b@example.org";
    found.subscriptions.push_back(other);
    auto steps = planned(wanted, found);
    CHECK(changes(steps).empty());
    CHECK(steps.back().shown ==
          sluice::chain_step(chain_action::leave, "subscription of email b@example.org", "not of the chain"));
    steps = planned(wanted, found, true);
    CHECK(changes(steps) == text_list{"remove subscription of email a@example.org"});
    CHECK(step_of(steps, step_kind::unsubscribe).name == std::string(orders_arn) + ":other");
}

TEST_CASE("chain plan: without a known account the plan stands, its ARNs have a question mark") {
    const wanted_chain wanted = resolved(chain("orders").queue("billing"));
    found_chain found;
    found.where.region = "eu-west-1";
    const auto steps = planned(wanted, found);
    CHECK(changes(steps).size() == 3);
    CHECK(steps[1].values.at("Policy").find("arn:aws:sns:eu-west-1:?:orders") != std::string::npos);
}

TEST_CASE("chain removal: subscriptions, queues before those that they need, the topic last") {
    const wanted_chain wanted = resolved(rich_chain());
    const auto steps = plan_removal(wanted, all_found(wanted), {});
    CHECK(lines(steps) == text_list{"remove subscription of queue billing", "remove subscription of queue audit",
                                    "remove queue audit", "remove queue billing", "remove queue lost",
                                    "remove queue dead", "remove topic orders"});
    CHECK(plan_removal(wanted, nothing_found(), {}).empty());
}

TEST_CASE("chain removal: what is in use is left, and says why") {
    const wanted_chain wanted = resolved(rich_chain());
    found_chain found = all_found(wanted);
    found.queues["billing"].attributes["ApproximateNumberOfMessagesDelayed"] = "3";
    found.queues["audit"].attributes["Policy"] =
        R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*"}]})";
    found_subscription other;
    other.arn = std::string(orders_arn) + ":other";
    other.protocol = "lambda";
    other.endpoint = "f";
    found.subscriptions.push_back(other);
    auto steps = plan_removal(wanted, found, {});
    CHECK(lines(steps) == text_list{"remove subscription of queue billing", "remove subscription of queue audit",
                                    "change policy of queue billing", "remove queue lost", "remove queue dead",
                                    "leave queue audit", "leave queue billing", "leave topic orders"});
    CHECK(steps[2].kind == step_kind::withdraw_topic);
    CHECK(steps[5].shown.detail == "its policy has statements of others");
    CHECK(steps[6].shown.detail == "about 3 messages are in it");
    CHECK(steps[7].shown.detail == "others are subscribed: lambda f");
    sluice::remove_options all;
    all.even_in_use = true;
    steps = plan_removal(wanted, found, all);
    CHECK(steps.size() == 7);
    CHECK(lines(steps).back() == "remove topic orders");
}

} // namespace chain_plan_test
