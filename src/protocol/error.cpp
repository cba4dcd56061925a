#include <sluice/error.hpp>

#include <utility>

namespace sluice {
namespace {

std::string_view text_of(errc code) noexcept {
    switch (code) {
    case errc::invalid_argument: return "invalid argument";
    case errc::message_too_long: return "message too long";
    case errc::configuration: return "configuration";
    case errc::credentials: return "no credentials";
    case errc::buffer_full: return "buffer full";
    case errc::group_corked: return "message group corked";
    case errc::closed: return "closed";
    case errc::lease_lost: return "lease lost";
    case errc::cancelled: return "cancelled before it was sent";
    case errc::resolve: return "host name not resolved";
    case errc::connection: return "connection failed";
    case errc::tls: return "TLS failed";
    case errc::timeout: return "timed out";
    case errc::unknown_outcome: return "outcome unknown";
    case errc::bad_reply: return "reply not understood";
    case errc::throttled: return "throttled";
    case errc::access_denied: return "access denied";
    case errc::bad_signature: return "bad signature";
    case errc::not_found: return "not found";
    case errc::service_unavailable: return "service unavailable";
    case errc::service_error: return "refused by the service";
    }
    return "unknown error";
}

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "sluice"; }
    std::string message(int value) const override { return std::string(text_of(static_cast<errc>(value))); }
};

} // namespace

const boost::system::error_category& error_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), error_category()}; }

std::string error_info::describe() const {
    std::string line;
    if (!operation.empty()) line += operation + ": ";
    line += text_of(code);
    if (!message.empty()) line += ": " + message;
    std::string facts;
    const auto fact = [&facts](std::string_view name, const std::string& value) {
        if (value.empty()) return;
        if (!facts.empty()) facts += ", ";
        facts += name;
        facts += value;
    };
    fact("", service_code);
    if (http_status != 0) fact("HTTP ", std::to_string(http_status));
    fact("request id ", request_id);
    if (attempts > 1) fact("attempts ", std::to_string(attempts));
    if (may_have_been_applied) fact("", "may have been applied");
    if (!facts.empty()) line += " (" + facts + ")";
    for (char& c : line) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return line;
}

error::error(error_info info)
    : boost::system::system_error(make_error_code(info.code), info.describe()), info_(std::move(info)) {}

void throw_exception_from_error(const error_info& info, const boost::source_location&) { throw error(info); }

} // namespace sluice
