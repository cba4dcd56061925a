// What becomes of what comes, and of what failed.
#include "bus/dispatch.hpp"

#include <doctest/doctest.h>

#include <string>

namespace dispatch_test {

using namespace std::chrono_literals;
using sluice::bus_envelope;
using sluice::bus::failure_counts;
using sluice::bus::failure_kind;
using sluice::bus::failure_limits;
using sluice::bus::is_given_up;
using sluice::bus::judge_arrival;

namespace {

const std::chrono::sys_seconds now(1'700'000'000s);

bus_envelope command() {
    bus_envelope one;
    one.id = "c-1";
    one.type = "order.place";
    one.payload = "1234567890";
    return one;
}

/// "kind: text" or "handled".
std::string judged(const sluice::result<bus_envelope>& envelope, bool has_handler = true, std::size_t most = 10) {
    const auto refused = judge_arrival(envelope, has_handler, most);
    if (!refused) return "handled";
    CHECK(std::string(refused->what()).starts_with(std::string(name_of(refused->kind())) + ": "));
    return refused->what();
}

/// A format that says of itself what it is told to.
class named_format final : public sluice::envelope_format {
  public:
    explicit named_format(std::string prefix) : prefix_(std::move(prefix)) {}
    std::string_view name() const noexcept override { return prefix_; }
    bool recognises(const sluice::received_content& what) const noexcept override {
        return what.body.starts_with(prefix_);
    }
    sluice::result<sluice::message> write(bus_envelope envelope) const override {
        return sluice::message(prefix_ + envelope.payload);
    }
    sluice::result<bus_envelope> read(const sluice::received_content& what) const override {
        bus_envelope one = command();
        one.source = prefix_;
        one.payload = what.body.substr(prefix_.size());
        return one;
    }

  private:
    std::string prefix_;
};

} // namespace

TEST_CASE("dispatch: to the handler, unless there is a reason not to") {
    CHECK(judged(command()) == "handled");
    CHECK(judged(command(), false) == "unknown-command: nobody handles order.place");
    CHECK(judged(command(), true, 9) == "undecodable: the payload of order.place has 10 bytes, and may have 9");
    CHECK(judged(sluice::error_info(sluice::errc::invalid_argument, "the id is missing")) ==
          "undecodable: the id is missing");
}

TEST_CASE("dispatch: a deadline is over when its time has passed, not before") {
    bus_envelope one = command();
    const auto called = [&one](int receives, int most) {
        const auto refused = sluice::bus::judge_call(one, receives, most, now);
        return refused ? std::string(refused->what()) : "handled";
    };
    one.deadline = now;
    CHECK(called(1, 0) == "handled");
    one.deadline = now - 1ms;
    const std::string late =
        "expired: the deadline of order.place was 2023-11-14T22:13:19Z, it is 2023-11-14T22:13:20Z";
    CHECK(called(0, 0) == late);
    CHECK(called(1, 0) == late);
    CHECK(called(2, 0) == late + "; it may have been handled in an earlier receive");
    // Nobody would handle it anyhow: that is the better reason.
    CHECK(judged(one, false).starts_with("unknown-command"));
    // Received more often than it may be, and nobody saw how it ended.
    one.deadline.reset();
    CHECK(called(50, 50) == "handled");
    CHECK(called(51, 0) == "handled");
    CHECK(called(51, 50) == "failed: given up before receive 51 was handled, as most_receives is 50; it may have been "
                            "handled in an earlier receive");
}

TEST_CASE("dispatch: the first format that recognises a message reads it") {
    const sluice::bus::format_list formats{std::make_shared<named_format>("ab"), std::make_shared<named_format>("a")};
    const auto source_of = [&formats](std::string_view body) {
        sluice::received_content what;
        what.body = body;
        const sluice::envelope_format* used = nullptr;
        const auto read = sluice::bus::read_envelope(formats, what, used);
        return read ? read->source + "," + std::string(used->name()) : read.error().message;
    };
    CHECK(source_of("abc") == "ab,ab");
    CHECK(source_of("acc") == "a,a");
    CHECK(source_of("c") == "it is in no envelope format that is known here (ab, a)");
}

TEST_CASE("dispatch: given up after so many failures here, or receives anywhere") {
    const failure_limits limits{3, 10};
    CHECK(!is_given_up(limits, 2, 9));
    CHECK(is_given_up(limits, 3, 3));
    CHECK(is_given_up(limits, 1, 10));
    CHECK(!is_given_up(failure_limits{3, 0}, 1, 1'000'000));
    CHECK(!is_given_up(limits, 1, 0)); // the service does not say
}

TEST_CASE("dispatch: failures are counted by id, those that failed last") {
    failure_counts counts(2);
    CHECK(counts.add("a") == 1);
    CHECK(counts.add("a") == 2);
    CHECK(counts.add("b") == 1);
    CHECK(counts.add("a") == 3); // now b is the one that failed longest ago
    CHECK(counts.add("c") == 1);
    CHECK(counts.size() == 2);
    CHECK(counts.add("a") == 4);
    CHECK(counts.add("b") == 1); // forgotten meanwhile, and c now
    counts.forget("a");
    counts.forget("never seen");
    CHECK(counts.size() == 1);
    CHECK(counts.add("a") == 1);
}

} // namespace dispatch_test
