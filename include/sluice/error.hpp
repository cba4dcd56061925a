// One error type for everything: what failed, at which service, with which request id, and whether it may have
// happened.
#pragma once

#include <sluice/export.hpp>

#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// What went wrong, in sluice's own error category. The service's own code is in `error::service_code()`.
enum class errc {
    invalid_argument = 1, ///< refused here, before anything was sent; the text names the value and the rule
    message_too_long,     ///< larger than the limit of its destination
    configuration,        ///< region, endpoint, CA bundle or another setting is missing or wrong
    credentials,          ///< no usable credentials were found
    buffer_full,          ///< the bounds of the writer are reached, and it was not to wait
    group_corked,         ///< one before it in its message group was not accepted; `resume()` opens the group
    closed,               ///< the writer or reader was closed; the message was not sent
    lease_lost,           ///< the visibility timeout of a received message has passed: it is not ours any more
    cancelled,            ///< cancelled before it was sent
    resolve,              ///< the host name could not be resolved
    connection,           ///< no connection, or it broke
    tls,                  ///< the TLS handshake or the verification of the server failed
    timeout,              ///< a deadline passed
    unknown_outcome,      ///< it left, but no final answer came: it may or may not have been applied
    bad_reply,            ///< the answer could not be understood
    throttled,            ///< the service asked to slow down
    access_denied,        ///< signature, key or permission was refused
    bad_signature,        ///< a received message is not what SNS signed: do not trust it
    not_found,            ///< the queue, topic or subscription does not exist
    service_unavailable,  ///< the service failed (5xx)
    service_error,        ///< any other refusal by the service; see `service_code()`
};

SLUICE_API const boost::system::error_category& error_category() noexcept;
SLUICE_API boost::system::error_code make_error_code(errc code) noexcept;

/// A failure as a value. Coroutines inside sluice pass failures on as `result<T>`; public functions throw `error`.
struct SLUICE_API error_info {
    error_info() = default;
    error_info(errc what, std::string text) : code(what), message(std::move(text)) {}

    errc code = errc::service_error;
    std::string message; ///< human text: the service's own, or ours
    std::string
        service_code; ///< such as `AWS.SimpleQueueService.NonExistentQueue`; empty when the service did not answer
    std::string request_id;             ///< the service's id of the failed request; empty when there was no answer
    std::string operation;              ///< such as `SendMessageBatch`; empty when no request was made
    int http_status = 0;                ///< 0 when there was no answer
    int attempts = 0;                   ///< how often it was tried
    bool sender_fault = false;          ///< the service says that the request itself is at fault
    bool may_have_been_applied = false; ///< the request left and no answer told what became of it

    /// One line with everything that is known.
    [[nodiscard]] std::string describe() const;
};

/// Thrown by the public functions of sluice.
class SLUICE_API error : public boost::system::system_error {
  public:
    explicit error(error_info info);

    [[nodiscard]] const error_info& info() const noexcept { return info_; }
    [[nodiscard]] const std::string& service_code() const noexcept { return info_.service_code; }
    [[nodiscard]] const std::string& request_id() const noexcept { return info_.request_id; }
    [[nodiscard]] const std::string& operation() const noexcept { return info_.operation; }
    [[nodiscard]] int http_status() const noexcept { return info_.http_status; }
    [[nodiscard]] bool may_have_been_applied() const noexcept { return info_.may_have_been_applied; }

  private:
    error_info info_;
};

/// A value or the reason why there is none. `value()` throws `error`.
template<class T>
using result = boost::system::result<T, error_info>;

/// Found by `result::value()` through argument-dependent lookup.
[[noreturn]] SLUICE_API void throw_exception_from_error(const error_info& info, const boost::source_location& where);

} // namespace sluice

template<>
struct boost::system::is_error_code_enum<sluice::errc> : std::true_type {};
