#include "cli/named_resources.hpp"

#include "protocol/arn.hpp"
#include "session/session_state.hpp"

#include <sluice/as_result.hpp>
#include <sluice/error.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sqs/client.hpp>

#include <algorithm>

namespace sluice::cli {

namespace asio = boost::asio;

bool is_topic_arn(const std::string& text) noexcept {
    const auto parsed = protocol::parse_arn(text);
    return parsed && parsed->service == "sns";
}

namespace {

asio::awaitable<std::string> queue_url_of(session session, std::string queue) {
    const auto found = co_await session.state()->queues()->url_of(std::move(queue));
    co_return found.value();
}

asio::awaitable<queue_report> look_up(session session, std::string queue) {
    std::string url = co_await queue_url_of(session, std::move(queue));
    const sqs::client client = session.sqs();
    sqs::get_queue_attributes_request about(url);
    const auto reply = co_await client.get_queue_attributes(std::move(about));
    co_return queue_report(std::move(url), reply.attributes);
}

} // namespace

asio::awaitable<queue_report> queue_report_of(session session, std::string queue) {
    if (is_topic_arn(queue)) {
        throw error(error_info(errc::invalid_argument, "\"" + queue + "\" is a topic; a queue is needed here"));
    }
    auto looking = look_up(session, queue);
    auto found = co_await as_result(std::move(looking));
    if (found) co_return std::move(*found);
    error_info why = found.error();
    // The service's own text does not say which queue.
    if (why.code == errc::not_found) why.message = "there is no queue \"" + queue + "\" in " + session.region();
    throw error(std::move(why));
}

asio::awaitable<std::string> topic_arn_of(session session, std::string topic) {
    if (topic.starts_with("arn:")) {
        protocol::parse_topic_arn(topic).value();
        co_return topic;
    }
    if (const auto wrong = protocol::check_topic_name(topic)) throw error(*wrong);
    const sns::client client = session.sns();
    auto pages = client.topic_pages();
    while (true) {
        const auto page = co_await pages.next();
        if (!page) break;
        const auto found = std::ranges::find_if(
            page->topic_arns, [&](const std::string& arn) { return protocol::destination_name(arn) == topic; });
        if (found != page->topic_arns.end()) co_return *found;
    }
    throw error(error_info(errc::not_found, "there is no topic \"" + topic + "\" in " + session.region()));
}

} // namespace sluice::cli
