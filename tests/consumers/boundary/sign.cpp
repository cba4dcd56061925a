// Only the signer: no Boost, no coroutines.
#include <sigv4/signer.hpp>

#include <iostream>

int main() {
    const sigv4::signer signer("us-east-1", "sns");
    sigv4::request_view request;
    request.payload = "Action=ListTopics&Version=2010-03-31";
    const sigv4::header host{"host", "sns.us-east-1.amazonaws.com"};
    request.headers = std::span(&host, 1);
    const sigv4::credentials keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
    const sigv4::signed_headers added = signer.sign(request, keys, std::chrono::system_clock::time_point());
    std::cout << added.x_amz_date << '\n';
    return added.x_amz_date == "19700101T000000Z" && added.authorization.starts_with("AWS4-HMAC-SHA256 ") ? 0 : 1;
}
