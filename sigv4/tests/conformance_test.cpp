// The signing test suite of awslabs/aws-c-auth: every case at each of the three stages, by header and by query.
#include <sigv4/signer.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <filesystem>
#include <iostream>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// A case of the suite, parsed. `request.txt` is an HTTP request whose header values may be folded.
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

std::vector<fs::path> case_folders() {
    std::vector<fs::path> folders;
    const auto root = test_support::conformance_dir();
    if (!root) return folders;
    for (const auto& entry : fs::directory_iterator(*root / "sigv4" / "aws-c-auth" / "v4")) {
        if (fs::exists(entry.path() / "request.txt")) folders.push_back(entry.path());
    }
    return folders;
}

void check_header_stages(const suite_case& one, const fs::path& folder) {
    const std::string timestamp = sigv4::format_timestamp(one.time);
    const std::string payload_hash = sigv4::sha256_hex(one.payload);
    auto headers = one.header_views();
    headers.push_back({"X-Amz-Date", timestamp});
    if (one.options.sign_body) headers.push_back({"x-amz-content-sha256", payload_hash});
    if (!one.keys.session_token.empty() && !one.options.omit_session_token) {
        headers.push_back({"X-Amz-Security-Token", one.keys.session_token});
    }
    sigv4::request_view request{one.method, one.path, one.query, headers, one.payload};
    const auto canonical = sigv4::canonical_request(request, payload_hash, one.options);
    CHECK(canonical.text == test_support::read_file(folder / "header-canonical-request.txt"));
    const std::string scope = sigv4::credential_scope(timestamp, one.region, one.service);
    const std::string to_sign = sigv4::string_to_sign(timestamp, scope, canonical.text);
    CHECK(to_sign == test_support::read_file(folder / "header-string-to-sign.txt"));
    const sigv4::signer signer(one.region, one.service, one.options);
    const std::string signature = test_support::read_file(folder / "header-signature.txt");
    CHECK(signer.signature(one.keys, timestamp, to_sign) == signature);

    // And the whole at once, as a client calls it.
    const auto given = one.header_views();
    request.headers = given;
    const auto added = signer.sign(request, one.keys, one.time);
    CHECK(added.authorization.ends_with("Signature=" + signature));
    CHECK(added.x_amz_security_token == one.keys.session_token);
}

void check_query_stages(const suite_case& one, const fs::path& folder) {
    const auto headers = one.header_views();
    const sigv4::request_view request{one.method, one.path, one.query, headers, one.payload};
    const sigv4::signer signer(one.region, one.service, one.options);
    const auto presigned = signer.presign(request, one.keys, one.time, one.expires);
    CHECK(presigned.canonical == test_support::read_file(folder / "query-canonical-request.txt"));
    CHECK(presigned.text_to_sign == test_support::read_file(folder / "query-string-to-sign.txt"));
    const std::string signature = test_support::read_file(folder / "query-signature.txt");
    CHECK(presigned.query.find("X-Amz-Signature=" + signature) != std::string::npos);
}

void run_suite(const char* what, void (*check)(const suite_case&, const fs::path&)) {
    const auto folders = case_folders();
    if (folders.empty()) {
        test_support::skip("the signing test suite of aws-c-auth is not here (SLUICE_CONFORMANCE_DIR)");
        return;
    }
    for (const fs::path& folder : folders) {
        const suite_case one = load(folder);
        INFO("case " << one.name);
        check(one, folder);
    }
    CHECK(folders.size() == 38);
    std::cout << "sigv4 conformance: " << folders.size() << " cases " << what << ", each at three stages\n";
}

} // namespace

TEST_CASE("aws-c-auth: signing by header") { run_suite("by header", &check_header_stages); }

TEST_CASE("aws-c-auth: signing by query") { run_suite("by query", &check_query_stages); }
