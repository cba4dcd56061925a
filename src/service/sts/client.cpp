// The public operations, and the only place where their codecs are instantiated.
#include "service/operation_codec.hpp"
#include "service/sts/identity_operations.hpp"

#include <sluice/sts/client.hpp>

namespace sluice::sts {

namespace asio = boost::asio;

asio::awaitable<caller_identity> client::get_caller_identity(get_caller_identity_request request) const {
    return service::invoke_or_throw<operations::get_caller_identity>(caller_, std::move(request));
}

} // namespace sluice::sts

namespace sluice::service {

#define SLUICE_INSTANTIATE(operation)                                                                                  \
    template std::string encode_body<operation>(const operation::request&, wire_protocol);                             \
    template result<operation::reply> decode_reply<operation>(const http_reply&, const operation::request&,            \
                                                              wire_protocol);

SLUICE_INSTANTIATE(sts::operations::get_caller_identity)

#undef SLUICE_INSTANTIATE

} // namespace sluice::service
