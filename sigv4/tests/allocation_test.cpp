// Signing is on the way of every request: this keeps its allocations from
// growing unnoticed.
#include "examples.hpp"

#include <doctest/doctest.h>
#include <test_support.hpp>

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGV4_TESTS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SIGV4_TESTS_SANITIZED
#endif
#endif

#ifdef SIGV4_TESTS_SANITIZED

TEST_CASE("signing a request of SQS allocates seven times") {
    test_support::skip("allocations are not counted under a sanitizer, which has an operator new of its own");
}

#else

namespace {

// OpenSSL allocates by malloc and is not counted.
thread_local std::size_t allocations = 0;

} // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("signing a request of SQS allocates seven times") {
    const std::array<sigv4::header, 4> headers{{
        {"Host", "sqs.eu-west-1.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"Content-Length", "3000"},
        {"User-Agent", "sluice"},
    }};
    const std::string body(3000, 'x');
    const sigv4::signer signer("eu-west-1", "sqs");
    sigv4::credentials temporary = examples::keys;
    temporary.session_token = std::string(1000, 'T');
    std::size_t counted = 0;
    for (int i = 0; i < 2; ++i) { // the first derives the key
        const std::size_t before = allocations;
        const auto added = signer.sign({"POST", "/", "", headers, body}, temporary, examples::time);
        counted = allocations - before;
        REQUIRE(!added.authorization.empty());
    }
    // Date, token and authorization are the result; then the list of headers, the
    // canonical request, scope and string to sign.
    CHECK(counted == 7);
}

#endif
