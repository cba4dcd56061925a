// Claim checks: what goes to the store, what comes back, and pointers that are not followed.
#include "support/handler_fixture.hpp"
#include "support/memory_payload_store.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/claim_check.hpp>
#include <sluice/middleware/compose.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

namespace middleware_claim_check_test {

using boost::asio::awaitable;
using sluice::attribute_value;
using sluice::claim_check_options;
using sluice::errc;
using sluice::message;
using sluice::message_content;
using sluice::sqs::delivery;
using unit_tests::handler_fixture;
using unit_tests::memory_payload_store;
using unit_tests::queued_message;

namespace {

using check_of_memory = sluice::claim_check<memory_payload_store>;

constexpr const char* sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string pointer(const std::string& key, const std::string& bucket = "sluice",
                    const std::string& name = "software.amazon.payloadoffloading.PayloadS3Pointer") {
    return "[\"" + name + R"(",{"s3BucketName":")" + bucket + R"(","s3Key":")" + key + "\"}]";
}

struct claim_fixture : handler_fixture {
    std::shared_ptr<memory_payload_store> store = std::make_shared<memory_payload_store>();
    claim_check_options options;

    claim_fixture() {
        options.threshold = 4'096;
        options.most_bytes = 10'000;
        store->kept["k"] = "abc";
    }
    [[nodiscard]] check_of_memory check() const { return {store, options}; }
    message pack(message content) { return unit_tests::run(context, check().pack(std::move(content))); }
    message_content unpack(const std::string& body, const std::string& size = "3",
                           const std::string& sha256 = sha256_of_abc) {
        message_content content;
        content.body = body;
        if (!size.empty()) content.attributes.emplace_back("ExtendedPayloadSize", attribute_value::number(size));
        if (!sha256.empty()) content.attributes.emplace_back("claim-check-sha256", sha256);
        return unit_tests::run(context, check().unpack(std::move(content)));
    }
    /// What the refusal says; empty: nothing was refused.
    template<class Attempt>
    std::string refusal(const Attempt& attempt, errc code = errc::invalid_argument) {
        try {
            attempt();
        } catch (const sluice::error& failure) {
            CHECK(failure.code() == code);
            return failure.info().message;
        }
        return {};
    }
    std::string refused(const std::string& body, const std::string& size = "3",
                        const std::string& sha256 = sha256_of_abc) {
        const std::string why = refusal([&] { unpack(body, size, sha256); });
        if (!why.empty()) CHECK(store->asked.empty()); // nothing was fetched
        return why;
    }
    /// As it comes from the queue.
    delivery claimed(const std::string& key, const std::string& size = "3") {
        return receive(queued_message(pointer(key))
                           .attribute("ExtendedPayloadSize", size, "Number")
                           .attribute("claim-check-sha256", sha256_of_abc)
                           .attribute("kind", "order"));
    }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE_FIXTURE(claim_fixture, "claim check: large bodies go to the store, and everything else stays") {
    message large(std::string(5'000, 'x'));
    large.attribute("kind", "order").group("g").deduplication_id("d").to("orders").subject("s").trace_header("t");
    large.delay(std::chrono::seconds(7));
    const message packed = pack(large);
    CHECK(store->kept.at("bodies/1") == large.body());
    CHECK(packed.body() == pointer("bodies/1"));
    REQUIRE(packed.attributes().size() == 3);
    CHECK(packed.attributes()[0] == sluice::named_attribute("kind", "order"));
    CHECK(packed.attributes()[1] == sluice::named_attribute("ExtendedPayloadSize", attribute_value::number(5'000)));
    CHECK(packed.attributes()[2].name == "claim-check-sha256");
    CHECK(packed.attributes()[2].value.value().size() == 64);
    CHECK(packed.group() == "g");
    CHECK(packed.deduplication_id() == "d");
    CHECK(packed.destination() == "orders");
    CHECK(packed.subject() == "s");
    CHECK(packed.trace_header() == "t");
    CHECK(packed.delay() == std::chrono::seconds(7));

    const auto back = unit_tests::run(context, check().unpack(message_content(packed.body(), packed.attributes())));
    CHECK(back == message_content(large.body(), large.attributes()));
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: the threshold counts as the services do") {
    CHECK(pack(message(std::string(4'096, 'x'))).attributes().empty());
    CHECK(store->kept.size() == 1);
    CHECK(pack(message(std::string(4'097, 'x'))).attributes().size() == 2);
    // a + String + x: 8 bytes more
    CHECK(pack(message(std::string(4'088, 'x')).attribute("a", "x")).attributes().size() == 1);
    CHECK(pack(message(std::string(4'089, 'x')).attribute("a", "x")).attributes().size() == 3);
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: what cannot be packed is refused before anything is stored") {
    const std::string body(5'000, 'x');
    const auto refused_message = [&](message content, errc code = errc::invalid_argument) {
        const std::string why = refusal([&] { pack(std::move(content)); }, code);
        CHECK(store->kept.size() == 1);
        return why;
    };
    CHECK(has(refused_message(message(body).attribute("ExtendedPayloadSize", "1")), "ExtendedPayloadSize already"));
    CHECK(has(refused_message(message("small").attribute("SQSLargePayloadSize", "1")), "SQSLargePayloadSize already"));
    message many(body);
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) many.attribute(name, "1");
    CHECK(has(refused_message(many), "it has 9 attributes, and 2 would be added: at most 10"));
    CHECK(has(refused_message(message(body).structure("json")), "its structure is json"));
    CHECK(refused_message(message("{\"default\":\"x\"}").structure("json")) == "");
    CHECK(has(refused_message(message(std::string(10'001, 'x')), errc::message_too_long), "10001 bytes"));
    CHECK(has(refused_message(message(body).attribute("a", std::string(3'000, 'x')), errc::message_too_long),
              "the attributes alone have 3007 bytes"));
    store->next_key = "../outside";
    CHECK(has(refusal([&] { pack(message(body)); }), "the store gave the key \"../outside\""));
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: pointers of Amazon's clients are understood") {
    CHECK(unpack(pointer("k")).body == "abc");
    CHECK(unpack(pointer("k")).attributes.empty());
    CHECK(unpack(pointer("k"), "3", "").body == "abc"); // they state no sum
    CHECK(
        unpack(" [ \"com.amazon.sqs.javamessaging.MessageS3Pointer\" ,\n{\"s3Key\":\"k\",\"s3BucketName\":\"sluice\"}]")
            .body == "abc");
    message_content old(pointer("k"), {});
    old.attributes.emplace_back("SQSLargePayloadSize", attribute_value::number(3));
    old.attributes.emplace_back("kind", "order");
    const auto back = unit_tests::run(context, check().unpack(std::move(old)));
    CHECK(back.body == "abc");
    REQUIRE(back.attributes.size() == 1);
    CHECK(back.attributes[0].name == "kind");
    // A pointer without the attribute is a text like any other.
    CHECK(unpack(pointer("k"), "", "").body == pointer("k"));
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: forged pointers are refused before anything is fetched") {
    CHECK(has(refused(pointer("k"), "-1"), "\"-1\", which is no number of bytes"));
    CHECK(has(refused(pointer("k"), "3.0"), "no number of bytes"));
    CHECK(has(refused(pointer("k"), "99999999999999999999999"), "no number of bytes"));
    CHECK(has(refused(pointer("k", "other")), "names the bucket \"other\"; only \"sluice\" is read"));
    CHECK(has(refused(pointer("k", "sluice", "evil.Class")), "is not a pointer"));
    for (const char* bad : {"../k", "/etc/passwd", "a//b", "a/../b", "a/.", "..", ".", "a/", "a b", "k\\u0000", "",
                            "a:b", "a%2e", "a?b", "\xC3\xBC"}) {
        CHECK_MESSAGE(has(refused(pointer(bad)), "the pointer to the body has the key "), bad);
    }
    CHECK(has(refused(pointer(std::string(1'025, 'k'))), "1 to 1024"));
    for (const char* bad :
         {"", "garbage", "{}", "[]", "[1,2]", R"(["software.amazon.payloadoffloading.PayloadS3Pointer"])",
          R"(["software.amazon.payloadoffloading.PayloadS3Pointer",{}])",
          R"(["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"sluice","s3Key":7}])",
          R"(["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"sluice","s3Key":"k"},1])",
          R"(["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"sluice","s3Key":"k","s3Key":"l"}])",
          "[[[[[]]]]]"}) {
        CHECK_MESSAGE(refused(bad) != "", bad);
    }
    CHECK(has(refused(pointer("k"), "3", "abc"), "it must be 64 of 0-9 and a-f"));
    options.key_prefix = "mine/";
    CHECK(has(refused(pointer("k")), "does not begin with \"mine/\""));
    options.key_prefix = "";
    options.require_sha256 = true;
    CHECK(has(refused(pointer("k"), "3", ""), "no attribute claim-check-sha256"));
    CHECK(has(refusal([&] { unpack(pointer("k"), "10001"); }, errc::message_too_long), "at most 10000"));
    CHECK(store->asked.empty());
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: what the store gives is compared with the message") {
    CHECK(
        has(refusal([&] { unpack(pointer("k"), "2"); }, errc::bad_reply), "gave 3 bytes for \"k\"; the message says"));
    CHECK(has(refusal([&] { unpack(pointer("k"), "4"); }, errc::bad_reply), "that it has 4"));
    store->kept["k"] = "abd";
    CHECK(has(refusal([&] { unpack(pointer("k")); }, errc::bad_reply), "has another SHA-256"));
    CHECK_THROWS_WITH_AS(unpack(pointer("gone")), "there is no gone", std::runtime_error);
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: the handler sees the body, those around the pointer") {
    std::vector<std::string> seen;
    auto refuse_it = [&seen](delivery& one) -> awaitable<void> {
        seen.push_back(one.body());
        CHECK(one.attributes().size() == 1);
        CHECK(one.attribute("kind") != nullptr);
        throw std::runtime_error("no");
        co_return;
    };
    auto around = [&seen](delivery& one, const auto& next) -> awaitable<void> {
        std::exception_ptr failure;
        try {
            co_await next(one);
        } catch (...) {
            failure = std::current_exception();
        }
        seen.push_back(one.body());
        CHECK(one.attributes().size() == 3);
        if (failure) std::rethrow_exception(failure);
    };
    auto handler = sluice::compose(refuse_it).with(check()).with(around);
    delivery one = claimed("k");
    auto handled = this->handle(handler, one);
    CHECK_THROWS_WITH_AS((void)handled.value(), "no", std::runtime_error);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0] == "abc");
    CHECK(seen[1] == pointer("k"));
    CHECK(store->removed.empty());
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: a delivery that was moved away keeps the body") {
    delivery kept;
    auto take = [&kept](delivery& one) -> awaitable<void> {
        kept = std::move(one);
        co_return;
    };
    options.remove_when_handled = true; // but nobody says that it was handled
    auto handler = sluice::compose(take).with(check());
    delivery one = claimed("k");
    CHECK(handle(handler, one).value());
    CHECK(kept.body() == "abc");
    CHECK(kept.attributes().size() == 1);
    CHECK(store->removed.empty());
    CHECK(store->kept.contains("k"));
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: messages with a body of their own pass") {
    int calls = 0;
    auto count = [&calls](delivery& one) -> awaitable<void> {
        ++calls;
        CHECK(one.body() == "small");
        co_return;
    };
    auto handler = sluice::compose(count).with(check());
    delivery one = receive(queued_message("small"));
    CHECK(handle(handler, one).value());
    CHECK(calls == 1);
    CHECK(store->asked.empty());
    CHECK(check().key_of(one) == std::nullopt);
    delivery other = claimed("k");
    CHECK(check().key_of(other) == "k");
}

TEST_CASE_FIXTURE(claim_fixture, "claim check: a body that cannot be had fails the message, and no handler is called") {
    auto never = [](delivery&) -> awaitable<void> {
        FAIL("it was called");
        co_return;
    };
    auto handler = sluice::compose(never).with(check());
    delivery gone = claimed("gone");
    CHECK_THROWS_WITH_AS((void)handle(handler, gone).value(), "there is no gone", std::runtime_error);
    delivery outside = claimed("../k");
    CHECK_THROWS_AS((void)handle(handler, outside).value(), sluice::error);
    delivery large = claimed("k", "10001");
    CHECK_THROWS_AS((void)handle(handler, large).value(), sluice::error);
    CHECK(store->asked.size() == 1);
}

TEST_CASE("claim check: options out of range") {
    const auto refused = [](const std::function<void(claim_check_options&)>& change) {
        claim_check_options options;
        change(options);
        try {
            const check_of_memory made(memory_payload_store(), options);
        } catch (const sluice::error& failure) {
            CHECK(failure.code() == errc::invalid_argument);
            return failure.info().message;
        }
        return std::string();
    };
    CHECK(refused([](claim_check_options&) {}) == "");
    CHECK(has(refused([](claim_check_options& o) { o.most_bytes = 0; }), "most_bytes is 0"));
    CHECK(has(refused([](claim_check_options& o) { o.threshold = 4'095; }), "threshold is 4095"));
    CHECK(has(refused([](claim_check_options& o) { o.bucket = ""; }), "bucket is \"\""));
    CHECK(has(refused([](claim_check_options& o) { o.bucket = "a/b"; }), "bucket is \"a/b\""));
    CHECK(has(refused([](claim_check_options& o) { o.key_prefix = "a b"; }), "key_prefix is \"a b\""));
}

} // namespace middleware_claim_check_test
