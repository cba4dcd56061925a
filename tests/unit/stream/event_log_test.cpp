// Lines of a log: their form, what is never in them, and that a storm of failures is not a storm of lines.
#include "stream/observability/log_line.hpp"
#include "stream/observability/repeat_limiter.hpp"
#include "test_support.hpp"

#include <sluice/observability/event_log.hpp>
#include <sluice/observability/observers.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace event_log_test {

using namespace std::chrono_literals;
using sluice::batch_reason;
using sluice::errc;
using sluice::error_info;
using sluice::event_log;
using sluice::event_log_options;
using sluice::log_format;
using sluice::log_level;
using sluice::sqs::settlement;
using sluice::stream::log_line;
using sluice::stream::repeat_limiter;

namespace {

constexpr auto three = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + 3h;

struct written {
    std::vector<std::pair<log_level, std::string>> lines;

    event_log::sink sink() {
        return [this](log_level level, std::string_view line) { lines.emplace_back(level, line); };
    }
    /// Without the time.
    [[nodiscard]] std::string line(std::size_t at) const {
        const std::string& all = lines.at(at).second;
        return all.substr(all.find("level="));
    }
};

error_info throttled() {
    error_info failure(errc::throttled, "slow \"down\"");
    failure.service_code = "Throttling";
    failure.operation = "SendMessageBatch";
    failure.request_id = "r-1";
    failure.http_status = 400;
    return failure;
}

event_log_options everything(log_format format = log_format::logfmt) {
    event_log_options options;
    options.format = format;
    options.lowest = log_level::info;
    return options;
}

std::vector<std::string> told(const std::vector<repeat_limiter::suppressed>& ended) {
    std::vector<std::string> all;
    for (const auto& one : ended) all.push_back(one.kind + " " + std::to_string(one.events));
    return all;
}

} // namespace

TEST_CASE("log line: logfmt quotes what needs it") {
    log_line line(log_format::logfmt, log_level::error, "e", three);
    line.text("bare", "a/b:c-1.5").text("empty", "").text("space", "a b").text("quote", "a\"b").text("equals", "a=b");
    line.text("back", "a\\b").number("n", -5).text("umlaut", "\xC3\xBC");
    CHECK(std::move(line).take() ==
          "time=2026-11-27T03:00:00Z level=error event=e bare=a/b:c-1.5 empty=\"\" "
          "space=\"a b\" quote=\"a\\\"b\" equals=\"a=b\" back=\"a\\\\b\" n=-5 umlaut=\xC3\xBC");
}

TEST_CASE("log line: what is hostile stays one value of one line, in both forms") {
    const std::string hostile = std::string("a\r\nlevel=info event=all_is_well \x1B[31m\x7F\xFF\"}\\") + '\0' + "\t";
    log_line plain(log_format::logfmt, log_level::error, "e", three);
    const std::string line = std::move(plain.text("v", hostile).text("long", std::string(100'000, 'x'))).take();
    CHECK(line.size() < 700);
    for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
    CHECK(line.find(" v=\"a  level=info event=all_is_well ?[31m ?\\\"}\\\\? \" long=x") != std::string::npos);

    log_line object(log_format::json, log_level::warning, "e", three);
    const std::string text = std::move(object.text("v", hostile).number("n", 7).text_if_any("none", "")).take();
    const auto parsed = nlohmann::json::parse(text);
    CHECK(parsed.size() == 5);
    CHECK(parsed.at("level") == "warning");
    CHECK(parsed.at("n") == 7);
    CHECK(parsed.at("v") == "a  level=info event=all_is_well ?[31m ?\"}\\? ");

    // Controls, line ends and changes of direction that UTF-8 has beyond ASCII.
    log_line beyond(log_format::logfmt, log_level::error, "e", three);
    const std::string written = std::move(beyond.text("v", "a\xC2\x9B"
                                                           "2J\xC2\x85\xE2\x80\xA8\xE2\x80\xAEz"))
                                    .take();
    CHECK(written.ends_with(" v=a?2J???z"));
}

TEST_CASE("log line: secrets that a service quotes stay out") {
    using sluice::stream::without_secrets;
    const std::string quoted = "The request signature we calculated does not match.\n\nThe Canonical String for this "
                               "request should have been\n'POST\n/\n\nx-amz-security-token:SECRET";
    CHECK(without_secrets(quoted) == "The request signature we calculated does not match.\n\n");
    CHECK(without_secrets("bad x-amz-security-token:SECRET") == "bad ");
    CHECK(without_secrets("Rate exceeded") == "Rate exceeded");
    CHECK(without_secrets("").empty());
    const std::string handle = "AQEB" + std::string(60, 'w');
    CHECK(without_secrets("Value " + handle + "+/== for parameter ReceiptHandle is invalid.") ==
          "Value [...] for parameter ReceiptHandle is invalid.");
    CHECK(without_secrets(handle) == "[...]");
    CHECK(without_secrets(handle.substr(1)) == handle.substr(1)); // 63: may be a name
    const std::string arn = "arn:aws:sqs:us-east-1:123456789012:orders is not there";
    CHECK(without_secrets(arn) == arn);
}

TEST_CASE("repeat limiter: the first few pass, the rest is counted when the interval has ended") {
    repeat_limiter limiter(2, 60s);
    const repeat_limiter::time_point start{};
    std::vector<repeat_limiter::suppressed> ended;
    CHECK(limiter.passes("a", start, ended));
    CHECK(limiter.passes("a", start + 1s, ended));
    CHECK_FALSE(limiter.passes("a", start + 2s, ended));
    CHECK_FALSE(limiter.passes("a", start + 59s, ended));
    CHECK(limiter.passes("b", start + 59s, ended)); // another kind is not held up
    CHECK(ended.empty());
    CHECK(limiter.passes("b", start + 60s, ended)); // another kind tells it, too
    CHECK(told(ended) == std::vector<std::string>{"a 2"});
    ended.clear();
    CHECK(limiter.passes("a", start + 61s, ended)); // an interval of its own again
    CHECK(limiter.passes("a", start + 62s, ended));
    CHECK_FALSE(limiter.passes("a", start + 63s, ended));
    limiter.take_ended(repeat_limiter::time_point::max(), ended);
    CHECK(told(ended) == std::vector<std::string>{"a 1"}); // of b nothing was held back
    ended.clear();
    limiter.take_ended(repeat_limiter::time_point::max(), ended);
    CHECK(ended.empty());
}

TEST_CASE("repeat limiter: kinds are bounded, and those beyond share one") {
    repeat_limiter limiter(1, 60s);
    const repeat_limiter::time_point start{};
    std::vector<repeat_limiter::suppressed> ended;
    std::size_t passed = 0;
    for (std::size_t i = 0; i < repeat_limiter::most_kinds + 500; ++i) {
        passed += limiter.passes(std::to_string(i), start, ended) ? 1 : 0;
    }
    CHECK(passed == repeat_limiter::most_kinds + 1);
    limiter.take_ended(start + 60s, ended);
    CHECK(told(ended) == std::vector<std::string>{"many kinds 499"});
    CHECK(limiter.passes("anew", start + 61s, ended));
}

TEST_CASE("event log: of writers") {
    written to;
    event_log log(to.sink(), everything());
    const auto observer = log.writer_observer();
    const error_info failure = throttled();
    observer->batch_sent("https://sqs.us-east-1.amazonaws.com/1/orders", 10, 2'048, batch_reason::full);
    observer->message_ended("arn:aws:sns:us-east-1:1:prices", "", nullptr);
    observer->message_ended("orders", "customer 7", &failure);
    observer->message_retried("orders", "", failure, 2, 1'500ms);
    observer->write_waits("orders");
    observer->group_corked("orders", "g", failure);
    REQUIRE(to.lines.size() == 6);
    CHECK(to.lines[0].second.starts_with("time=20"));
    CHECK(to.line(0) == "level=info event=batch_sent messaging.system=aws_sqs messaging.destination.name=orders "
                        "messaging.operation.type=send messaging.batch.message_count=10 sluice.batch.bytes=2048 "
                        "sluice.batch.reason=full");
    CHECK(to.line(1) == "level=info event=message_accepted messaging.system=aws.sns messaging.destination.name=prices "
                        "messaging.operation.type=send");
    const std::string cause = " error.type=throttled error.message=\"slow \\\"down\\\"\" aws.error_code=Throttling "
                              "aws.operation=SendMessageBatch aws.request_id=r-1 http.response.status_code=400";
    const std::string orders =
        "messaging.system=aws_sqs messaging.destination.name=orders messaging.operation.type=send";
    CHECK(to.line(2) == "level=error event=message_failed " + orders + " sluice.message.group=\"customer 7\"" + cause);
    CHECK(to.line(3) ==
          "level=warning event=message_retried " + orders + " sluice.retry.tries=2 sluice.retry.pause_ms=1500" + cause);
    CHECK(to.line(4) == "level=warning event=write_waits " + orders);
    CHECK(to.line(5) == "level=error event=group_corked " + orders + " sluice.message.group=g" + cause);
    for (const auto& [level, line] : to.lines) {
        CHECK(line.find(level == log_level::info      ? "level=info"
                        : level == log_level::warning ? "level=warning"
                                                      : "level=error") != std::string::npos);
    }
}

TEST_CASE("event log: the lines that the documentation shows") {
    std::string all;
    for (const log_format format : {log_format::logfmt, log_format::json}) {
        written to;
        event_log log(to.sink(), everything(format));
        const error_info failure = throttled();
        log.writer_observer()->message_ended("orders", "customer 7", &failure);
        std::string line = to.lines.at(0).second;
        const std::string example = "2026-11-27T03:00:00Z";
        line.replace(line.find("20"), example.size(), example); // instead of now
        all += line + "\n";
    }
    const auto shown = std::filesystem::path(SLUICE_LINES_DIR) / "event_log_lines.txt";
    CHECK(all == test_support::read_file(shown));
}

TEST_CASE("event log: of readers, as JSON") {
    written to;
    event_log log(to.sink(), everything(log_format::json));
    const auto observer = log.reader_observer("https://sqs.us-east-1.amazonaws.com/1/billing");
    const error_info denied(errc::access_denied, "no");
    const error_info down(errc::connection, "refused");
    observer->poll_ended(3, nullptr);
    observer->poll_ended(0, &down);
    observer->poll_ended(0, &denied);
    observer->message_settled("m-1", settlement::acknowledged, nullptr);
    observer->message_settled("m-2", settlement::released, &down);
    observer->message_settled("m-3", settlement::lost, nullptr);
    observer->message_settled("m-4", settlement::damaged, nullptr);
    observer->renewal_failed("m-5", down);
    observer->handler_failed("m-6", "no\nstock");
    std::vector<std::string> seen;
    for (const auto& [level, line] : to.lines) {
        const auto parsed = nlohmann::json::parse(line);
        CHECK(parsed.at("messaging.destination.name") == "billing");
        CHECK(parsed.at("messaging.system") == "aws_sqs");
        seen.push_back(parsed.at("level").get<std::string>() + " " + parsed.at("event").get<std::string>() + " " +
                       parsed.at("messaging.operation.type").get<std::string>());
    }
    CHECK(seen == std::vector<std::string>{"info poll_ended receive", "warning poll_failed receive",
                                           "error poll_failed receive", "info message_acknowledged settle",
                                           "warning message_released settle", "warning message_lost settle",
                                           "error message_damaged settle", "warning renewal_failed settle",
                                           "error handler_failed process"});
    const auto last = nlohmann::json::parse(to.lines.back().second);
    CHECK(last.at("error.message") == "no stock");
    CHECK(last.at("messaging.message.id") == "m-6");
}

TEST_CASE("event log: levels, texts of handlers, and what somebody here wanted") {
    written to;
    event_log_options options;
    options.handler_texts = false;
    event_log log(to.sink(), options);
    log.writer_observer()->message_ended("orders", "", nullptr); // info is not wanted
    log.reader_observer("billing")->handler_failed("m", "card 4111 refused");
    const error_info cancelled(errc::cancelled, "the handle " + std::string(400, 'A') + " is none");
    log.writer_observer()->message_ended("orders", "", &cancelled);
    REQUIRE(to.lines.size() == 2);
    CHECK(to.line(0).find("4111") == std::string::npos);
    CHECK(to.lines[1].first == log_level::warning);
    CHECK(to.line(1).ends_with(" error.message=\"the handle [...] is none\""));
}

TEST_CASE("event log: a storm of equal failures is a few lines and a number") {
    written to;
    event_log_options options;
    options.burst = 3;
    event_log log(to.sink(), options);
    const error_info failure = throttled();
    const auto writer = log.writer_observer();
    for (int i = 0; i < 10'000; ++i) writer->message_ended("orders", "g" + std::to_string(i), &failure);
    CHECK(to.lines.size() == 3);
    const error_info denied(errc::access_denied, "no");
    writer->message_ended("orders", "", &denied); // another cause is not held up
    writer->message_ended("prices", "", &failure);
    CHECK(to.lines.size() == 5);
    log.flush();
    REQUIRE(to.lines.size() == 6);
    CHECK(to.line(5) == "level=warning event=suppressed kind=\"message_failed orders throttled\" suppressed=9997");
    log.flush();
    CHECK(to.lines.size() == 6);
}

TEST_CASE("event log: options out of range, a sink that throws, many threads") {
    CHECK_THROWS_AS(event_log(nullptr), sluice::error);
    event_log_options none;
    none.burst = 0;
    written to;
    CHECK_THROWS_AS(event_log(to.sink(), none), sluice::error);
    none.burst = 1;
    none.interval = 0ms;
    CHECK_THROWS_AS(event_log(to.sink(), none), sluice::error);
    event_log throwing([](log_level, std::string_view) { throw std::runtime_error("disk full"); });
    CHECK_NOTHROW(throwing.reader_observer("q")->handler_failed("m", "x"));

    std::atomic<std::size_t> lines{0};
    event_log log([&lines](log_level, std::string_view) { ++lines; });
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log] {
                const auto reader = log.reader_observer("q");
                for (int i = 0; i < 1'000; ++i) reader->handler_failed("m", "x");
            });
        }
    }
    CHECK(lines == 10);
    log.flush();
    CHECK(lines == 11);
}

namespace {

class noting_writer final : public sluice::writer_observer {
  public:
    noting_writer(std::string name, std::vector<std::string>& to) : name_(std::move(name)), to_(&to) {}
    void batch_sent(std::string_view, std::size_t, std::size_t, batch_reason) override { note("batch"); }
    void message_ended(std::string_view, std::string_view, const error_info*) override { note("ended"); }
    void message_retried(std::string_view, std::string_view, const error_info&, int,
                         std::chrono::steady_clock::duration) override {
        note("retried");
    }
    void write_waits(std::string_view) override { note("waits"); }
    void group_corked(std::string_view, std::string_view, const error_info&) override { note("corked"); }

  private:
    void note(const char* what) { to_->push_back(name_ + " " + what); }
    std::string name_;
    std::vector<std::string>* to_;
};

class noting_reader final : public sluice::sqs::reader_observer {
  public:
    explicit noting_reader(std::vector<std::string>& to) : to_(&to) {}
    void poll_ended(std::size_t, const error_info*) override { to_->push_back("poll"); }
    void message_settled(std::string_view, settlement, const error_info*) override { to_->push_back("settled"); }
    void renewal_failed(std::string_view, const error_info&) override { to_->push_back("renewal"); }
    void handler_failed(std::string_view, std::string_view) override { to_->push_back("handler"); }

  private:
    std::vector<std::string>* to_;
};

} // namespace

TEST_CASE("observers: each event to all of them, in their order") {
    std::vector<std::string> seen;
    const error_info failure = throttled();
    const std::shared_ptr<sluice::writer_observer> nobody;
    const auto first = std::make_shared<noting_writer>("a", seen);
    const auto second = std::make_shared<noting_writer>("b", seen);
    const auto writer = sluice::observers({first, nobody, second});
    writer->batch_sent("q", 1, 1, batch_reason::full);
    writer->message_ended("q", "", nullptr);
    writer->message_retried("q", "", failure, 1, 1ms);
    writer->write_waits("q");
    writer->group_corked("q", "", failure);
    CHECK(seen == std::vector<std::string>{"a batch", "b batch", "a ended", "b ended", "a retried", "b retried",
                                           "a waits", "b waits", "a corked", "b corked"});
    seen.clear();
    const auto one = std::make_shared<noting_reader>(seen);
    const auto reader = sluice::observers({one, one});
    reader->poll_ended(1, nullptr);
    reader->message_settled("m", settlement::released, nullptr);
    reader->renewal_failed("m", failure);
    reader->handler_failed("m", "x");
    CHECK(seen ==
          std::vector<std::string>{"poll", "poll", "settled", "settled", "renewal", "renewal", "handler", "handler"});
}

} // namespace event_log_test
