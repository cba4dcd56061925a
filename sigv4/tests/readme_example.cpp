// The example of README.md, compiled and run; a test below keeps the two alike.
// [example]
#include <sigv4/signer.hpp>

std::string list_users_authorization(const sigv4::credentials& keys, std::chrono::system_clock::time_point now) {
    static const sigv4::signer signer("us-east-1", "iam"); // keep it: it remembers the day's key
    const sigv4::header headers[] = {{"Host", "iam.amazonaws.com"}};
    sigv4::request_view request;
    request.method = "GET";
    request.query = "Action=ListUsers&Version=2010-05-08";
    request.headers = headers;
    const sigv4::signed_headers added = signer.sign(request, keys, now);
    // Send X-Amz-Date: added.x_amz_date and, when it is not empty, X-Amz-Security-Token: added.x_amz_security_token.
    return added.authorization;
}
// [example]

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
    const sigv4::credentials keys{"AKIDEXAMPLE", "secret", ""};
    const auto authorization = list_users_authorization(keys, std::chrono::system_clock::time_point());
    CHECK(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/19700101/us-east-1/iam/aws4_request"));
}
