// Deletes and visibility changes: two more uses of the batch channel.
#pragma once

#include "stream/batch_channel.hpp"

#include <sluice/sqs/operations.hpp>

#include <memory>
#include <string>

namespace sluice {
class session_state;
}

namespace sluice::stream {

using delete_channel = batch_channel<std::string, void>; ///< entries are receipt handles
using visibility_channel = batch_channel<sqs::visibility_change, void>;

inline addressed_entry<std::string> addressed(std::string receipt_handle) {
    addressed_entry<std::string> made;
    made.bytes = receipt_handle.size();
    made.entry = std::move(receipt_handle);
    return made;
}
inline addressed_entry<sqs::visibility_change> addressed(sqs::visibility_change change) {
    addressed_entry<sqs::visibility_change> made;
    made.bytes = change.receipt_handle.size();
    made.entry = std::move(change);
    return made;
}

std::shared_ptr<delete_channel> make_delete_channel(const std::shared_ptr<session_state>& session,
                                                    const std::string& queue, std::chrono::milliseconds linger);
std::shared_ptr<visibility_channel> make_visibility_channel(const std::shared_ptr<session_state>& session,
                                                            const std::string& queue, std::chrono::milliseconds linger);

} // namespace sluice::stream
