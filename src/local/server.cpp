#include "local/server.hpp"

#include "local/in_process_transport.hpp"
#include "local/tls_certificate.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// What only a mistake of the broker's own can cause: the client shall see it, the other clients shall go on.
http_answer internal_failure(const std::exception& why) {
    http_answer answer;
    answer.status = 500;
    answer.content_type = "text/plain";
    answer.request_id = make_uuid();
    answer.body = std::string("internal failure of the broker: ") + why.what() + "\n";
    return answer;
}

connection_rules rules_of(const broker_options& options) {
    connection_rules rules;
    rules.max_request_bytes = options.max_request_bytes;
    rules.deadlines = options.deadlines;
    const client_deadlines& all = options.deadlines;
    for (const auto one : {all.handshake, all.head, all.body, all.reply, all.rest}) {
        if (one < std::chrono::milliseconds(1) || one > std::chrono::hours(24)) {
            throw std::invalid_argument("embedded broker: a deadline of " + std::to_string(one.count()) +
                                        " ms: it must be 1 ms to 24 hours");
        }
    }
    return rules;
}

/// One request of any size always fits, also while its string grows.
std::size_t unfinished_limit(const broker_options& options) {
    return std::max(options.max_unfinished_bytes, 3 * options.max_request_bytes + (std::size_t(1) << 20));
}

http_answer no_admin() {
    http_answer answer;
    answer.status = 404;
    answer.content_type = "text/plain";
    answer.request_id = make_uuid();
    answer.body = "this broker has no admin path: broker_options::admin is false\n";
    return answer;
}

} // namespace

broker::server::server(const asio::any_io_executor& executor, broker_options options)
    : executor_(executor), options_(std::move(options)), unfinished_(unfinished_limit(options_)), core_([this] {
          // The core speaks under the mutex; the user's function must not be called there.
          broker_options own = options_;
          if (options_.log || options_.admin) own.log = [this](std::string_view line) { lines_.emplace_back(line); };
          return own;
      }()),
      acceptor_(executor), timer_(executor), accept_pause_(executor), sweep_(executor) {
    clock_.advance(std::chrono::duration_cast<std::chrono::milliseconds>(core_.clock_lead()));
    rules_ = rules_of(options_);
    if (options_.tls) {
        std::vector<std::string> regions{options_.region};
        regions.insert(regions.end(), options_.more_regions.begin(), options_.more_regions.end());
        tls_.emplace(*options_.tls, names_of_broker(options_.address, regions));
        rules_.tls = &*tls_;
    }
    if (options_.listen) listen();
    else endpoint_ = tls_ ? "https://localhost" : "http://localhost";
}

void broker::server::listen() {
    const tcp::endpoint wanted(asio::ip::make_address(options_.address), options_.port);
    acceptor_.open(wanted.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(wanted);
    acceptor_.listen();
    const tcp::endpoint bound = acceptor_.local_endpoint();
    loopback_ = bound.address().is_loopback();
    const std::string host = bound.address().to_string();
    endpoint_ = (tls_ ? "https://" : "http://") + (bound.address().is_v6() ? "[" + host + "]" : host) + ":" +
                std::to_string(bound.port());
}

void broker::server::start() {
    sender_ = std::make_unique<endpoint_sender>(executor_, options_.endpoint_ca,
                                                [weak = weak_from_this()](std::uint64_t id, const post_result& how) {
                                                    if (const auto self = weak.lock()) self->posted(id, how);
                                                });
    const std::lock_guard lock(mutex_);
    accept_next();
}

void broker::server::stop() {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
        error_code ignored;
        acceptor_.close(ignored);
        timer_.cancel();
        accept_pause_.cancel();
        sweep_.cancel();
        core_.commit_at_last(clock_.now());
        take_clients(after);
        after.lines = std::exchange(lines_, {});
    }
    after.requests.clear(); // the user's function may belong to what ends with the broker
    after.posts.clear();
    if (sender_) sender_->stop();
    settle(std::move(after));
}

void broker::server::take_clients(aftermath& after) {
    // The last reference to a connection must not go while the mutex is held: its end takes the mutex.
    after.cut.reserve(waiting_.size() + connections_.size());
    for (auto& [poll, one] : waiting_) {
        after.cut.push_back(std::move(one.who));
        conclude(one.request, nullptr);
        note(std::move(one.request), after);
    }
    waiting_.clear();
    for (const auto& [key, weak] : connections_) {
        if (auto one = weak.lock()) after.cut.push_back(std::move(one));
    }
}

std::map<std::string, queue_ledger> broker::server::ledger() {
    const std::lock_guard lock(mutex_);
    return core_.ledger(clock_.now());
}

void broker::server::ended(const connection* one) noexcept {
    unfinished_.release(one);
    const std::lock_guard lock(mutex_);
    connections_.erase(one);
}

call_outcome broker::server::handle(const http_call& call, const std::shared_ptr<answer_receiver>& from) {
    if (is_admin_path(call.path)) return handle_admin(call);
    observed request;
    if (observes(call)) request = begin(call);
    aftermath after;
    call_outcome outcome = carry_out(call, from, request, after);
    if (outcome.answer && request.wanted()) {
        conclude(request, &*outcome.answer);
        const std::lock_guard lock(mutex_);
        if (!stopped_) note(std::move(request), after);
    }
    settle(std::move(after));
    return outcome;
}

call_outcome broker::server::carry_out(const http_call& call, const std::shared_ptr<answer_receiver>& from,
                                       observed& request, aftermath& after) {
    call_outcome outcome;
    try {
        // Signature and decoding are most of the work: they run in parallel for different connections.
        auto accepted = core_.accept(call, clock_.now(), clock_.shown());
        if (auto* refused = std::get_if<http_answer>(&accepted)) {
            outcome.answer = std::move(*refused);
            if (request.wanted()) name(request.record, describe_refused(call));
            return outcome;
        }
        auto& decoded = std::get<accepted_call>(accepted);
        if (request.wanted()) name(request.record, describe(decoded));
        const std::lock_guard lock(mutex_);
        if (stopped_) {
            outcome.answer.emplace().fate = reply_fate::dropped;
            return outcome;
        }
        outcome = core_.carry_out(std::move(decoded), clock_.now());
        if (!outcome.answer) waiting_.emplace(outcome.poll, waiting_client{from, std::move(request)});
        if (outcome.restart) {
            core_.restart(*outcome.restart);
            take_clients(after);
        }
        collect(after);
    } catch (const std::exception& why) {
        outcome.answer = internal_failure(why);
    }
    return outcome;
}

call_outcome broker::server::handle_admin(const http_call& call) {
    observed request;
    if (options_.on_request && observes(call)) {
        request = begin(call);
        request.record.service = "admin";
        request.record.operation = call.method.substr(0, longest_fact);
        request.record.resource = call.path.substr(0, longest_fact);
    }
    call_outcome outcome;
    outcome.answer = options_.admin ? answer_admin(call, *this, loopback_) : no_admin();
    if (request.wanted()) {
        conclude(request, &*outcome.answer);
        options_.on_request(request.record);
    }
    return outcome;
}

std::optional<connection_end> broker::server::meet_connection() {
    const std::lock_guard lock(mutex_);
    if (stopped_) return connection_end::closed;
    return core_.faults().for_connection();
}

void broker::server::forget(poll_id poll) {
    aftermath after;
    std::shared_ptr<answer_receiver> last;
    {
        const std::lock_guard lock(mutex_);
        core_.forget(poll);
        auto node = waiting_.extract(poll);
        if (node.empty()) return;
        last = std::move(node.mapped().who);
        conclude(node.mapped().request, nullptr);
        note(std::move(node.mapped().request), after);
    }
    settle(std::move(after));
}

void broker::server::collect(aftermath& after) {
    for (finished_poll& finished : core_.take_finished()) {
        auto node = waiting_.extract(finished.id);
        if (node.empty()) continue;
        conclude(node.mapped().request, &finished.answer);
        note(std::move(node.mapped().request), after);
        after.answers.emplace_back(std::move(node.mapped().who), std::move(finished.answer));
    }
    if (!core_.wants_commit()) after.posts = core_.take_posts(); // no endpoint hears of what is not stored
    for (const std::string& line : lines_) activity_.note(line, clock_.now());
    after.lines = std::exchange(lines_, {});
    arm_timer();
    post_commit();
}

void broker::server::post_commit() {
    if (stopped_ || commit_posted_ || !core_.wants_commit()) return;
    commit_posted_ = true;
    // Behind the requests that are there already: their changes go along, so many of them cost one commit.
    asio::post(executor_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->commit();
    });
}

void broker::server::commit() {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        commit_posted_ = false;
        if (stopped_) return;
        core_.commit(clock_.now());
        collect(after);
    }
    settle(std::move(after));
}

void broker::server::posted(std::uint64_t id, const post_result& how) {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        core_.posted(id, how, clock_.now());
        collect(after);
    }
    settle(std::move(after));
}

void broker::server::settle(aftermath after) {
    for (endpoint_post& post : after.posts) sender_->send(std::move(post));
    for (auto& [client, answer] : after.answers) client->answer(std::move(answer));
    for (const auto& client : after.cut) client->close();
    if (options_.log) {
        for (const std::string& line : after.lines) options_.log(line);
    }
    for (const request_record& one : after.requests) options_.on_request(one);
}

void broker::server::arm_timer() {
    const auto next = core_.next_event();
    // A timer that fires too early finds nothing to do and is set again: cheaper than to move it with every message.
    if (stopped_ || !next || (armed_ && *armed_ <= *next)) return;
    armed_ = next;
    const auto pause = std::max(*next - clock_.now(), time_point::duration::zero());
    timer_.expires_after(std::chrono::ceil<std::chrono::milliseconds>(pause));
    timer_.async_wait([weak = weak_from_this()](const error_code& failure) {
        if (failure) return;
        if (const auto self = weak.lock()) self->on_timer();
    });
}

void broker::server::on_timer() {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        armed_.reset();
        core_.advance(clock_.now());
        collect(after);
    }
    settle(std::move(after));
}

void broker::server::advance(std::chrono::milliseconds by) {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        clock_.advance(by);
        core_.set_clock_lead(clock_.ahead());
        core_.advance(clock_.now());
        core_.commit(clock_.now());
        armed_.reset(); // it was set for the time before
        collect(after);
    }
    settle(std::move(after));
}

void broker::server::restart(restart_memory memory) {
    aftermath after;
    {
        const std::lock_guard lock(mutex_);
        core_.restart(memory);
        core_.commit(clock_.now());
        take_clients(after);
        collect(after);
    }
    settle(std::move(after));
}

bool broker::server::expire_visibility(std::string_view queue_name) {
    aftermath after;
    bool known = false;
    {
        const std::lock_guard lock(mutex_);
        const auto now = clock_.now();
        core_.advance(now);
        known = core_.expire_visibility(queue_name, now);
        core_.commit(now);
        collect(after);
    }
    settle(std::move(after));
    return known;
}

fault_id broker::server::add_fault(fault_rule rule) {
    const std::lock_guard lock(mutex_);
    return core_.faults().add(std::move(rule));
}

bool broker::server::remove_fault(fault_id id) {
    const std::lock_guard lock(mutex_);
    return core_.faults().remove(id);
}

void broker::server::clear_faults() {
    const std::lock_guard lock(mutex_);
    core_.faults().clear();
}

std::vector<listed_fault> broker::server::faults() {
    const std::lock_guard lock(mutex_);
    return core_.faults().list();
}

} // namespace sluice::local
