// One client's connection: HTTP/1.1 requests in, one at a time, and their answers out.
#pragma once

#include "local/call_handler.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::local {

class connection;

/// Who keeps account of connections.
class connection_owner : public call_handler {
  public:
    /// A request could not be read, and gets this answer.
    virtual void refused(std::string_view client, const http_answer& answer) = 0;
    /// A connection ends; it is inside its destructor.
    virtual void ended(const connection* one) noexcept = 0;
};

class connection final : public answer_receiver, public std::enable_shared_from_this<connection> {
  public:
    using strand = boost::asio::strand<boost::asio::any_io_executor>;
    using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, strand>;

    connection(socket client, std::shared_ptr<connection_owner> handler, std::size_t max_request_bytes);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() override;

    void start();
    /// Instead of `start`: a fault rule wants the connection to end before anything is read.
    void refuse_unread(connection_end ending);
    /// From any thread: the answer to the poll that this connection waits with.
    void answer(http_answer answer) override;
    /// From any thread. A request under way ends unanswered.
    void close() override;

  private:
    struct incoming; ///< the request as far as it has been read; Beast stays in the .cpp

    void read();
    void take(std::size_t bytes);
    void allow_body();
    void handle_request();
    void respond(const http_answer& answer);
    /// The answer never arrives whole: a fault rule wants it so.
    void respond_spoiled(const http_answer& answer);
    void refuse(const boost::system::error_code& why);
    void refuse(const http_answer& answer);
    /// Reads on without looking, so that a client that is still sending gets the refusal and not a reset.
    void drain(std::size_t bytes_left);
    /// While a poll waits, the client may go away: messages must not be taken for it then.
    void watch_client();
    void end(connection_end ending = connection_end::closed);

    socket socket_;
    std::shared_ptr<connection_owner> handler_;
    std::size_t max_request_bytes_;
    std::unique_ptr<incoming> incoming_;
    std::string outgoing_;
    std::string client_;    ///< its address, for logs
    poll_id waits_for_ = 0; ///< 0: no poll
    bool keep_alive_ = true;
};

} // namespace sluice::local
