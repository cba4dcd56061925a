// What the SNS and the SQS writer share: check, encode, batch, hand out results. They differ in a `destination_type`.
#pragma once

#include "client/asked_once.hpp"
#include "protocol/message_rules.hpp"
#include "service/encoded_batch.hpp"
#include "stream/batch_channel.hpp"

#include <sluice/message.hpp>
#include <sluice/session.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

using message_channel = batch_channel<service::encoded_entry, receipt>;

/// What a kind of destination is like.
struct destination_type {
    protocol::destination_kind kind = protocol::destination_kind::queue;
    std::size_t max_message_bytes = 0; ///< unless the options say otherwise
    std::size_t max_batch_bytes = 0;   ///< 0: as for one message
    result<void> (*check)(std::string_view destination) = nullptr;
    std::function<service::encoded_entry(const message&)> encode;
    message_channel::sender send; ///< one request for up to ten messages
    /// Asks for the attribute MaximumMessageSize.
    calls::asked_once<std::size_t>::ask_function read_max_message_bytes;
};

/// The attribute MaximumMessageSize among those of a queue or topic; `usual` when it has none.
result<std::size_t> max_message_bytes_of(const std::map<std::string, std::string>& attributes, std::size_t usual);

class base_writer {
  public:
    /// An empty destination: each message names its own. Throws `error`.
    base_writer(const session& session, std::string destination, destination_type type, const writer_options& options);

    boost::asio::awaitable<receipt> write(message content);
    boost::asio::awaitable<std::vector<result<receipt>>> write(std::vector<message> contents);
    boost::asio::awaitable<receipt> try_write(message content);
    boost::asio::awaitable<void> flush();
    boost::asio::awaitable<void> close(std::chrono::milliseconds patience);
    bool resume(const std::string& group, std::string destination);
    [[nodiscard]] writer_statistics statistics() const;

  private:
    /// Shared with the coroutines, which may outlive the writer.
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace sluice::stream
