// Compression around a codec of runs: what it does to messages, and what hostile ones do to it.
#include "support/handler_fixture.hpp"

#include <sluice/error.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/compression.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace middleware_compression_test {

using boost::asio::awaitable;
using sluice::compression;
using sluice::compression_codec;
using sluice::compression_options;
using sluice::errc;
using sluice::message;
using sluice::message_content;
using sluice::sqs::delivery;
using unit_tests::handler_fixture;
using unit_tests::queued_message;

namespace {

/// A byte, and how often: up to 255 times.
std::string runs(std::string_view bytes) {
    std::string packed;
    for (std::size_t i = 0; i < bytes.size();) {
        std::size_t count = 1;
        while (i + count < bytes.size() && bytes[i + count] == bytes[i] && count < 255) ++count;
        packed += bytes[i];
        packed += static_cast<char>(count);
        i += count;
    }
    return packed;
}

std::string unrolled(std::string_view packed, std::size_t most_bytes) {
    if (packed.size() % 2 != 0) throw std::runtime_error("a run is cut");
    std::string bytes;
    for (std::size_t i = 0; i < packed.size() && bytes.size() <= most_bytes; i += 2) {
        bytes.append(static_cast<unsigned char>(packed[i + 1]), packed[i]);
    }
    return bytes;
}

compression_codec run_codec(std::string name = "runs") { return {std::move(name), &runs, &unrolled}; }

compression_options small_options() {
    compression_options options;
    options.from_bytes = 100;
    options.most_bytes = 10'000;
    return options;
}

compression small() { return compression(run_codec(), small_options()); }

message_content content_of(const message& from) { return {from.body(), from.attributes()}; }

message_content encoded(const std::string& body, const std::string& encoding) {
    message_content content(body, {});
    content.attributes.emplace_back("content-encoding", encoding);
    return content;
}

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

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("compression: there and back, and everything else stays") {
    message large(std::string(500, 'x') + std::string(500, '\x01'));
    large.attribute("kind", "order").group("g").deduplication_id("d").to("orders");
    const message packed = small().pack(large);
    CHECK(packed.body() == "eP949QH/AfU=");
    REQUIRE(packed.attributes().size() == 2);
    CHECK(packed.attributes()[1] == sluice::named_attribute("content-encoding", "runs"));
    CHECK(packed.group() == "g");
    CHECK(packed.deduplication_id() == "d");
    CHECK(packed.destination() == "orders");
    CHECK(small().unpack(content_of(packed)) == content_of(large));
}

TEST_CASE("compression: what is small or would not get smaller stays as it is") {
    const message below(std::string(99, 'x'));
    CHECK(small().pack(below).body() == below.body());
    std::string mixed;
    for (int i = 0; i < 100; ++i) mixed += "ab";
    const message worse(mixed);
    CHECK(small().pack(worse).body() == mixed);
    CHECK(small().pack(worse).attributes().empty());
    CHECK(small().unpack(content_of(worse)) == content_of(worse));
    CHECK(small().unpack(encoded("plain", "identity")) == encoded("plain", "identity"));
}

TEST_CASE("compression: what cannot be packed, and why") {
    const std::string body(500, 'x');
    CHECK(has(refusal([&] { (void)small().pack(message(body).attribute("content-encoding", "gzip")); }),
              "it has the attribute content-encoding already"));
    CHECK(has(refusal([&] { (void)small().pack(message(body).structure("json")); }), "its structure is json"));
    message full(body);
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) full.attribute(name, "1");
    CHECK(has(refusal([&] { (void)small().pack(full); }), "it has 10 attributes, and 1 would be added"));
    CHECK(has(refusal([&] { (void)small().pack(message(std::string(10'001, 'x'))); }, errc::message_too_long),
              "the body has more than 10000 bytes"));
    const compression_codec broken(
        "broken", [](std::string_view) -> std::string { throw std::runtime_error("out of\nluck"); }, &unrolled);
    CHECK(refusal([&] { (void)compression(broken).pack(message(std::string(2'000, 'x'))); }) ==
          "the body cannot be compressed as broken: out of luck");
}

TEST_CASE("compression: garbage and bombs") {
    CHECK(has(refusal([] { (void)small().unpack(encoded("eA==", "gzip")); }),
              "content-encoding \"gzip\", which is not known"));
    CHECK(has(refusal([] { (void)small().unpack(encoded("eA==", "")); }), "content-encoding \"\""));
    CHECK(has(refusal([] { (void)small().unpack(encoded("not base64!", "runs")); }), "its body is not base64"));
    CHECK(refusal([] { (void)small().unpack(encoded("eA==", "runs")); }) ==
          "the body cannot be decompressed as runs: a run is cut");
    CHECK(small().unpack(encoded("eAM=", " RUNS ")).body == "xxx");
    CHECK(small().unpack(encoded("", "runs")).body.empty());
    // 80 runs of 255: 20,400 bytes out of 216.
    std::string bomb;
    for (int i = 0; i < 20; ++i) bomb += "eP94/3j/eP94/w==";
    CHECK(
        has(refusal([&] { (void)small().unpack(encoded(bomb, "runs")); }), "its body is not base64")); // padding within
    bomb.clear();
    for (int i = 0; i < 40; ++i) bomb += "eP94/3j/eP94/3j/";
    CHECK(has(refusal([&] { (void)small().unpack(encoded(bomb, "runs")); }, errc::message_too_long),
              "the decompressed body has more than 10000 bytes"));
    // Two of one name, as an envelope may bring them: the first counts, and none is left.
    message_content twice = encoded("eAM=", "runs");
    twice.attributes.emplace_back("content-encoding", "gzip");
    CHECK(small().unpack(twice) == message_content("xxx", {}));
}

TEST_CASE("compression: codecs and options that are refused") {
    const auto refused = [](const compression_codec& codec, const compression_options& options = small_options()) {
        return refusal([&] { (void)compression(codec, options); });
    };
    CHECK(refused(run_codec()) == "");
    for (const char* bad : {"", "GZIP", "a b", "identity", "gzip;q=1"}) {
        CHECK_MESSAGE(has(refused(run_codec(bad)), "the name of a compression codec is"), bad);
    }
    CHECK(has(refused(run_codec(std::string(65, 'a'))), "1 to 64"));
    CHECK(has(refused(compression_codec("runs", nullptr, &unrolled)), "lacks one of its functions"));
    CHECK(has(refused(compression_codec("runs", &runs, nullptr)), "lacks one of its functions"));
    auto options = small_options();
    options.also_read.push_back(run_codec("other"));
    CHECK(refused(run_codec(), options) == "");
    CHECK(compression(run_codec(), options).unpack(encoded("eAM=", "other")).body == "xxx");
    options.also_read.push_back(run_codec());
    CHECK(has(refused(run_codec(), options), "two compression codecs with the name \"runs\""));
    options = small_options();
    options.most_bytes = 0;
    CHECK(has(refused(run_codec(), options), "most_bytes is 0: it must be 1 to 1073741824"));
}

TEST_CASE_FIXTURE(handler_fixture, "compression: the handler sees the body, those around what was received") {
    std::vector<std::string> seen;
    auto look = [&seen](delivery& one) -> awaitable<void> {
        seen.push_back(one.body());
        CHECK(one.attribute("content-encoding") == nullptr);
        CHECK(one.attribute("kind") != nullptr);
        co_return;
    };
    auto around = [&seen](delivery& one, const auto& next) -> awaitable<void> {
        co_await next(one);
        seen.push_back(one.body());
        CHECK(one.attribute("content-encoding") != nullptr);
    };
    auto handler = sluice::compose(look).with(small()).with(around);
    delivery packed = receive(queued_message("eAM=").attribute("content-encoding", "runs").attribute("kind", "order"));
    CHECK(handle(handler, packed).value());
    REQUIRE(seen.size() == 2);
    CHECK(seen[0] == "xxx");
    CHECK(seen[1] == "eAM=");
    delivery garbage = receive(queued_message("eA==").attribute("content-encoding", "runs"));
    CHECK_THROWS_AS((void)handle(handler, garbage).value(), sluice::error);
    CHECK(seen.size() == 2);
}

} // namespace middleware_compression_test
