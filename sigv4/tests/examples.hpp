// Keys, times and requests that several tests use. The keys are the ones that
// AWS prints in its documentation.
#pragma once

#include <sigv4/signer.hpp>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace examples {

inline const sigv4::credentials keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

inline const std::chrono::system_clock::time_point time =
    std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) + std::chrono::hours(12) + std::chrono::minutes(36);

/// The request of "Examples of the complete Signature Version 4 signing
/// process" in the AWS General Reference.
inline sigv4::signed_headers sign_list_users(const sigv4::signer& signer, const sigv4::credentials& with,
                                             std::chrono::system_clock::time_point now) {
    const std::array<sigv4::header, 2> headers{{
        {"Host", "iam.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
    }};
    return signer.sign({"GET", "/", "Action=ListUsers&Version=2010-05-08", headers, ""}, with, now);
}

inline std::string signature_of(const std::string& authorization) {
    return authorization.substr(authorization.rfind('=') + 1);
}

/// What `call` throws as std::invalid_argument; empty when it does not.
template<class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
    return {};
}

} // namespace examples
