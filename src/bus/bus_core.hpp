// What all copies of a bus, its consumers and their contexts share: writers, envelope formats, and requests that wait.
#pragma once

#include "bus/dispatch.hpp"
#include "bus/reply_inbox.hpp"

#include <sluice/bus/command_traits.hpp>
#include <sluice/bus/send_options.hpp>
#include <sluice/command_bus.hpp>
#include <sluice/error.hpp>
#include <sluice/message.hpp>
#include <sluice/session.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace sluice::bus {

/// Throws `error` with `errc::invalid_argument` for options out of range.
command_bus_options checked(command_bus_options options);

class bus_core : public std::enable_shared_from_this<bus_core> {
  public:
    /// Who is sent to: queues by commands, topics by events.
    enum class kind { command, event };

    bus_core(const session& session, command_bus_options options);

    /// `cause`: the command that is being handled, or null.
    boost::asio::awaitable<command_receipt> send(kind what, detail::encoded_payload content, send_options options,
                                                 const bus_envelope* cause);
    boost::asio::awaitable<bus_envelope> request(detail::encoded_payload content, std::chrono::milliseconds patience,
                                                 send_options options);
    /// In the format that the command came in.
    boost::asio::awaitable<result<void>> reply(std::shared_ptr<const envelope_format> format, bus_envelope reply,
                                               std::string queue_url);

    boost::asio::awaitable<void> close(std::chrono::milliseconds patience);
    void abandon() { inbox_->abandon(); }
    bool resume(const std::string& aggregate, std::string destination);

    [[nodiscard]] command_bus_statistics statistics() const;
    [[nodiscard]] const session& used_session() const noexcept { return session_; }
    [[nodiscard]] const command_bus_options& options() const noexcept { return options_; }

  private:
    /// On its way: what the bus has made of a payload.
    class outgoing {
      public:
        outgoing() = default;

        std::string id;
        std::string group;     ///< empty: not FIFO
        bool is_alone = false; ///< in a group that nothing else is in
        std::string to;
        message content;
    };

    result<outgoing> prepare(kind what, detail::encoded_payload content, const send_options& options,
                             const bus_envelope* cause, std::string reply_to) const;
    [[nodiscard]] result<std::string> destination_of(kind what, const std::string& type,
                                                     const send_options& options) const;
    [[nodiscard]] result<message> message_of(bus_envelope envelope) const;

    static boost::asio::awaitable<command_receipt> run_send(std::shared_ptr<bus_core> self, kind what, outgoing one,
                                                            bool uncork);
    static boost::asio::awaitable<command_receipt> run_refused(error_info why);
    static boost::asio::awaitable<result<void>> refused(error_info why);
    static boost::asio::awaitable<bus_envelope> run_request(std::shared_ptr<bus_core> self,
                                                            detail::encoded_payload content,
                                                            std::chrono::milliseconds patience, send_options options);
    static boost::asio::awaitable<result<void>> run_request_send(std::shared_ptr<bus_core> self, outgoing one);
    static boost::asio::awaitable<result<void>> run_reply(std::shared_ptr<bus_core> self, message content);
    static boost::asio::awaitable<void> await_close(std::shared_ptr<bus_core> self, std::chrono::milliseconds patience);
    static boost::asio::awaitable<void> run_close(std::shared_ptr<bus_core> self, std::chrono::milliseconds patience);
    boost::asio::awaitable<result<receipt>> write(kind what, message content);

    session session_;
    command_bus_options options_;
    sqs::writer commands_;
    sqs::writer replies_;
    sns::writer events_;
    std::shared_ptr<reply_inbox> inbox_;
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> published_{0};
    std::atomic<std::uint64_t> failed_{0};
};

} // namespace sluice::bus
