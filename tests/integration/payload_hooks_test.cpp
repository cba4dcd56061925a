// Claim checks and compression between writers and readers, against every server.
#include "support/reader_suite.hpp"
#include "support/resources.hpp"

#include <sluice/middleware/claim_check.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/compression.hpp>
#include <sluice/middleware/dead_letter.hpp>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

namespace payload_hooks_test {

using boost::asio::awaitable;
using integration::quick_reads;
using integration::stage;
using integration::unique_name;
using sluice::message;
using sluice::message_content;
using sluice::sqs::delivery;
using std::chrono::seconds;

namespace {

class locked_store {
  public:
    awaitable<std::string> put(std::string bytes) {
        const std::lock_guard lock(mutex_);
        std::string key = "bodies/" + std::to_string(++last_);
        kept_[key] = std::move(bytes);
        co_return key;
    }
    awaitable<std::string> get(std::string key, std::size_t most_bytes) {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(key);
        if (found == kept_.end()) throw std::runtime_error("there is no " + key);
        co_return found->second.substr(0, most_bytes + 1);
    }
    awaitable<void> remove(std::string key) {
        const std::lock_guard lock(mutex_);
        kept_.erase(key);
        co_return;
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return kept_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> kept_;
    int last_ = 0;
};

using check_of_store = sluice::claim_check<locked_store>;

/// For texts of one letter whose length four divides.
sluice::compression quarters() {
    const auto cut = [](std::string_view bytes) { return std::string(bytes.substr(0, bytes.size() / 4)); };
    const auto repeat = [](std::string_view bytes, std::size_t most_bytes) {
        if (bytes.size() > most_bytes / 4) throw std::runtime_error("too large");
        std::string all;
        for (int i = 0; i < 4; ++i) all += bytes;
        return all;
    };
    sluice::compression_codec codec("quarters", cut, repeat);
    return sluice::compression(std::move(codec));
}

/// Larger than any queue takes; behind a topic, both queues get it, and the body stays for both.
awaitable<void> through_a_topic(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    sluice::chain_queue raw(unique_name("raw"));
    sluice::chain_queue wrapped(unique_name("wrapped"));
    wrapped.raw_delivery = false;
    const std::string names[] = {raw.name, wrapped.name};
    sluice::chain definition(unique_name("large"));
    definition.queue(std::move(raw));
    definition.queue(std::move(wrapped));
    const sluice::chain_report links = co_await sluice::ensure(session, definition);
    const auto store = std::make_shared<locked_store>();
    const check_of_store check(store);
    const sluice::compression compressed = quarters();
    const std::string body(3'000'000, 'x');

    sluice::sns::writer writer(session, links.topic_arn);
    message large(body);
    large.attribute("kind", "order");
    message smaller = compressed.pack(std::move(large));
    CHECK_MESSAGE(smaller.body().size() == 1'000'000, at.name); // a quarter, in base64
    message claim = co_await check.pack(std::move(smaller));
    CHECK_MESSAGE(claim.body().size() < 200, at.name);
    CHECK_MESSAGE(claim.attributes().size() == 4, at.name);
    co_await writer.write(std::move(claim));
    co_await writer.close();
    CHECK_MESSAGE(store->size() == 1, at.name);

    for (const std::string& name : names) {
        sluice::sqs::reader reader(session, name, quick_reads());
        int handled = 0;
        auto look = [&](delivery& one) -> awaitable<void> {
            ++handled;
            CHECK_MESSAGE(one.body() == body, at.name);
            CHECK_MESSAGE(one.attributes().size() == 1, at.name);
            CHECK_MESSAGE(one.attribute("kind") != nullptr, at.name);
            boost::asio::co_spawn(executor, reader.stop(), boost::asio::detached);
            co_return;
        };
        auto handler = sluice::compose(look).with(compressed).with(check);
        co_await reader.run(handler);
        CHECK_MESSAGE(handled == 1, at.name);
        CHECK_MESSAGE(reader.statistics().acknowledged == 1, at.name);
    }
    CHECK_MESSAGE(store->size() == 1, at.name);
}

/// One that fails first, one whose handler gives it back, and one that is dead: the body goes only with a message that
/// was handled.
awaitable<void> removal(const stage& at) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const sluice::session session(executor, at.options());
    const std::string queue = unique_name("removal");
    const std::string dead_queue = unique_name("removal-dead");
    co_await integration::make_queue(session, queue);
    co_await integration::make_queue(session, dead_queue);
    const auto store = std::make_shared<locked_store>();
    sluice::claim_check_options options;
    options.threshold = 4'096;
    options.remove_when_handled = true;
    const check_of_store check(store, options);
    sluice::sqs::writer writer(session, queue);
    for (const char* kind : {"fails once", "given back", "dead"}) {
        message one(std::string(5'000, 'x'));
        one.attribute("kind", kind);
        message claim = co_await check.pack(std::move(one));
        co_await writer.write(std::move(claim));
    }
    CHECK_MESSAGE(store->size() == 3, at.name);

    auto reads = quick_reads();
    reads.release_delay = seconds(1);
    sluice::sqs::reader reader(session, queue, reads);
    std::multiset<std::string> calls;
    auto handle = [&](delivery& one) -> awaitable<void> {
        CHECK_MESSAGE(one.body() == std::string(5'000, 'x'), at.name);
        const std::string kind = one.attribute("kind")->value();
        calls.insert(kind);
        if (kind == "dead") throw std::invalid_argument("never");
        const bool first = calls.count(kind) == 1;
        if (kind == "given back" && first) co_await one.release(seconds(1));
        if (kind == "fails once" && first) throw std::runtime_error("not now");
    };
    int ended = 0;
    auto count = [&](delivery& one, const auto& next) -> awaitable<void> {
        std::exception_ptr failure;
        try {
            co_await next(one);
        } catch (...) {
            failure = std::current_exception();
        }
        if (++ended == 5) boost::asio::co_spawn(executor, reader.stop(), boost::asio::detached);
        if (failure) std::rethrow_exception(failure);
    };
    sluice::dead_letter_options at_once;
    at_once.attempts = 0;
    at_once.hopeless = [](const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::invalid_argument&) {
            return true;
        } catch (...) {
            return false;
        }
    };
    const sluice::sqs::writer dead(session, dead_queue);
    auto handler = sluice::compose(handle).with(check).with(sluice::dead_letter(dead, at_once)).with(count);
    co_await reader.run(handler);
    CHECK_MESSAGE(calls == std::multiset<std::string>({"fails once", "fails once", "given back", "given back", "dead"}),
                  at.name);
    CHECK_MESSAGE(store->size() == 1, at.name); // that of the letter

    sluice::sqs::reader letters(session, dead_queue, quick_reads());
    delivery letter = co_await letters.read();
    CHECK_MESSAGE(letter.body().size() < 200, at.name);
    CHECK_MESSAGE(letter.attribute("dead-letter-reason") != nullptr, at.name);
    message_content received(letter);
    const message_content content = co_await check.unpack(std::move(received));
    CHECK_MESSAGE(content.body == std::string(5'000, 'x'), at.name);
    co_await letter.ack();
    co_await letters.stop();
}

} // namespace

TEST_CASE("claim check and compression through a topic: 3 MB, for every queue behind it") {
    integration::play_everywhere(&through_a_topic, true);
}

TEST_CASE("claim check: a body is removed with its message, not before") { integration::play_everywhere(&removal); }

} // namespace payload_hooks_test
