#include "session/sts_calls.hpp"

#include "client/endpoint_rules.hpp"
#include "service/operation.hpp"
#include "service/sts/role_operations.hpp"

namespace sluice {
namespace {

using boost::asio::awaitable;

std::string session_name_of(const std::string& given) {
    if (!given.empty()) return given;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return "sluice-" + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// `arn:aws:sts::ACCOUNT:assumed-role/…`.
std::string account_of(std::string_view arn) {
    for (int colon = 0; colon < 4; ++colon) {
        const auto at = arn.find(':');
        if (at == std::string_view::npos) return {};
        arn.remove_prefix(at + 1);
    }
    return std::string(arn.substr(0, arn.find(':')));
}

/// Only words: its codes belong to another call than the one that needs the keys.
error_info in_words(const error_info& failure, const std::string& role_arn) {
    return error_info(errc::credentials, "cannot take on the role " + role_arn + ": " + failure.describe());
}

template<class Operation>
awaitable<result<credentials>> take_on(boost::asio::any_io_executor executor, calls::caller_options options,
                                       typename Operation::request request) {
    const std::string role_arn = request.role_arn;
    auto broken = service::check_request<Operation>(request);
    if (broken) co_return result<credentials>(in_words(*broken, role_arn));
    if (options.region.empty()) {
        co_return result<credentials>(in_words(calls::resolve_endpoint(calls::endpoint_request()).error(), role_arn));
    }
    auto caller = std::make_shared<calls::caller>(executor, std::move(options));
    auto calling = service::invoke<Operation>(std::move(caller), std::move(request));
    auto reply = co_await std::move(calling);
    if (!reply) co_return result<credentials>(in_words(reply.error(), role_arn));
    reply->keys.account_id = account_of(reply->user.arn);
    co_return result<credentials>(std::move(reply->keys));
}

} // namespace

awaitable<result<credentials>> sts_calls::assume_role(credentials keys, sts::assume_role_request request) const {
    request.session_name = session_name_of(request.session_name);
    calls::caller_options options = options_;
    options.credentials = static_credentials(std::move(keys));
    return take_on<sts::operations::assume_role>(executor_, std::move(options), std::move(request));
}

awaitable<result<credentials>> sts_calls::assume_role(credentials keys, role_settings role) const {
    sts::assume_role_request request(role.role_arn, role.session_name);
    request.external_id = role.external_id;
    request.duration = role.duration;
    return assume_role(std::move(keys), std::move(request));
}

awaitable<result<credentials>> sts_calls::assume_role_with_token(std::string token, role_settings role) const {
    sts::assume_role_with_web_identity_request request(role.role_arn, session_name_of(role.session_name),
                                                       std::move(token));
    request.duration = role.duration;
    return take_on<sts::operations::assume_role_with_web_identity>(executor_, options_, std::move(request));
}

} // namespace sluice
