#include <sluice/observability/semantic_conventions.hpp>

namespace sluice::semantic_conventions {

std::string_view error_type_of(errc code) noexcept {
    switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::message_too_long: return "message_too_long";
    case errc::configuration: return "configuration";
    case errc::credentials: return "credentials";
    case errc::buffer_full: return "buffer_full";
    case errc::group_corked: return "group_corked";
    case errc::closed: return "closed";
    case errc::lease_lost: return "lease_lost";
    case errc::cancelled: return "cancelled";
    case errc::resolve: return "resolve";
    case errc::connection: return "connection";
    case errc::tls: return "tls";
    case errc::timeout: return "timeout";
    case errc::unknown_outcome: return "unknown_outcome";
    case errc::bad_reply: return "bad_reply";
    case errc::throttled: return "throttled";
    case errc::access_denied: return "access_denied";
    case errc::bad_signature: return "bad_signature";
    case errc::not_found: return "not_found";
    case errc::service_unavailable: return "service_unavailable";
    case errc::service_error: return "service_error";
    }
    return "_OTHER";
}

std::string_view system_of(std::string_view destination) noexcept {
    const bool arn = destination.starts_with("arn:");
    const auto service = arn ? destination.find(':', 4) : std::string_view::npos; // arn:partition:service:…
    const bool topic = service != std::string_view::npos && destination.substr(service + 1).starts_with("sns:");
    return topic ? system_aws_sns : system_aws_sqs;
}

} // namespace sluice::semantic_conventions
