#include "local/in_process_transport.hpp"

#include "transport/one_shot_event.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;

namespace {

/// Who waits for a poll's answer, in place of a connection. The broker may keep it for longer than the caller and its
/// executor live: it must own nothing of theirs.
class waiting_call final : public answer_receiver {
  public:
    explicit waiting_call(one_shot_event& ended) : ended_(&ended) {}

    void answer(http_answer answer) override {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        if (ended_ != nullptr) ended_->set();
    }
    void close() override {
        const std::lock_guard lock(mutex_);
        if (ended_ != nullptr) ended_->set();
    }
    /// The caller goes.
    void leave() {
        const std::lock_guard lock(mutex_);
        ended_ = nullptr;
    }
    [[nodiscard]] std::optional<http_answer> take_answer() {
        const std::lock_guard lock(mutex_);
        return std::exchange(answer_, std::nullopt);
    }

  private:
    std::mutex mutex_;
    one_shot_event* ended_; ///< in the caller's frame; null when that is gone
    std::optional<http_answer> answer_;
};

/// In the caller's frame: however that ends, nobody sets its event afterwards.
struct waiting_caller {
    explicit waiting_caller(const asio::any_io_executor& executor)
        : ended(executor), receiver(std::make_shared<waiting_call>(ended)) {}
    waiting_caller(const waiting_caller&) = delete;
    waiting_caller& operator=(const waiting_caller&) = delete;
    ~waiting_caller() { receiver->leave(); }

    one_shot_event ended;
    std::shared_ptr<waiting_call> receiver;
};

error_info broken(errc code, std::string what, bool may_have_been_applied = true) {
    error_info info(code, "the embedded broker: " + std::move(what));
    info.may_have_been_applied = may_have_been_applied;
    return info;
}

http_call make_call(const http_request& request, const std::string& host, std::string_view client) {
    http_call call;
    call.client = client;
    call.method = request.method;
    const std::string_view target = request.target;
    const auto mark = target.find('?');
    call.path = target.substr(0, mark);
    if (mark != std::string_view::npos) call.query = target.substr(mark + 1);
    call.headers.push_back({"Host", host});
    for (const http_header& one : request.headers) call.headers.push_back({one.name, one.value});
    call.body = request.body;
    call.secure = request.origin.tls;
    return call;
}

/// What a client on a socket would make of the answer.
result<http_reply> conclude(http_answer answer, const http_request& request, time_point date) {
    switch (answer.fate) {
    case reply_fate::dropped: return broken(errc::connection, "no reply came");
    case reply_fate::cut: return broken(errc::connection, "the connection broke in the middle of the reply");
    case reply_fate::garbage: return broken(errc::bad_reply, "the reply is no HTTP");
    case reply_fate::whole: break;
    }
    if (answer.body.size() > request.max_reply_bytes) {
        return broken(errc::bad_reply, "the reply has " + std::to_string(answer.body.size()) +
                                           " bytes, more than the " + std::to_string(request.max_reply_bytes) +
                                           " that are allowed");
    }
    http_reply reply;
    reply.status = answer.status;
    reply.headers.emplace_back("x-amzn-RequestId", answer.request_id);
    if (!answer.query_error.empty()) reply.headers.emplace_back("x-amzn-query-error", answer.query_error);
    reply.headers.emplace_back("Date", http_date(date));
    for (auto& [name, value] : answer.more_headers) reply.headers.emplace_back(std::move(name), std::move(value));
    reply.headers.emplace_back("Content-Type", answer.content_type);
    reply.body = std::move(answer.body);
    return reply;
}

error_info gone() { return broken(errc::connection, "it has ended", false); }

/// The answer, or the id of what it waits for.
call_outcome begin(const std::shared_ptr<call_handler>& handler, const http_request& request,
                   const std::shared_ptr<waiting_call>& waiting, std::string_view client) {
    const std::string host = request.origin.host_header();
    return handler->handle(make_call(request, host, client), waiting);
}

asio::awaitable<result<http_reply>> run(std::weak_ptr<call_handler> broker, http_request request,
                                        std::string_view client) {
    // Failures as values, the cancelled ones too.
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    // As over a socket, others get their turn before the reply is there.
    co_await asio::post(executor, asio::use_awaitable);
    waiting_caller waiting(executor);
    poll_id poll = 0;
    {
        const auto handler = broker.lock();
        if (!handler) co_return result<http_reply>(gone());
        if (handler->meet_connection()) {
            co_return result<http_reply>(broken(errc::connection, "the connection was refused", false));
        }
        call_outcome outcome = begin(handler, request, waiting.receiver, client);
        if (outcome.answer) co_return conclude(std::move(*outcome.answer), request, handler->date());
        poll = outcome.poll;
    }
    const auto deadline = std::min(request.deadline, std::chrono::steady_clock::now() + request.timeout);
    const auto woken = co_await waiting.ended.wait_until(deadline);
    const auto handler = broker.lock();
    if (!handler) co_return result<http_reply>(broken(errc::connection, "it ended before the reply"));
    if (!waiting.ended.is_set()) handler->forget(poll);
    if (auto answer = waiting.receiver->take_answer()) co_return conclude(std::move(*answer), request, handler->date());
    if (waiting.ended.is_set()) {
        co_return result<http_reply>(broken(errc::connection, "it stopped or restarted before the reply"));
    }
    if (std::get<0>(woken)) co_return result<http_reply>(broken(errc::unknown_outcome, "cancelled before the reply"));
    co_return result<http_reply>(broken(errc::timeout, "no reply in time"));
}

} // namespace

asio::awaitable<result<http_reply>> in_process_transport::send(http_request request) {
    return run(handler_, std::move(request), client_);
}

} // namespace sluice::local
