// Handlers over real deliveries: each is received from a scripted queue, and has a lease that lasts.
#pragma once

#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/sqs/reader.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

/// A message as the queue has it. Setters chain.
class queued_message {
  public:
    explicit queued_message(std::string body) : body_(std::move(body)) {}

    queued_message&& attribute(const std::string& name, const std::string& value,
                               const std::string& type = "String") && {
        const std::string kind = type == "Binary" ? "BinaryValue" : "StringValue";
        inner_ += "<MessageAttribute><Name>" + name + "</Name><Value><" + kind + ">" + value + "</" + kind +
                  "><DataType>" + type + "</DataType></Value></MessageAttribute>";
        return std::move(*this);
    }
    queued_message&& system(const std::string& name, const std::string& value) && {
        inner_ += "<Attribute><Name>" + name + "</Name><Value>" + value + "</Value></Attribute>";
        return std::move(*this);
    }
    queued_message&& received(int times) && {
        return std::move(*this).system("ApproximateReceiveCount", std::to_string(times));
    }

    /// As `received_messages` writes it: message id `m:<body>`, receipt handle `r:<body>`.
    [[nodiscard]] std::string reply() const {
        std::string text = received_messages({body_});
        return text.insert(text.find("</Message>"), inner_);
    }

  private:
    std::string body_;
    std::string inner_;
};

struct handler_fixture {
    boost::asio::io_context context;
    std::vector<std::unique_ptr<sluice::sqs::reader>> readers;

    /// From a reader of its own, so that one message can be received twice.
    sluice::sqs::delivery receive(const queued_message& message,
                                  std::chrono::seconds visibility = std::chrono::hours(12),
                                  const std::string& queue = queue_url) {
        auto script = std::make_shared<scripted_transport>(context.get_executor());
        script->expect("ReceiveMessage").reply(200, message.reply());
        script->expect("ReceiveMessage").reply(200, received_messages({})).hold().always();
        sluice::sqs::reader_options options;
        options.visibility_timeout = visibility;
        options.max_lease = visibility;
        readers.push_back(
            std::make_unique<sluice::sqs::reader>(scripted_session(context.get_executor(), script), queue, options));
        return run(context, readers.back()->read());
    }

    /// As `run` calls it: by a copy in a std::function, which lives as long as the call.
    started<bool> handle(sluice::sqs::message_handler handler, sluice::sqs::delivery& delivery) {
        started<bool> handled(context, call(std::move(handler), delivery));
        settle(context);
        return handled;
    }

  private:
    static boost::asio::awaitable<bool> call(sluice::sqs::message_handler handler, sluice::sqs::delivery& delivery) {
        co_await handler(delivery);
        co_return true;
    }
};

/// Of a queue that holds `total` messages with these bodies, gives ten to a poll, and takes everything back.
template<class BodyOf>
std::shared_ptr<sluice::sqs::reader> reader_of_numbered_messages(const boost::asio::any_io_executor& executor,
                                                                 int total, BodyOf body_of) {
    auto script = std::make_shared<scripted_transport>(executor);
    auto produced = std::make_shared<std::atomic<int>>(0);
    script->expect("ReceiveMessage")
        .answer([produced, total, body_of](const seen_call&) {
            std::vector<std::string> bodies;
            for (int i = 0; i < 10; ++i) {
                const int next = (*produced)++;
                if (next < total) bodies.push_back(body_of(next));
            }
            return sluice::result<sluice::http_reply>(ok(received_messages(bodies)));
        })
        .always();
    script->expect("DeleteMessageBatch").answer(accept_deletes()).always();
    script->expect("ChangeMessageVisibilityBatch").answer(accept_changes()).always();
    sluice::sqs::reader_options options;
    options.visibility_timeout = std::chrono::seconds(30);
    options.acknowledge_linger = std::chrono::milliseconds(0);
    return std::make_shared<sluice::sqs::reader>(scripted_session(executor, script), queue_url, options);
}

} // namespace unit_tests
