// Metrics: what is counted, and that the text is what Prometheus takes.
#include "stream/observability/metric_catalogue.hpp"
#include "support/exposition_checker.hpp"
#include "support/handler_fixture.hpp"
#include "test_support.hpp"

#include <sluice/middleware/compose.hpp>
#include <sluice/observability/metrics.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <latch>
#include <set>
#include <thread>

namespace metrics_test {

using namespace std::chrono_literals;
using namespace unit_tests;
using boost::asio::awaitable;
using sluice::batch_reason;
using sluice::errc;
using sluice::error_info;
using sluice::sqs::delivery;
using sluice::sqs::settlement;

namespace {

const std::string orders = "https://sqs.us-east-1.amazonaws.com/1/orders";
const std::string topic = "arn:aws:sns:us-east-1:1:orders";

samples read(const sluice::metrics& from) { return checked_samples(from.prometheus_text()); }

} // namespace

TEST_CASE("exposition checker: finds what is wrong") {
    const std::string good = "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n";
    CHECK(checked_samples(good).at("a_total{x=\"1\"}") == 2);
    for (const std::string bad :
         {"a_total 1\n", "# TYPE a_total counter\na_total 1", "# TYPE a_total counter\na_total{x=\"1} 2\n",
          "# TYPE a_total counter\na_total{x=\"a\"b\"} 2\n", "# TYPE a_total counter\na_total{x=\"\\q\"} 2\n",
          "# TYPE a_total counter\na_total 1\na_total 1\n", "# TYPE a_total counter\n# TYPE a_total counter\n",
          "# TYPE a_total counter\na_total x\n", "# TYPE a_total thing\n", "# TYPE a_total counter\nb 1\n",
          "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
          "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
          "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
          "# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count "
          "1\n",
          "# TYPE a_total counter\na_total -1\n"}) {
        INFO(bad);
        CHECK_THROWS_AS(checked_samples(bad), std::runtime_error);
    }
}

TEST_CASE("metrics: of writers, by destination") {
    sluice::metrics metrics;
    const auto observer = metrics.writer_observer();
    observer->batch_sent(orders, 10, 2'000, batch_reason::full);
    observer->batch_sent(orders, 1, 100, batch_reason::linger);
    observer->batch_sent(topic, 3, 300, batch_reason::flush);
    for (int i = 0; i < 8; ++i) observer->message_ended(orders, "", nullptr);
    const error_info denied(errc::access_denied, "no");
    const error_info slow(errc::throttled, "slow down");
    observer->message_ended(orders, "g", &denied);
    observer->message_retried(orders, "g", slow, 1, 50ms);
    observer->message_retried(orders, "g", slow, 2, 100ms);
    observer->write_waits(orders);
    observer->group_corked(orders, "g", denied);

    auto seen = read(metrics);
    const std::string queue = "{destination=\"orders\",system=\"aws_sqs\"";
    CHECK(seen.at("sluice_writer_batches_total" + queue + ",reason=\"full\"}") == 1);
    CHECK(seen.at("sluice_writer_batches_total" + queue + ",reason=\"linger\"}") == 1);
    CHECK(seen.at("sluice_writer_batches_total" + queue + ",reason=\"slot\"}") == 0);
    CHECK(seen.at("sluice_writer_batches_total{destination=\"orders\",system=\"aws.sns\",reason=\"flush\"}") == 1);
    CHECK(seen.at("sluice_writer_batch_messages_bucket" + queue + ",le=\"1\"}") == 1);
    CHECK(seen.at("sluice_writer_batch_messages_bucket" + queue + ",le=\"8\"}") == 1);
    CHECK(seen.at("sluice_writer_batch_messages_bucket" + queue + ",le=\"10\"}") == 2);
    CHECK(seen.at("sluice_writer_batch_messages_sum" + queue + "}") == 11);
    CHECK(seen.at("sluice_writer_batch_bytes_count" + queue + "}") == 2);
    CHECK(seen.at("sluice_writer_batch_bytes_sum" + queue + "}") == 2'100);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"accepted\"}") == 8);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"failed\"}") == 1);
    CHECK(seen.at("sluice_writer_retries_total" + queue + "}") == 2);
    CHECK(seen.at("sluice_writer_errors_total" + queue + ",fate=\"failed\",error=\"access_denied\"}") == 1);
    CHECK(seen.at("sluice_writer_errors_total" + queue + ",fate=\"retried\",error=\"throttled\"}") == 2);
    CHECK(seen.at("sluice_writer_waits_total" + queue + "}") == 1);
    CHECK(seen.at("sluice_writer_corked_groups_total" + queue + "}") == 1);
}

TEST_CASE("metrics: of a writer whose destination is told, all there from the beginning") {
    sluice::metrics metrics;
    const auto unknown = metrics.writer_observer();
    CHECK(read(metrics).empty());
    const auto observer = metrics.writer_observer(orders);
    const auto topics = metrics.writer_observer(topic);
    const std::string queue = "{destination=\"orders\",system=\"aws_sqs\"";
    auto seen = read(metrics);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"accepted\"}") == 0);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"failed\"}") == 0);
    CHECK(seen.at("sluice_writer_retries_total" + queue + "}") == 0);
    CHECK(seen.at("sluice_writer_batches_total" + queue + ",reason=\"full\"}") == 0);
    CHECK(seen.at("sluice_writer_retries_total{destination=\"orders\",system=\"aws.sns\"}") == 0);
    const std::size_t series = seen.size();

    // The writer of a queue that was given by name tells its URL, and is counted in the same series.
    const error_info denied(errc::access_denied, "no");
    metrics.writer_observer("orders")->message_ended(orders, "", &denied);
    observer->message_ended(orders, "", nullptr);
    seen = read(metrics);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"accepted\"}") == 1);
    CHECK(seen.at("sluice_writer_messages_total" + queue + ",outcome=\"failed\"}") == 1);
    CHECK(seen.size() == series + 1); // the cause
}

TEST_CASE("metrics: of readers, all there from the beginning, so that the first event is an increase") {
    sluice::metrics metrics;
    const auto observer = metrics.reader_observer(orders);
    const std::string queue = "{queue=\"orders\"";
    auto seen = read(metrics);
    CHECK(seen.at("sluice_reader_polls_total" + queue + ",outcome=\"failed\"}") == 0);
    CHECK(seen.at("sluice_reader_handler_failures_total" + queue + "}") == 0);
    CHECK(seen.at("sluice_reader_settlements_total" + queue + ",how=\"lost\"}") == 0);

    const error_info down(errc::connection, "refused");
    observer->poll_ended(10, nullptr);
    observer->poll_ended(0, nullptr);
    observer->poll_ended(0, &down);
    observer->message_settled("1", settlement::acknowledged, nullptr);
    observer->message_settled("2", settlement::released, &down);
    observer->message_settled("3", settlement::lost, nullptr);
    observer->renewal_failed("4", down);
    observer->handler_failed("5", "text");
    seen = read(metrics);
    for (const char* outcome : {"messages", "empty", "failed"}) {
        CHECK(seen.at("sluice_reader_polls_total" + queue + ",outcome=\"" + outcome + "\"}") == 1);
    }
    CHECK(seen.at("sluice_reader_poll_messages_bucket" + queue + ",le=\"0\"}") == 1);
    CHECK(seen.at("sluice_reader_poll_messages_count" + queue + "}") == 2);
    CHECK(seen.at("sluice_reader_settlements_total" + queue + ",how=\"acknowledged\"}") == 1);
    CHECK(seen.at("sluice_reader_settlements_total" + queue + ",how=\"lost\"}") == 1);
    CHECK(seen.at("sluice_reader_unconfirmed_settlements_total" + queue + "}") == 1);
    CHECK(seen.at("sluice_reader_renewal_failures_total" + queue + "}") == 1);
    CHECK(seen.at("sluice_reader_handler_failures_total" + queue + "}") == 1);
    for (const char* operation : {"poll", "settle", "renew"}) {
        CHECK(seen.at("sluice_reader_errors_total" + queue + ",operation=\"" + operation +
                      "\",error=\"connection\"}") == 1);
    }
}

TEST_CASE("metrics: handlers are timed by how they end; age and redelivery of what they get") {
    handler_fixture test;
    sluice::metrics metrics;
    auto handler = [](delivery& received) -> awaitable<void> {
        if (received.body() == "bad") throw std::runtime_error("bad");
        if (received.body() == "cancelled") {
            throw boost::system::system_error(boost::asio::error::operation_aborted);
        }
        co_return;
    };
    const auto composed = sluice::compose(handler).with(metrics.handler_timer("orders"));
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    const auto sent_at = [](std::chrono::milliseconds when) { return std::to_string(when.count()); };
    delivery good = test.receive(queued_message("good").system("SentTimestamp", sent_at(now - 30s)).received(1));
    delivery bad = test.receive(queued_message("bad").system("SentTimestamp", sent_at(now + 1h)).received(3));
    delivery cancelled = test.receive(queued_message("cancelled"));
    CHECK(test.handle(composed, good).value());
    CHECK_THROWS(static_cast<void>(test.handle(composed, bad).value()));
    CHECK_THROWS(static_cast<void>(test.handle(composed, cancelled).value()));
    auto seen = read(metrics);
    for (const char* outcome : {"ok", "failed", "cancelled"}) {
        const std::string labels = "{queue=\"orders\",outcome=\"" + std::string(outcome) + "\"";
        CHECK(seen.at("sluice_handler_duration_seconds_count" + labels + "}") == 1);
        CHECK(seen.at("sluice_handler_duration_seconds_bucket" + labels + ",le=\"300\"}") == 1);
    }
    CHECK(seen.at("sluice_message_age_seconds_count{queue=\"orders\"}") == 2);
    CHECK(seen.at("sluice_message_age_seconds_bucket{queue=\"orders\",le=\"0.1\"}") == 1); // sent in the future
    CHECK(seen.at("sluice_message_age_seconds_bucket{queue=\"orders\",le=\"15\"}") == 1);
    CHECK(seen.at("sluice_message_age_seconds_bucket{queue=\"orders\",le=\"300\"}") == 2);
    CHECK(seen.at("sluice_redelivered_messages_total{queue=\"orders\"}") == 1);
}

TEST_CASE("metrics: hostile names stay in their labels") {
    sluice::metrics metrics;
    metrics.writer_observer()->write_waits("a\"} 1\nevil_total{x=\"\\");
    metrics.reader_observer("b\n# TYPE evil counter\nevil 1")->poll_ended(1, nullptr);
    metrics.reader_observer("c\xC2\x9B\xE2\x80\xA8")->poll_ended(1, nullptr);
    metrics.reader_observer("\xFF\xFE")->poll_ended(1, nullptr);
    metrics.reader_observer(std::string(10'000, 'x'))->poll_ended(1, nullptr);
    sluice::writer_statistics none;
    const auto watched = metrics.watch("w\"\r\n1", [none] { return none; });
    const auto seen = read(metrics);
    CHECK(seen.contains("sluice_reader_polls_total{queue=\"c??\",outcome=\"messages\"}"));
    for (const auto& [series, value] : seen) {
        CHECK(series.starts_with("sluice_"));
        CHECK(series.size() < 500);
    }
    CHECK(seen.at("sluice_writer_waits_total{destination=\"a\"} 1 evil_total{x=\"\\\",system=\"aws_sqs\"}") == 1);
    CHECK(seen.contains("sluice_writer_pending_messages{writer=\"w\"  1\"}"));
}

TEST_CASE("metrics: destinations beyond the bound are counted together") {
    sluice::metrics_options options;
    options.destinations = 3;
    sluice::metrics metrics(options);
    const auto observer = metrics.writer_observer();
    for (int i = 0; i < 1'000; ++i) observer->write_waits("queue-" + std::to_string(i));
    observer->write_waits("queue-1");
    for (int i = 0; i < 5; ++i) metrics.reader_observer("r" + std::to_string(i))->poll_ended(1, nullptr);
    const auto seen = read(metrics);
    CHECK(seen.at("sluice_writer_waits_total{destination=\"queue-1\",system=\"aws_sqs\"}") == 2);
    CHECK(seen.at("sluice_writer_waits_total{destination=\"other\",system=\"other\"}") == 997);
    CHECK(std::ranges::count_if(
              seen, [](const auto& one) { return one.first.starts_with("sluice_writer_waits_total"); }) == 4);
    CHECK(seen.at("sluice_reader_polls_total{queue=\"other\",outcome=\"messages\"}") == 2);
    options.destinations = 0;
    CHECK_THROWS_AS(sluice::metrics{options}, sluice::error);
}

TEST_CASE("metrics: a queue that is named as the others are is no second series of theirs") {
    sluice::metrics_options options;
    options.destinations = 1;
    sluice::metrics metrics(options);
    for (const char* name : {"other", "a"}) metrics.reader_observer(name)->poll_ended(0, nullptr);
    const auto seen = read(metrics); // throws for a series that is there twice
    CHECK(seen.at("sluice_reader_polls_total{queue=\"other_\",outcome=\"empty\"}") == 1);
    CHECK(seen.at("sluice_reader_polls_total{queue=\"other\",outcome=\"empty\"}") == 1);
}

TEST_CASE("metrics: statistics are asked for while they are watched") {
    sluice::metrics metrics;
    sluice::writer_statistics writer;
    writer.pending = 7;
    writer.billed = 9;
    sluice::sqs::reader_statistics reader;
    reader.in_flight = 5;
    {
        const auto first = metrics.watch("orders", [&writer] { return writer; });
        auto second = metrics.watch("orders", [&reader] { return reader; }); // a reader may be named like a writer
        CHECK_THROWS_AS(static_cast<void>(metrics.watch("orders", [&writer] { return writer; })), sluice::error);
        auto seen = read(metrics);
        CHECK(seen.at("sluice_writer_pending_messages{writer=\"orders\"}") == 7);
        CHECK(seen.at("sluice_writer_billed_requests_total{writer=\"orders\"}") == 9);
        CHECK(seen.at("sluice_reader_in_flight_messages{reader=\"orders\"}") == 5);
        CHECK_FALSE(seen.contains("sluice_reader_last_poll_age_seconds{reader=\"orders\"}"));
        writer.pending = 8;
        reader.last_poll_age = 61'050ms;
        seen = read(metrics);
        CHECK(seen.at("sluice_writer_pending_messages{writer=\"orders\"}") == 8);
        CHECK(seen.at("sluice_reader_last_poll_age_seconds{reader=\"orders\"}") == doctest::Approx(61.05));
        auto moved = std::move(second);
        CHECK(read(metrics).contains("sluice_reader_in_flight_messages{reader=\"orders\"}"));
        moved.reset();
        CHECK_FALSE(read(metrics).contains("sluice_reader_in_flight_messages{reader=\"orders\"}"));
    }
    CHECK_FALSE(read(metrics).contains("sluice_writer_pending_messages{writer=\"orders\"}"));
    CHECK_NOTHROW(static_cast<void>(metrics.watch("orders", [&writer] { return writer; })));
}

TEST_CASE("metrics: threads count while others read; nothing is lost, nothing goes back") {
    sluice::metrics_options options;
    options.destinations = 4;
    sluice::metrics metrics(options);
    constexpr int threads = 4;
    constexpr int each = 5'000;
    std::latch begin(threads + 1);
    std::vector<std::jthread> counting;
    for (int t = 0; t < threads; ++t) {
        counting.emplace_back([&metrics, &begin, t] {
            const auto writer = metrics.writer_observer();
            const auto reader = metrics.reader_observer("r" + std::to_string(t));
            begin.arrive_and_wait();
            for (int i = 0; i < each; ++i) {
                writer->batch_sent("q" + std::to_string(i % 8), 5, 100, batch_reason::full);
                reader->poll_ended(3, nullptr);
            }
        });
    }
    begin.arrive_and_wait();
    double before = 0;
    const auto total = [](const samples& seen) {
        double sum = 0;
        for (const auto& [name, value] : seen) {
            if (name.starts_with("sluice_writer_batch_messages_count")) sum += value;
        }
        return sum;
    };
    for (int i = 0; i < 50; ++i) {
        const auto watched = metrics.watch("w", [] { return sluice::writer_statistics(); });
        const double now = total(read(metrics));
        CHECK(now >= before);
        before = now;
    }
    counting.clear(); // joins
    CHECK(total(read(metrics)) == threads * each);
    CHECK(metrics.prometheus_text() == metrics.prometheus_text()); // in the same order
}

TEST_CASE("metrics: the table of the documentation is the catalogue, and the text has just that") {
    const std::string page = test_support::read_file(std::filesystem::path(SLUICE_DOCS_DIR) / "observability.md");
    std::string table;
    std::set<std::string> names;
    for (const auto& one : sluice::stream::metric_catalogue) {
        CHECK(names.insert(std::string(one.name)).second);
        CHECK((one.type == "counter") == one.name.ends_with("_total"));
        table.append("| `").append(one.name).append("` | ").append(one.type).append(" | ");
        table.append(one.labels).append(" | ").append(one.help).append(" |\n");
    }
    const auto begins = page.find("| `sluice_");
    REQUIRE(begins != std::string::npos);
    const std::string in_page = page.substr(begins, page.find("\n\n", begins) + 1 - begins);
    CHECK(in_page == table);

    std::set<std::string> served;
    for (const auto& [name, type] : checked_types(sluice::metrics().prometheus_text())) served.insert(name);
    CHECK(served == names);
}

} // namespace metrics_test
