// The signing test suite of awslabs/aws-c-auth: every case at each of the three
// stages, by header and by query.
#include <sigv4/authorization.hpp>
#include <sigv4/signer.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

namespace conformance_test {

namespace {

namespace fs = std::filesystem;

/// A case of the suite, parsed. `request.txt` is an HTTP request whose header
/// values may be folded.
struct suite_case {
    std::string name;
    sigv4::credentials keys;
    sigv4::signing_options options;
    std::string region, service;
    std::chrono::system_clock::time_point time;
    std::chrono::seconds expires{0};

    std::string method, path, query, payload;
    std::vector<std::pair<std::string, std::string>> headers;

    [[nodiscard]] std::vector<sigv4::header> header_views() const {
        std::vector<sigv4::header> views;
        for (const auto& [header_name, value] : headers) views.push_back({header_name, value});
        return views;
    }
};

std::chrono::system_clock::time_point parse_time(const std::string& text) {
    using namespace std::chrono;
    const auto number = [&text](std::size_t at, std::size_t count) { return std::stoi(text.substr(at, count)); };
    const auto day = year_month_day(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                                    std::chrono::day(static_cast<unsigned>(number(8, 2))));
    return sys_days(day) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2));
}

void parse_request(const std::string& text, suite_case& out) {
    const auto line_end = text.find('\n');
    const std::string line = text.substr(0, line_end);
    const auto first_space = line.find(' ');
    const auto last_space = line.rfind(" HTTP/1.1"); // the path itself may hold spaces
    out.method = line.substr(0, first_space);
    std::string target = line.substr(first_space + 1, last_space - first_space - 1);
    if (const auto mark = target.find('?'); mark != std::string::npos) {
        out.query = target.substr(mark + 1);
        target.resize(mark);
    }
    out.path = target;
    std::size_t at = line_end == std::string::npos ? text.size() : line_end + 1;
    while (at < text.size()) {
        auto end = text.find('\n', at);
        if (end == std::string::npos) end = text.size();
        const std::string header_line = text.substr(at, end - at);
        at = end + 1;
        if (header_line.empty()) {
            if (at < text.size()) out.payload = text.substr(at);
            return;
        }
        if (header_line.front() == ' ') {
            out.headers.back().second += "\n" + header_line;
            continue;
        }
        const auto colon = header_line.find(':');
        out.headers.emplace_back(header_line.substr(0, colon), header_line.substr(colon + 1));
    }
}

suite_case load(const fs::path& folder) {
    suite_case out;
    out.name = folder.filename().string();
    const auto context = nlohmann::json::parse(test_support::read_file(folder / "context.json"));
    out.keys.access_key_id = context["credentials"]["access_key_id"];
    out.keys.secret_access_key = context["credentials"]["secret_access_key"];
    out.keys.session_token = context["credentials"].value("token", "");
    out.options.normalize_path = context.value("normalize", true);
    out.options.sign_body = context.value("sign_body", false);
    out.options.omit_session_token = context.value("omit_session_token", false);
    out.region = context["region"];
    out.service = context["service"];
    out.time = parse_time(context["timestamp"]);
    out.expires = std::chrono::seconds(context.value("expiration_in_seconds", 0));
    parse_request(test_support::read_file(folder / "request.txt"), out);
    return out;
}

/// How many cases came as far as a stage.
struct stage_counts {
    std::size_t canonical_request = 0;
    std::size_t string_to_sign = 0;
    std::size_t signature = 0;
    std::size_t verified = 0; ///< by the server's side, from the Authorization header alone
};

constexpr std::size_t published_cases = 38;

void check_whole_header(const suite_case& one, const fs::path& folder, const sigv4::signer& signer) {
    auto headers = one.header_views();
    const sigv4::request_view request{one.method, one.path, one.query, headers, one.payload};
    const auto added = signer.sign(request, one.keys, one.time);
    const std::string signed_request = test_support::read_file(folder / "header-signed-request.txt");
    CHECK(signed_request.find("\nAuthorization:" + added.authorization + "\n") != std::string::npos);
    CHECK(added.x_amz_security_token == one.keys.session_token);

    const auto claimed = sigv4::parse_authorization(added.authorization);
    REQUIRE(claimed);
    headers.push_back({"X-Amz-Date", added.x_amz_date});
    headers.push_back({"X-Amz-Content-Sha256", added.x_amz_content_sha256});
    headers.push_back({"X-Amz-Security-Token", added.x_amz_security_token});
    sigv4::request_view arrived = request;
    arrived.headers = headers;
    CHECK(sigv4::expected_signature(*claimed, arrived, added.x_amz_date, one.keys.secret_access_key, one.options) ==
          claimed->signature);
}

void check_by_header(const suite_case& one, const fs::path& folder, stage_counts& counts) {
    const std::string timestamp = sigv4::format_timestamp(one.time);
    const std::string payload_hash = sigv4::sha256_hex(one.payload);
    auto headers = one.header_views();
    headers.push_back({"X-Amz-Date", timestamp});
    if (one.options.sign_body) headers.push_back({"x-amz-content-sha256", payload_hash});
    if (!one.keys.session_token.empty() && !one.options.omit_session_token) {
        headers.push_back({"X-Amz-Security-Token", one.keys.session_token});
    }
    const sigv4::request_view request{one.method, one.path, one.query, headers, one.payload};
    const auto canonical = sigv4::canonical_request(request, payload_hash, one.options);
    CHECK(canonical.text == test_support::read_file(folder / "header-canonical-request.txt"));
    ++counts.canonical_request;
    const std::string scope = sigv4::credential_scope(timestamp, one.region, one.service);
    const std::string to_sign = sigv4::string_to_sign(timestamp, scope, canonical.text);
    CHECK(to_sign == test_support::read_file(folder / "header-string-to-sign.txt"));
    ++counts.string_to_sign;
    const sigv4::signer signer(one.region, one.service, one.options);
    CHECK(signer.signature(one.keys, timestamp, to_sign) == test_support::read_file(folder / "header-signature.txt"));
    ++counts.signature;
    check_whole_header(one, folder, signer);
    ++counts.verified;
}

std::vector<std::string> sorted_parameters(std::string_view query) {
    std::vector<std::string> parameters;
    while (!query.empty()) {
        const auto end = query.find('&');
        parameters.emplace_back(query.substr(0, end));
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    std::ranges::sort(parameters);
    return parameters;
}

void check_by_query(const suite_case& one, const fs::path& folder, stage_counts& counts) {
    const auto headers = one.header_views();
    const sigv4::request_view request{one.method, one.path, one.query, headers, one.payload};
    const sigv4::signer signer(one.region, one.service, one.options);
    const auto presigned = signer.presign(request, one.keys, one.time, one.expires);
    CHECK(presigned.canonical == test_support::read_file(folder / "query-canonical-request.txt"));
    ++counts.canonical_request;
    CHECK(presigned.text_to_sign == test_support::read_file(folder / "query-string-to-sign.txt"));
    ++counts.string_to_sign;
    const std::string signature = test_support::read_file(folder / "query-signature.txt");
    CHECK(presigned.query.find("&X-Amz-Signature=" + signature) != std::string::npos);
    ++counts.signature;

    // The suite's URLs have the same parameters in another order, and its own
    // ones as raw as they came.
    if (one.query.empty()) {
        const std::string signed_request = test_support::read_file(folder / "query-signed-request.txt");
        const auto mark = signed_request.find('?') + 1;
        const std::string theirs = signed_request.substr(mark, signed_request.find(" HTTP/1.1\n") - mark);
        CHECK(sorted_parameters(presigned.query) == sorted_parameters(theirs));
    }
}

void run_suite(const char* what, void (*check)(const suite_case&, const fs::path&, stage_counts&), bool verifies) {
    const auto root = test_support::conformance_dir();
    if (!root) {
        test_support::skip("the signing test suite of aws-c-auth is not here "
                           "(SLUICE_CONFORMANCE_DIR)");
        return;
    }
    stage_counts counts;
    const fs::path suite = *root / "sigv4" / "aws-c-auth" / "v4";
    REQUIRE_MESSAGE(fs::is_directory(suite), suite.string());
    for (const auto& entry : fs::directory_iterator(suite)) {
        if (!entry.is_directory()) continue;
        const suite_case one = load(entry.path());
        INFO("case " << one.name);
        check(one, entry.path(), counts);
    }
    // Fewer would mean that the suite is not whole, and that what passes says
    // little.
    CHECK(counts.canonical_request >= published_cases);
    CHECK(counts.string_to_sign >= published_cases);
    CHECK(counts.signature >= published_cases);
    CHECK(counts.verified == (verifies ? counts.signature : 0));
    std::cout << "sigv4 conformance, by " << what << ": canonical request " << counts.canonical_request
              << " cases, string to sign " << counts.string_to_sign << ", signature " << counts.signature;
    if (verifies) std::cout << ", verified as a server " << counts.verified;
    std::cout << '\n';
}

} // namespace

TEST_CASE("aws-c-auth: signing by header") { run_suite("header", &check_by_header, true); }

TEST_CASE("aws-c-auth: signing by query") { run_suite("query", &check_by_query, false); }

} // namespace conformance_test
