// Success for every entry of a batch: the cheapest service that a client's checks accept.
#pragma once

#include <string>
#include <string_view>

namespace bench {

/// The reply to SendMessageBatch, PublishBatch or another batch operation as a Query form: for each entry its id, a
/// message id that was never given before, and the right MD5 sums. Empty for what is no batch.
std::string canned_reply(std::string_view form);

} // namespace bench
