// Deletes the reply queues of processes that were killed.
#include "bus/reply_rules.hpp"
#include "protocol/arn.hpp"
#include "topology/temporary_queue.hpp"

#include <sluice/as_result.hpp>
#include <sluice/bus/reply_queues.hpp>
#include <sluice/sqs/client.hpp>

#include <algorithm>
#include <random>

namespace sluice {
namespace {

using boost::asio::awaitable;

void check(const sweep_options& options) {
    if (const auto wrong = bus::check_reply_prefix(options.prefix)) throw error(*wrong);
    if (options.most_queues == 0)
        throw error(error_info(errc::invalid_argument, "most_queues is 0: it must be 1 or more"));
    if (options.grace.count() < 0) throw error(error_info(errc::invalid_argument, "grace is negative"));
}

/// Cancelled: the whole sweep ends.
template<class T>
bool went_well(const result<T>& one) {
    if (!one && one.error().code == errc::cancelled) throw error(one.error());
    return one.has_value();
}

awaitable<void> look_at(sqs::client client, std::string url, sweep_options options, sweep_report& report) {
    ++report.looked;
    sqs::list_queue_tags_request ask(url);
    auto asking = as_result(client.list_queue_tags(std::move(ask)));
    const auto tags = co_await std::move(asking);
    if (!went_well(tags)) {
        ++report.failed;
        co_return;
    }
    const auto state = topology::judge_expiry(tags->tags, std::chrono::system_clock::now(), options.grace);
    if (state != topology::temporary_queue_state::expired) co_return;
    sqs::delete_queue_request away(url);
    auto deleting = as_result(client.delete_queue(std::move(away)));
    const auto deleted = co_await std::move(deleting);
    ++(went_well(deleted) ? report.removed : report.failed);
}

awaitable<sweep_report> sweep(session session, sweep_options options) {
    check(options);
    const sqs::client client = session.sqs();
    sqs::list_queues_request list(options.prefix);
    auto listing = client.list_queues(std::move(list));
    sqs::queue_page page = co_await std::move(listing);
    std::erase_if(page.queue_urls, [&options](const std::string& url) { // a service may list more
        return !protocol::queue_name_of_url(url).starts_with(options.prefix);
    });
    sweep_report report;
    report.found = page.queue_urls.size();
    std::random_device seed;
    std::mt19937 random(seed()); // not the same ones again and again when there are many
    std::ranges::shuffle(page.queue_urls, random);
    if (page.queue_urls.size() > options.most_queues) page.queue_urls.resize(options.most_queues);
    for (const std::string& url : page.queue_urls) {
        auto looking = look_at(client, url, options, report);
        co_await std::move(looking);
    }
    co_return report;
}

} // namespace

awaitable<sweep_report> sweep_reply_queues(session session) {
    return sweep_reply_queues(std::move(session), sweep_options());
}

awaitable<sweep_report> sweep_reply_queues(session session, sweep_options options) {
    return sweep(std::move(session), std::move(options));
}

} // namespace sluice
