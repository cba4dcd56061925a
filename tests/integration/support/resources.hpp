// Queues and topics for tests.
#pragma once

#include <sluice/session.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>

namespace integration {

/// FIFO when its name says so. Its URL.
inline boost::asio::awaitable<std::string> make_queue(sluice::session session, std::string name) {
    sluice::sqs::create_queue_request request(std::move(name));
    if (request.name.ends_with(".fifo")) request.attributes["FifoQueue"] = "true";
    const auto made = co_await session.sqs().create_queue(std::move(request));
    co_return made.queue_url;
}

/// A FIFO topic that delivers raw messages to one FIFO queue. Its ARN.
inline boost::asio::awaitable<std::string> make_fifo_topic(sluice::session session, std::string name,
                                                           std::string queue_url) {
    sluice::sns::create_topic_request create(std::move(name));
    create.attributes["FifoTopic"] = "true";
    const auto made = co_await session.sns().create_topic(std::move(create));
    const sluice::sqs::get_queue_attributes_request ask(queue_url);
    const auto queue = co_await session.sqs().get_queue_attributes(ask);
    const std::string queue_arn = queue.attributes.at("QueueArn");
    sluice::sqs::set_queue_attributes_request allow(std::move(queue_url));
    allow.attributes["Policy"] =
        R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",)"
        R"("Resource":")" +
        queue_arn + R"("}]})";
    co_await session.sqs().set_queue_attributes(std::move(allow));
    sluice::sns::subscribe_request subscribe(made.topic_arn, queue_arn);
    subscribe.attributes["RawMessageDelivery"] = "true";
    co_await session.sns().subscribe(std::move(subscribe));
    co_return made.topic_arn;
}

} // namespace integration
