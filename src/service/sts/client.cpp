// The public operations of STS.
#include "service/generic_call.hpp"
#include "service/operation.hpp"
#include "service/sts/identity_operations.hpp"
#include "service/sts/role_operations.hpp"

#include <sluice/sts/client.hpp>

namespace sluice::sts {

namespace asio = boost::asio;

asio::awaitable<caller_identity> client::get_caller_identity(get_caller_identity_request request) const {
    return service::invoke_or_throw<operations::get_caller_identity>(caller_, std::move(request));
}

asio::awaitable<assume_role_reply> client::assume_role(assume_role_request request) const {
    return service::invoke_or_throw<operations::assume_role>(caller_, std::move(request));
}

asio::awaitable<assume_role_with_web_identity_reply>
client::assume_role_with_web_identity(assume_role_with_web_identity_request request) const {
    return service::invoke_or_throw<operations::assume_role_with_web_identity>(caller_, std::move(request));
}

asio::awaitable<get_session_token_reply> client::get_session_token(get_session_token_request request) const {
    return service::invoke_or_throw<operations::get_session_token>(caller_, std::move(request));
}

asio::awaitable<raw_reply> client::call(std::string operation, query_parameters parameters) const {
    return service::generic_call(caller_, calls::service_id::sts, std::move(operation), std::move(parameters));
}

} // namespace sluice::sts
