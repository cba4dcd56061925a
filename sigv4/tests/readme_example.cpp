// The example of README.md, compiled and run; a test below keeps the two alike.
// [example]
#include <sigv4/signer.hpp>

#include <vector>

// Keep the signer: it remembers the day's key. Any region, any service.
sigv4::signed_headers sign_list_users(const sigv4::signer& signer, const sigv4::credentials& keys) {
    const std::string host = sigv4::host_header("iam.amazonaws.com", 443, true);
    const std::vector<sigv4::header> headers{{"Host", host}, {"Accept", "application/xml"}};
    sigv4::request_view request;
    request.method = "GET";
    request.query = "Action=ListUsers&Version=2010-05-08";
    request.headers = headers;
    // Send as headers what is not empty: X-Amz-Date, Authorization,
    // X-Amz-Security-Token, X-Amz-Content-Sha256.
    return signer.sign(request, keys, std::chrono::system_clock::now());
}
// [example]

#include "examples.hpp"

#include <doctest/doctest.h>
#include <test_support.hpp>

TEST_CASE("the README shows just this example") {
    const std::filesystem::path root(SIGV4_SOURCE_DIR);
    const std::string source = test_support::read_file(root / "tests" / "readme_example.cpp");
    const std::string mark = "// [example]\n";
    const auto begin = source.find(mark) + mark.size();
    const std::string example = source.substr(begin, source.find(mark, begin) - begin);
    CHECK(test_support::read_file(root / "README.md").find("```cpp\n" + example + "```") != std::string::npos);
}

TEST_CASE("the example signs") {
    const auto added = sign_list_users(sigv4::signer("us-east-1", "iam"), examples::keys);
    CHECK(added.authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + added.x_amz_date.substr(0, 8) +
                                          "/us-east-1/iam/aws4_request, SignedHeaders=accept;host;x-amz-date, "
                                          "Signature="));
}
