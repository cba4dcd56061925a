#include "local/access.hpp"

#include <sigv4/authorization.hpp>

#include <algorithm>

namespace sluice::local {
namespace {

constexpr auto most_skew = std::chrono::minutes(15);

std::string header_of(const sigv4::request_view& request, std::string_view name) {
    for (const sigv4::header& one : request.headers) {
        if (equal_ignoring_case(one.name, name)) return std::string(one.value);
    }
    return {};
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

void check_time(const std::string& stated, const sigv4::authorization& claimed, time_point now) {
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
    if (*time + most_skew < now) {
        throw signature_fault("Signature expired: " + stated + " is now earlier than " + shown(now - most_skew) + " (" +
                              shown(now) + " - 15 min.)");
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
    if (auto known = keys_.find(claimed->access_key_id)) claim.caller = std::move(known->owner);
    return claim;
}

signed_claim access_control::check(const sigv4::request_view& request, time_point now, time_point shown) const {
    const std::string value = header_of(request, "Authorization");
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
    auto known = keys_.find(claimed->access_key_id);
    if (!known) throw invalid_token();
    const std::string token = header_of(request, "X-Amz-Security-Token");
    if (!sigv4::equal_in_constant_time(known->key.session_token, token)) throw invalid_token();
    if (known->expires && *known->expires <= now) {
        throw make_fault("ExpiredToken", "ExpiredTokenException",
                         "The security token included in the request is expired", 403);
    }
    if (!serves(claimed->region)) {
        throw signature_fault("Credential should be scoped to a valid region, not '" + claimed->region + "'.");
    }
    const std::string timestamp = header_of(request, "X-Amz-Date");
    check_time(timestamp, *claimed, shown);
    const bool host_signed = std::ranges::find(claimed->signed_headers, "host") != claimed->signed_headers.end();
    const std::string expected = sigv4::expected_signature(*claimed, request, timestamp, known->key.secret);
    if (!host_signed || !sigv4::equal_in_constant_time(expected, claimed->signature)) {
        throw signature_fault(
            "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details.");
    }
    return {claimed->service, claimed->region, std::move(known->owner)};
}

void access_control::check_service(std::string_view signed_service, std::string_view called_service) const {
    if (!verify_ || signed_service == called_service) return;
    throw signature_fault("Credential should be scoped to correct service: '" + std::string(called_service) + "'.");
}

} // namespace sluice::local
