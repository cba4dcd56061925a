// HTTP replies as they come: in pieces of any size, with interim replies, without a length, damaged.
#include "transport/reply_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace reply_reader_test {

using sluice::http_reply;
using sluice::reply_reader;
using state = reply_reader::state;

namespace {

constexpr std::size_t limit = 1000;

/// Gives `bytes` to the reader in pieces of at most `piece`; stops when it wants no more.
state feed(reply_reader& reader, std::string_view bytes, std::size_t piece = 100'000) {
    state now = state::need_more;
    while (!bytes.empty() && now == state::need_more) {
        const auto space = reader.space();
        REQUIRE(space.size() > 0);
        const std::size_t count = std::min({bytes.size(), space.size(), piece});
        std::memcpy(space.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        now = reader.commit(count);
    }
    return now;
}

http_reply read_whole(std::string_view bytes, std::size_t piece = 100'000) {
    reply_reader reader(limit);
    REQUIRE(feed(reader, bytes, piece) == state::done);
    return reader.take();
}

const std::string with_length = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\nhello";
const std::string chunked = "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
                            "3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nTrailer: t\r\n\r\n";

} // namespace

TEST_CASE("reply: in one piece, byte by byte, and cut in two at every byte") {
    for (const std::string& whole : {with_length, chunked}) {
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
            reply_reader reader(limit);
            const state first = feed(reader, std::string_view(whole).substr(0, cut));
            REQUIRE(first == (cut == whole.size() ? state::done : state::need_more));
            CHECK(reader.got_bytes() == (cut > 0));
            if (cut < whole.size()) REQUIRE(feed(reader, std::string_view(whole).substr(cut)) == state::done);
            CHECK(reader.keep_alive());
            CHECK(reader.take().body == "hello");
        }
        CHECK(read_whole(whole, 1).body == "hello");
    }
    const http_reply reply = read_whole(with_length);
    CHECK(reply.status == 200);
    CHECK(reply.header("content-type") == "text/xml");
    CHECK(reply.header("nothing").empty());
    CHECK(read_whole(chunked).status == 400);
}

TEST_CASE("reply: cut off at every byte and then closed, it is an error") {
    for (const std::string& whole : {with_length, chunked}) {
        for (std::size_t cut = 1; cut < whole.size(); ++cut) {
            reply_reader reader(limit);
            REQUIRE(feed(reader, std::string_view(whole).substr(0, cut)) == state::need_more);
            CHECK(reader.finish() == state::failed);
            CHECK_FALSE(reader.failure_text().empty());
        }
    }
}

TEST_CASE("reply: an empty chunked body, with trailers and without, in pieces of every size") {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& end :
         {std::string("0\r\n\r\n"), std::string("0\r\nA: b\r\n\r\n"), std::string("00;e\r\n\r\n")}) {
        for (std::size_t piece = 1; piece < 12; ++piece) {
            CHECK(read_whole(head + end, piece).body.empty());
        }
    }
    for (const std::string& bad :
         {std::string("0\r\nok\r\n\r\n"), std::string("\r\n0\r\n\r\n"), std::string("x\r\n\r\n\r\n")}) {
        for (std::size_t piece = 1; piece < 12; ++piece) {
            reply_reader reader(limit);
            CHECK(feed(reader, head + bad, piece) == state::failed);
        }
    }
}

TEST_CASE("reply: interim replies before the real one are passed over") {
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    for (const std::size_t piece : {1U, 7U, 100'000U}) {
        const http_reply reply = read_whole(interim + with_length, piece);
        CHECK(reply.status == 200);
        CHECK(reply.body == "hello");
        CHECK(reply.header("Link").empty());
    }
    reply_reader alone(limit);
    CHECK(feed(alone, interim) == state::need_more);
    CHECK(alone.finish() == state::failed);
}

TEST_CASE("reply: without a length it ends with the connection") {
    reply_reader reader(limit);
    CHECK(feed(reader, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel") == state::need_more);
    CHECK(feed(reader, "lo") == state::need_more);
    CHECK(reader.finish() == state::done);
    CHECK_FALSE(reader.keep_alive());
    CHECK(reader.take().body == "hello");
}

TEST_CASE("reply: whether the connection can be used again") {
    const auto keep_alive = [](const std::string& bytes) {
        reply_reader reader(limit);
        REQUIRE(feed(reader, bytes) == state::done);
        return reader.keep_alive();
    };
    CHECK(keep_alive(with_length));
    CHECK_FALSE(keep_alive(with_length + "H")); // bytes that nobody asked for
    CHECK_FALSE(keep_alive("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    CHECK_FALSE(keep_alive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(keep_alive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
    CHECK(keep_alive("HTTP/1.1 204 No Content\r\n\r\n"));
}

TEST_CASE("reply: a body at the limit is read, one byte more is refused with the limit") {
    const auto sized = [](std::size_t size) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
    };
    CHECK(read_whole(sized(limit)).body.size() == limit);
    reply_reader too_long(limit);
    CHECK(feed(too_long, sized(limit + 1)) == state::failed);
    CHECK(too_long.failure_text().find("1000") != std::string::npos);
    std::string pieces = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 11; ++i) pieces += "64\r\n" + std::string(100, 'x') + "\r\n";
    reply_reader too_many(limit);
    CHECK(feed(too_many, pieces) == state::failed);
    CHECK(too_many.failure_text().find("1000") != std::string::npos);
    reply_reader endless(limit);
    CHECK(feed(endless, "HTTP/1.1 200 OK\r\n\r\n" + std::string(limit + 1, 'x')) == state::failed);
}

TEST_CASE("reply: a head larger than 64 KiB is refused, a large one is read") {
    const std::string large = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n";
    CHECK(read_whole(large).header("X").size() == 40'000);
    for (const std::size_t piece : {1000U, 100'000U}) {
        reply_reader reader(limit);
        CHECK(feed(reader, "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'), piece) == state::failed);
    }
    reply_reader many(limit);
    std::string fields = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 10'000; ++i) fields += "X-Field: value\r\n";
    CHECK(feed(many, fields) == state::failed);
}

TEST_CASE("reply: what is not HTTP fails") {
    for (const std::string bad :
         {"garbage\r\n\r\n", "\x16\x03\x01\x02", "SSH-2.0-OpenSSH\r\n", "HTTP/9.9 200 OK\r\n\r\n",
          "HTTP/1.1 x OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        INFO("reply: " << bad);
        reply_reader reader(limit);
        auto judged = feed(reader, bad);
        if (judged == state::need_more) judged = reader.finish(); // a few bytes without an end of line
        CHECK(judged == state::failed);
        CHECK_FALSE(reader.failure_text().empty());
    }
}

TEST_CASE("reply: random damage never does more than fail") {
    std::mt19937 random(1);
    int failed = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string bytes = round % 2 == 0 ? with_length : chunked;
        for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        reply_reader reader(limit);
        state now = feed(reader, bytes, 1 + random() % 40);
        if (now == state::need_more) now = reader.finish();
        REQUIRE(now != state::need_more);
        if (now == state::failed) ++failed;
        else CHECK(reader.take().body.size() <= bytes.size());
    }
    CHECK(failed > 100);
}

} // namespace reply_reader_test
