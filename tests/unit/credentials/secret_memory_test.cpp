// What is left of a secret key in the memory of the process when the session is gone: nothing.
#include <sluice/as_result.hpp>
#include <sluice/credentials_providers.hpp>
#include <sluice/session.hpp>
#include <sluice/sts/client.hpp>

#include "support/function_transport.hpp"
#include "support/run_coroutine.hpp"
#include "support/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <test_support.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace secret_memory_test {

using namespace unit_tests;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
constexpr bool under_sanitizer = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool under_sanitizer = false;
#endif

// The test's own array. It is made in place: nothing else ever holds it whole.
constexpr std::size_t marker_size = 40;
std::array<char, marker_size> marker;

void make_marker() {
    constexpr std::string_view characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::random_device random;
    for (char& c : marker) c = characters[random() % characters.size()];
}

struct mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

std::vector<mapping> writable_mappings() {
    std::vector<mapping> found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto dash = line.find('-');
        const auto blank = line.find(' ');
        if (line.compare(blank + 1, 2, "rw") != 0) continue;
        found.push_back({std::stoull(line.substr(0, dash), nullptr, 16),
                         std::stoull(line.substr(dash + 1, blank - dash - 1), nullptr, 16)});
    }
    return found;
}

bool is_allowed(std::uintptr_t at) {
    if (at == reinterpret_cast<std::uintptr_t>(marker.data())) return true;
    const char* const variable = std::getenv("AWS_SECRET_ACCESS_KEY");
    return variable != nullptr && at == reinterpret_cast<std::uintptr_t>(variable);
}

struct search_result {
    std::size_t allowed = 0;
    std::size_t elsewhere = 0;
};

/// Also parts of it: any half would be a leak.
search_result search_memory() {
    constexpr std::size_t window = std::size_t(1) << 20U;
    search_result found;
    std::vector<char> copy(window + marker_size);
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    REQUIRE(memory >= 0);
    for (const mapping& one : writable_mappings()) {
        for (std::uintptr_t at = one.begin; at < one.end; at += window) {
            const std::size_t size = std::min<std::size_t>(copy.size(), one.end - at);
            const ssize_t got = ::pread(memory, copy.data(), size, static_cast<off_t>(at));
            if (got <= 0) continue;
            const char* const end = copy.data() + got;
            for (const std::size_t half : {std::size_t(0), marker_size / 2}) {
                const auto part_begin = marker.begin() + static_cast<std::ptrdiff_t>(half);
                const auto part_end = part_begin + static_cast<std::ptrdiff_t>(marker_size / 2);
                for (const char* hit = copy.data();; ++hit) {
                    hit = std::search(hit, end, part_begin, part_end);
                    if (hit == end) break;
                    const std::uintptr_t place = at + static_cast<std::uintptr_t>(hit - copy.data()) - half;
                    const auto own = reinterpret_cast<std::uintptr_t>(copy.data());
                    if (place + marker_size >= own && place < own + copy.size())
                        continue; // what was copied here to search
                    ++(is_allowed(place) ? found.allowed : found.elsewhere);
                    if (!is_allowed(place)) MESSAGE("half " << half << " of the secret at " << std::hex << place);
                }
            }
        }
    }
    ::close(memory);
    return found;
}

/// Writes pieces and the marker between them, without a buffer.
void write_with_marker(const std::string& path, std::string_view before, std::string_view after) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    for (const std::string_view part : {before, std::string_view(marker.data(), marker.size()), after}) {
        REQUIRE(::write(file, part.data(), part.size()) == static_cast<ssize_t>(part.size()));
    }
    ::close(file);
}

class variables_guard {
  public:
    variables_guard() = default;
    variables_guard(const variables_guard&) = delete;
    variables_guard& operator=(const variables_guard&) = delete;
    ~variables_guard() {
        for (const auto& [name, value] : before_) {
            if (value.empty()) ::unsetenv(name.c_str());
            else ::setenv(name.c_str(), value.c_str(), 1);
        }
    }
    void set(const std::string& name, const char* value) {
        const char* const old = std::getenv(name.c_str());
        before_.emplace_back(name, old == nullptr ? "" : old);
        if (value == nullptr) ::unsetenv(name.c_str());
        else ::setenv(name.c_str(), value, 1);
    }

  private:
    std::vector<std::pair<std::string, std::string>> before_;
};

/// A session that signs a call with the keys it finds, and is gone afterwards.
void sign_a_call(const std::function<void(sluice::session_options&)>& adjust) {
    boost::asio::io_context context;
    const auto network = std::make_shared<function_transport>([](const sluice::http_request&) {
        return function_transport::reply(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>");
    });
    sluice::session_options options;
    options.region = "eu-west-1";
    options.transport = network;
    adjust(options);
    const sluice::session session(context.get_executor(), options);
    options.credentials.reset();
    const auto identity = run(context, sluice::as_result(session.sts().get_caller_identity()));
    REQUIRE(identity.has_value());
    REQUIRE(network->requests.size() == 1);
}

void check_memory() {
    const search_result found = search_memory();
    CHECK(found.allowed >= 2); // the search finds both halves where they may be
    CHECK(found.elsewhere == 0);
}

void without_aws_variables(variables_guard& variables, const scratch_folder& home) {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
                             "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"}) {
        variables.set(name, nullptr);
    }
    variables.set("HOME", home.name().c_str());
}

const char* const sanitizer_reason =
    "memory after a session: a sanitizer keeps freed memory and has mappings of its own";

} // namespace

TEST_CASE("memory: of keys in variables nothing is left but the variable") {
    if (under_sanitizer) return test_support::skip(sanitizer_reason);
    make_marker();
    const scratch_folder home;
    variables_guard variables;
    without_aws_variables(variables, home);
    ::setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    // Written in its place: setenv would leave a copy on the stack, which is not the session's.
    ::setenv("AWS_SECRET_ACCESS_KEY", std::string(marker_size, '?').c_str(), 1);
    char* const in_environment = std::getenv("AWS_SECRET_ACCESS_KEY");
    std::ranges::copy(marker, in_environment);
    sign_a_call([](sluice::session_options&) {});
    check_memory();
    explicit_bzero(in_environment, marker_size);
}

TEST_CASE("memory: of static keys nothing is left") {
    if (under_sanitizer) return test_support::skip(sanitizer_reason);
    make_marker();
    sign_a_call([](sluice::session_options& options) {
        options.read_environment = false;
        options.credentials =
            sluice::static_credentials(sluice::credentials("AKIDEXAMPLE", std::string(marker.data(), marker.size())));
    });
    check_memory();
}

TEST_CASE("memory: of keys in a profile nothing is left") {
    if (under_sanitizer) return test_support::skip(sanitizer_reason);
    make_marker();
    const scratch_folder home;
    variables_guard variables;
    without_aws_variables(variables, home);
    home.file(".aws/credentials", "");
    write_with_marker(home.name() + "/.aws/credentials",
                      "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = ", "\n");
    sign_a_call([](sluice::session_options&) {});
    check_memory();
}

TEST_CASE("memory: of keys that a process hands out nothing is left") {
    if (under_sanitizer) return test_support::skip(sanitizer_reason);
    make_marker();
    const scratch_folder home;
    const std::string file = home.name() + "/keys.json";
    write_with_marker(file, "{\"Version\":1,\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"", "\"}");
    boost::asio::io_context context;
    {
        const auto provider = sluice::process_credentials(context.get_executor(), "cat " + file);
        const auto keys = run(context, provider->get());
        REQUIRE(keys.has_value());
        REQUIRE(keys->secret_access_key.size() == marker_size);
    }
    settle(context);
    check_memory();
}

} // namespace secret_memory_test
