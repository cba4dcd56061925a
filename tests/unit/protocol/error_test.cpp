#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <type_traits>

namespace error_test {

// What asynchronous functions take must not be an aggregate: g++ 12.2 destroys temporaries of those twice.
template<class T>
constexpr bool safe_to_pass = !std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>;
// What they return must have a default: co_spawn makes one when they throw.
template<class T>
constexpr bool safe_to_return = std::is_default_constructible_v<T> && std::is_move_constructible_v<T>;

static_assert(safe_to_pass<sluice::message> && safe_to_pass<sluice::http_request> && safe_to_pass<sluice::credentials>);
static_assert(safe_to_pass<sluice::attribute_value> && safe_to_pass<sluice::named_attribute>);
static_assert(safe_to_pass<sluice::chain_queue> && safe_to_pass<sluice::error_info>);
static_assert(safe_to_pass<sluice::sqs::create_queue_request> && safe_to_pass<sluice::sqs::get_queue_url_request>);
static_assert(safe_to_pass<sluice::sqs::get_queue_attributes_request> &&
              safe_to_pass<sluice::sqs::set_queue_attributes_request>);
static_assert(safe_to_pass<sluice::sqs::delete_queue_request> && safe_to_pass<sluice::sqs::send_message_request>);
static_assert(safe_to_pass<sluice::sqs::send_message_batch_request> &&
              safe_to_pass<sluice::sqs::receive_message_request>);
static_assert(safe_to_pass<sluice::sqs::delete_message_request> &&
              safe_to_pass<sluice::sqs::delete_message_batch_request>);
static_assert(safe_to_pass<sluice::sqs::visibility_change> &&
              safe_to_pass<sluice::sqs::change_message_visibility_request>);
static_assert(safe_to_pass<sluice::sqs::change_message_visibility_batch_request>);
static_assert(safe_to_pass<sluice::sns::create_topic_request> && safe_to_pass<sluice::sns::subscribe_request>);
static_assert(safe_to_pass<sluice::sns::publish_request> && safe_to_pass<sluice::sns::publish_batch_request>);
static_assert(safe_to_pass<sluice::sns::set_subscription_attributes_request> &&
              safe_to_pass<sluice::sns::delete_topic_request>);
static_assert(safe_to_pass<sluice::sts::get_caller_identity_request>);

static_assert(safe_to_return<sluice::receipt> && safe_to_return<sluice::sqs::delivery> &&
              safe_to_return<sluice::chain_report>);
static_assert(safe_to_pass<sluice::chain> && safe_to_pass<sluice::ensure_options> &&
              safe_to_pass<sluice::remove_options>);
static_assert(safe_to_return<sluice::sqs::receive_message_reply> && safe_to_return<sluice::sns::publish_batch_reply>);
static_assert(safe_to_return<sluice::sqs::batch_reply<sluice::receipt>> &&
              safe_to_return<sluice::sqs::batch_reply<void>>);
static_assert(safe_to_return<sluice::sts::caller_identity> && safe_to_return<sluice::http_reply>);

namespace {

boost::asio::awaitable<int> throwing() {
    throw sluice::error(sluice::error_info(sluice::errc::throttled, "slow down"));
    co_return 0;
}

boost::asio::awaitable<int> seven() { co_return 7; }

} // namespace

TEST_CASE("an error says all it knows in one line") {
    sluice::error_info info(sluice::errc::access_denied, "not\nallowed");
    info.operation = "SendMessageBatch";
    info.service_code = "AccessDenied";
    info.http_status = 403;
    info.request_id = "abc";
    info.attempts = 2;
    info.may_have_been_applied = true;
    CHECK(info.describe() ==
          "SendMessageBatch: access denied: not allowed (AccessDenied, HTTP 403, request id abc, attempts 2, "
          "may have been applied)");
    CHECK(sluice::error_info(sluice::errc::closed, "").describe() == "closed");
}

TEST_CASE("a failed result throws sluice::error with everything in it") {
    sluice::error_info info(sluice::errc::not_found, "no such queue");
    info.service_code = "QueueDoesNotExist";
    const sluice::result<int> failed(info);
    try {
        failed.value();
        FAIL("it did not throw");
    } catch (const sluice::error& thrown) {
        CHECK(thrown.code() == sluice::errc::not_found);
        CHECK(thrown.code().category().name() == std::string("sluice"));
        CHECK(thrown.service_code() == "QueueDoesNotExist");
        CHECK(std::string(thrown.what()).find("no such queue") != std::string::npos);
    }
}

TEST_CASE("as_result turns what is thrown into a value") {
    boost::asio::io_context context;
    int checked = 0;
    auto look = [&]() -> boost::asio::awaitable<void> {
        const auto good = co_await sluice::as_result(seven());
        if (good && *good == 7) ++checked;
        const auto bad = co_await sluice::as_result(throwing());
        if (!bad && bad.error().code == sluice::errc::throttled) ++checked;
    };
    boost::asio::co_spawn(context, look, boost::asio::detached);
    context.run();
    CHECK(checked == 2);
}

} // namespace error_test
