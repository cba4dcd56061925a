// Batches of messages that were encoded when they were written: sent in whatever batch, at whatever place and however
// often, they are only copied.
#pragma once

#include "client/caller.hpp"
#include "protocol/short_text.hpp"

#include <sluice/error.hpp>
#include <sluice/message.hpp>
#include <sluice/wire_protocol.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::service {

/// The members of a batch entry, without its place and id, and the sums that the service must state of it. A sum that
/// is empty is not checked.
struct encoded_entry {
    std::string members;
    protocol::md5_text md5_of_body;
    protocol::md5_text md5_of_attributes;
    protocol::md5_text md5_of_system_attributes;
};

encoded_entry encode_queue_entry(const message& from, wire_protocol protocol);
encoded_entry encode_topic_entry(const message& from);

/// The whole body of the request.
std::string encode_queue_batch(const std::string& queue_url, const std::vector<const encoded_entry*>& entries,
                               wire_protocol protocol);
std::string encode_topic_batch(const std::string& topic_arn, const std::vector<const encoded_entry*>& entries);

/// One result for each entry, in their order. A batch that the service finds too long is sent in halves. The entries
/// must stay until the end.
boost::asio::awaitable<std::vector<result<receipt>>> send_queue_batch(std::shared_ptr<calls::caller> caller,
                                                                      std::string queue_url,
                                                                      std::vector<const encoded_entry*> entries);
boost::asio::awaitable<std::vector<result<receipt>>> publish_topic_batch(std::shared_ptr<calls::caller> caller,
                                                                         std::string topic_arn,
                                                                         std::vector<const encoded_entry*> entries);

} // namespace sluice::service
