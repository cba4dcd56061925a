// Which failures of a message are tried again: by their code, until a time.
#include "stream/delivery_retries.hpp"

#include <doctest/doctest.h>

#include <string>

namespace delivery_retries_test {

using namespace std::chrono_literals;
using sluice::errc;
using sluice::error_info;
using sluice::stream::next_try;

namespace {

error_info refused(const std::string& code, bool sender_fault, int status = 200) {
    error_info failure(errc::service_error, "refused");
    failure.service_code = code;
    failure.sender_fault = sender_fault;
    failure.http_status = status;
    return failure;
}

bool comes_again(const error_info& failure) { return next_try(failure, 1, 0ms, 120s, 0.5).has_value(); }

} // namespace

TEST_CASE("delivery: throttled and failing services are tried again, whosever fault they call it") {
    for (const char* code : {"RequestThrottled", "ThrottlingException", "Throttled", "KmsThrottled", "KMSThrottling",
                             "InternalError", "InternalFailure", "ServiceUnavailable"}) {
        CAPTURE(code);
        CHECK(comes_again(refused(code, true)));
        CHECK(comes_again(refused(code, false)));
    }
    for (const errc code : {errc::connection, errc::timeout, errc::resolve}) CHECK(comes_again(error_info(code, "x")));
    CHECK(comes_again(refused("", false, 500)));
    CHECK(comes_again(refused("", false, 429)));
}

TEST_CASE("delivery: what would fail again is final") {
    for (const char* code : {"InvalidMessageContents", "AccessDenied", "AWS.SimpleQueueService.NonExistentQueue",
                             "InvalidParameterValue", "NotFound", "KmsDisabled"}) {
        CAPTURE(code);
        CHECK_FALSE(comes_again(refused(code, false)));
        CHECK_FALSE(comes_again(refused(code, true)));
    }
    for (const errc code : {errc::unknown_outcome, errc::bad_reply, errc::cancelled, errc::tls, errc::credentials}) {
        CHECK_FALSE(comes_again(error_info(code, "x")));
    }
}

TEST_CASE("delivery: pauses grow, and none goes beyond the time that is left") {
    const error_info failure(errc::connection, "x");
    CHECK(next_try(failure, 1, 0ms, 120s, 1.0) == 50ms);
    CHECK(next_try(failure, 3, 0ms, 120s, 1.0) == 200ms);
    CHECK(next_try(failure, 30, 0ms, 120s, 1.0) == 20s);
    CHECK(next_try(refused("Throttled", false), 1, 0ms, 120s, 1.0) == 1s);
    CHECK(next_try(failure, 1, 119'950ms, 120s, 1.0) == 50ms);
    CHECK_FALSE(next_try(failure, 1, 119'951ms, 120s, 1.0).has_value());
    CHECK_FALSE(next_try(failure, 1, 0ms, 0ms, 0.0).has_value());
}

} // namespace delivery_retries_test
