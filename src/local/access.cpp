#include "local/access.hpp"

#include <sigv4/authorization.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice::local {
namespace {

constexpr auto most_skew = std::chrono::minutes(15);

std::string header_of(const sigv4::request_view& request, std::string_view name) {
    for (const sigv4::header& one : request.headers) {
        if (equal_ignoring_case(one.name, name)) return std::string(one.value);
    }
    return {};
}

/// A signature as a request states it: in headers, or in the query of a presigned URL.
struct stated_signature {
    std::string authorization; ///< in the form of the header
    std::string timestamp;
    std::string token;
    std::string query;                  ///< without the signature itself
    std::optional<std::string> expires; ///< seconds, of a presigned URL
};

/// Splits `a=1&X-Amz-Signature=…`. A presigned URL has the parts of the header Authorization as parameters.
std::optional<stated_signature> find_presigned(std::string_view query) {
    if (query.find("X-Amz-Signature=") == std::string_view::npos) return std::nullopt;
    stated_signature found;
    std::string algorithm;
    std::string signed_headers;
    std::string credential;
    std::string signature;
    std::string expires;
    const std::pair<std::string_view, std::string*> parts[] = {
        {"X-Amz-Algorithm", &algorithm},          {"X-Amz-Credential", &credential}, {"X-Amz-Date", &found.timestamp},
        {"X-Amz-SignedHeaders", &signed_headers}, {"X-Amz-Expires", &expires},       {"X-Amz-Signature", &signature},
        {"X-Amz-Security-Token", &found.token},
    };
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), one.size() + 1));
        const std::string_view name = one.substr(0, one.find('='));
        for (const auto& [wanted, place] : parts) {
            if (name != wanted || one.size() == name.size()) continue;
            *place = decode_form_component(one.substr(name.size() + 1)).value_or("");
        }
        if (name != "X-Amz-Signature") (found.query += found.query.empty() ? "" : "&") += one;
    }
    found.authorization =
        algorithm + " Credential=" + credential + ", SignedHeaders=" + signed_headers + ", Signature=" + signature;
    found.expires = expires;
    return found;
}

/// For how long a signature is good. Throws `fault`.
std::chrono::seconds good_for(const stated_signature& stated) {
    if (!stated.expires) return most_skew;
    constexpr std::int64_t longest = 7 * 24 * 3600;
    const auto seconds = parse_integer(*stated.expires);
    if (seconds && *seconds >= 1 && *seconds <= longest) return std::chrono::seconds(*seconds);
    throw make_fault("AuthorizationQueryParametersError", "AuthorizationQueryParametersError",
                     "X-Amz-Expires must be 1 to " + std::to_string(longest) + " seconds, not \"" + *stated.expires +
                         "\"");
}

stated_signature find_in_headers(const sigv4::request_view& request) {
    stated_signature found;
    found.authorization = header_of(request, "Authorization");
    found.timestamp = header_of(request, "X-Amz-Date");
    found.token = header_of(request, "X-Amz-Security-Token");
    found.query = request.query;
    return found;
}

stated_signature find_signature(const sigv4::request_view& request) {
    stated_signature found = find_in_headers(request);
    if (!found.authorization.empty()) return found;
    if (auto presigned = find_presigned(request.query)) return std::move(*presigned);
    return found;
}

fault signature_fault(std::string message) {
    return make_fault("SignatureDoesNotMatch", "InvalidSignatureException", std::move(message), 403);
}

fault invalid_token() {
    return make_fault("InvalidClientTokenId", "UnrecognizedClientException",
                      "The security token included in the request is invalid.", 403);
}

/// `20261123T070000Z`; nothing for anything else.
std::optional<time_point> parse_timestamp(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const auto number = [text](std::size_t at, std::size_t count) {
        return parse_integer(text.substr(at, count)).value_or(-1);
    };
    const year_month_day date(year(static_cast<int>(number(0, 4))), month(static_cast<unsigned>(number(4, 2))),
                              day(static_cast<unsigned>(number(6, 2))));
    if (!date.ok() || number(9, 2) < 0 || number(11, 2) < 0 || number(13, 2) < 0) return std::nullopt;
    return sys_days(date) + hours(number(9, 2)) + minutes(number(11, 2)) + seconds(number(13, 2));
}

void check_time(const std::string& stated, std::chrono::seconds good_for, const sigv4::authorization& claimed,
                time_point now) {
    const auto time = parse_timestamp(stated);
    if (!time) {
        throw make_fault("IncompleteSignature", "IncompleteSignatureException",
                         "Date must be in ISO-8601 'basic format'. Got '" + stated + "'.");
    }
    if (!std::string_view(stated).starts_with(claimed.date)) {
        throw signature_fault(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
            claimed.date + "' != '" + stated.substr(0, 8) + "', from '" + stated + "'.");
    }
    const auto shown = [](time_point moment) { return sigv4::format_timestamp(moment); };
    if (*time + good_for < now) {
        const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(good_for);
        const std::string span = minutes == good_for ? std::to_string(minutes.count()) + " min."
                                                     : std::to_string(good_for.count()) + " sec.";
        throw signature_fault("Signature expired: " + stated + " is now earlier than " + shown(now - good_for) + " (" +
                              shown(now) + " - " + span + ")");
    }
    if (*time > now + most_skew) {
        throw signature_fault("Signature not yet current: " + stated + " is still later than " +
                              shown(now + most_skew) + " (" + shown(now) + " + 15 min.)");
    }
}

} // namespace

bool access_control::serves(const std::string& region) const {
    return std::ranges::find(regions_, region) != regions_.end();
}

signed_claim access_control::believe(const sigv4::authorization* claimed) const {
    signed_claim claim{{}, regions_.front(), anonymous_};
    if (claimed == nullptr) return claim;
    claim.service = claimed->service;
    if (serves(claimed->region)) claim.region = claimed->region;
    if (const auto known = keys_.find(claimed->access_key_id)) claim.caller = known->owner;
    return claim;
}

signed_claim access_control::check(const sigv4::request_view& request, time_point now, time_point shown) const {
    const stated_signature stated = find_signature(request);
    const std::string& value = stated.authorization;
    const auto claimed = sigv4::parse_authorization(value);
    if (!verify_) return believe(claimed ? &*claimed : nullptr);
    if (value.empty()) {
        throw make_fault("MissingAuthenticationToken", "MissingAuthenticationTokenException",
                         "Request is missing Authentication Token", 403);
    }
    if (!claimed) {
        throw make_fault("IncompleteSignature", "IncompleteSignatureException",
                         "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters. "
                         "Authorization=" +
                             value);
    }
    const auto known = keys_.find(claimed->access_key_id);
    if (!known) throw invalid_token();
    if (!sigv4::equal_in_constant_time(known->key.session_token, stated.token)) throw invalid_token();
    if (known->expires && *known->expires <= now) {
        throw make_fault("ExpiredToken", "ExpiredTokenException",
                         "The security token included in the request is expired", 403);
    }
    if (!serves(claimed->region)) {
        throw signature_fault("Credential should be scoped to a valid region, not '" + claimed->region + "'.");
    }
    check_time(stated.timestamp, good_for(stated), *claimed, shown);
    const bool host_signed = std::ranges::find(claimed->signed_headers, "host") != claimed->signed_headers.end();
    sigv4::request_view signed_part = request;
    signed_part.query = stated.query;
    const std::string expected =
        checker_.expected_signature(*claimed, signed_part, stated.timestamp, known->key.secret);
    if (!host_signed || !sigv4::equal_in_constant_time(expected, claimed->signature)) {
        throw signature_fault(
            "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details.");
    }
    return {claimed->service, claimed->region, known->owner};
}

void access_control::check_service(std::string_view signed_service, std::string_view called_service) const {
    if (!verify_ || signed_service == called_service) return;
    throw signature_fault("Credential should be scoped to correct service: '" + std::string(called_service) + "'.");
}

} // namespace sluice::local
