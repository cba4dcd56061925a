// Query requests signed as clients sign them, for the blocking test client.
#pragma once

#include <sigv4/signer.hpp>

#include <chrono>
#include <string>

namespace local_tests {

/// The headers that sign a POST of this body from http_client::post, which states the host as 127.0.0.1.
inline std::string sign_form(const std::string& body, const sigv4::credentials& keys,
                             const std::string& service = "sqs", const std::string& region = "us-east-1") {
    const std::vector<sigv4::header> headers{{"Host", "127.0.0.1"},
                                             {"Content-Type", "application/x-www-form-urlencoded"}};
    sigv4::request_view request;
    request.headers = headers;
    request.payload = body;
    const sigv4::signer signer(region, service);
    const auto added = signer.sign(request, keys, std::chrono::system_clock::now());
    std::string out = "X-Amz-Date: " + added.x_amz_date + "\r\nAuthorization: " + added.authorization + "\r\n";
    if (!added.x_amz_security_token.empty()) out += "X-Amz-Security-Token: " + added.x_amz_security_token + "\r\n";
    return out;
}

} // namespace local_tests
