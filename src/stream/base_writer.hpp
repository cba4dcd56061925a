// What the SNS and the SQS writer share: check, count, batch, hand out results. They differ in a `destination`.
#pragma once

#include "protocol/message_rules.hpp"
#include "stream/batch_channel.hpp"

#include <sluice/message.hpp>
#include <sluice/writer_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace sluice::stream {

using message_channel = batch_channel<message, receipt>;

struct destination {
    protocol::message_rules rules;
    std::size_t batch_bytes = 0;
    message_channel::sender send; ///< one request for up to ten messages
};

class base_writer : public std::enable_shared_from_this<base_writer> {
  public:
    base_writer(boost::asio::any_io_executor executor, destination target, const writer_options& options);

    boost::asio::awaitable<receipt> write(message content);
    boost::asio::awaitable<void> flush();
    boost::asio::awaitable<void> close(std::chrono::milliseconds patience);
    [[nodiscard]] writer_statistics statistics() const;

  private:
    protocol::message_rules rules_;
    std::shared_ptr<message_channel> channel_;
};

/// The same failure for every entry of a batch whose request failed as a whole.
template<class Value>
std::vector<result<Value>> all_failed(std::size_t count, const error_info& failure) {
    return std::vector<result<Value>>(count, result<Value>(failure));
}

} // namespace sluice::stream
