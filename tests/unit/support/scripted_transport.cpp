#include "support/scripted_transport.hpp"

#include <algorithm>
#include <charconv>

namespace unit_tests {
namespace {

using sluice::errc;
using sluice::error_info;
using sluice::http_reply;
using sluice::http_request;
using sluice::result;

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            unsigned byte = 0;
            std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
            out += static_cast<char>(byte);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

} // namespace

std::string seen_call::parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

std::size_t seen_call::entries(const std::string& list_name) const {
    std::size_t count = 0;
    const auto begins = [&](const auto& parameter) {
        return parameter.first.starts_with(list_name + "." + std::to_string(count + 1) + ".");
    };
    while (std::ranges::any_of(parameters, begins)) ++count;
    return count;
}

std::map<std::string, std::string> parse_form(std::string_view body) {
    std::map<std::string, std::string> parameters;
    while (!body.empty()) {
        const std::string_view pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(body.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        parameters[percent_decoded(pair.substr(0, equals))] = percent_decoded(value);
    }
    return parameters;
}

seen_call read_call(http_request request) {
    seen_call call;
    for (const auto& [name, value] : request.headers) {
        if (name == "X-Amz-Target") call.operation = value.substr(value.rfind('.') + 1);
    }
    if (call.operation.empty()) {
        call.parameters = parse_form(request.body);
        call.operation = call.parameter("Action");
    }
    call.request = std::move(request);
    return call;
}

scripted_step& scripted_step::reply(int status, std::string body) {
    http_reply made;
    made.status = status;
    made.body = std::move(body);
    return answer([made](const seen_call&) { return result<http_reply>(made); });
}

scripted_step& scripted_step::fail(errc code, bool may_have_been_applied) {
    error_info failure(code, "scripted failure");
    failure.may_have_been_applied = may_have_been_applied;
    return answer([failure](const seen_call&) { return result<http_reply>(failure); });
}

scripted_step& scripted_step::answer(answer_function make) {
    answer_ = std::move(make);
    return *this;
}

scripted_step& scripted_transport::expect(std::string operation) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(scripted_step(std::move(operation)));
    return steps_.back();
}

bool scripted_transport::release() {
    const std::lock_guard lock(mutex_);
    if (held_.empty()) return false;
    held_.front()->event.set();
    held_.pop_front();
    return true;
}

void scripted_transport::release_all() {
    while (release()) {}
}

void scripted_transport::hold_nothing_more() {
    {
        const std::lock_guard lock(mutex_);
        hold_nothing_ = true;
    }
    release_all();
}

std::vector<seen_call> scripted_transport::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

std::vector<std::string> scripted_transport::operations() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const seen_call& call : calls_) names.push_back(call.operation);
    return names;
}

std::vector<std::string> scripted_transport::unexpected() const {
    const std::lock_guard lock(mutex_);
    return unexpected_;
}

std::size_t scripted_transport::held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
}

std::size_t scripted_transport::steps_left() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(steps_, [](const scripted_step& step) {
        return step.left_ > 0 && step.left_ < static_cast<std::size_t>(-1) / 2;
    }));
}

scripted_transport::plan scripted_transport::find(http_request request) {
    plan planned;
    planned.call = read_call(std::move(request));
    const std::lock_guard lock(mutex_);
    calls_.push_back(planned.call);
    const auto step = std::ranges::find_if(steps_, [&](const scripted_step& candidate) {
        return candidate.left_ > 0 && candidate.operation_ == planned.call.operation;
    });
    if (step == steps_.end()) {
        unexpected_.push_back(planned.call.operation);
        planned.answer = [](const seen_call& call) {
            http_reply refusal;
            refusal.status = 400;
            refusal.body = "<ErrorResponse><Error><Type>Sender</Type><Code>NotInTheScript</Code><Message>" +
                           call.operation + "</Message></Error></ErrorResponse>";
            return result<http_reply>(refusal);
        };
        return planned;
    }
    --step->left_;
    planned.answer = step->answer_;
    if (step->held_ && !hold_nothing_) {
        planned.wait = std::make_shared<held_call>(executor_);
        held_.push_back(planned.wait);
    }
    return planned;
}

boost::asio::awaitable<result<http_reply>> scripted_transport::send(http_request request) {
    return play(find(std::move(request)));
}

boost::asio::awaitable<result<http_reply>> scripted_transport::play(plan planned) {
    if (planned.wait) {
        co_await planned.wait->event.wait_until(std::chrono::steady_clock::time_point::max());
        if (!planned.wait->event.is_set()) { // as a real transport: it left, and nobody heard the answer
            const std::lock_guard lock(mutex_);
            std::erase(held_, planned.wait);
            error_info failure(errc::unknown_outcome, "cancelled");
            failure.may_have_been_applied = true;
            co_return result<http_reply>(std::move(failure));
        }
    }
    co_return planned.answer(planned.call);
}

} // namespace unit_tests
