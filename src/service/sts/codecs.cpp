// The codecs of the typed operations of STS: the only place where they are instantiated.
#include "service/operation_codec.hpp"
#include "service/sts/identity_operations.hpp"
#include "service/sts/role_operations.hpp"

namespace sluice::service {

SLUICE_INSTANTIATE_OPERATION(sts::operations::assume_role)
SLUICE_INSTANTIATE_OPERATION(sts::operations::assume_role_with_web_identity)
SLUICE_INSTANTIATE_OPERATION(sts::operations::get_caller_identity)
SLUICE_INSTANTIATE_OPERATION(sts::operations::get_session_token)

} // namespace sluice::service
