#include "support/queue_model.hpp"

#include <algorithm>

namespace local_tests {
namespace {

constexpr std::int64_t five_minutes = 300'000;
constexpr std::int64_t twelve_hours = 43'200'000;

} // namespace

void queue_model::pass(std::int64_t now) {
    std::erase_if(messages_, [&](const model_message& one) { return one.sent + settings_.retention <= now; });
    for (model_message& one : messages_) {
        if (one.hidden_until <= now) one.in_flight = false;
    }
    for (model_message& one : messages_) {
        if (one.hidden_until <= now) one.hidden_until = 0;
    }
    std::erase_if(seen_, [&](const auto& one) { return one.second.first + five_minutes <= now; });
    std::erase_if(attempts_, [&](const auto& one) { return one.second.when + five_minutes <= now; });
}

model_message* queue_model::find(const std::string& body) {
    const auto found = std::ranges::find(messages_, body, &model_message::body);
    return found == messages_.end() ? nullptr : &*found;
}

std::string queue_model::send(const model_message& message, const std::string& deduplication_id, std::int64_t delay,
                              std::int64_t now) {
    pass(now);
    if (settings_.fifo) {
        const auto first = seen_.find(deduplication_id);
        if (first != seen_.end()) return first->second.second;
        seen_[deduplication_id] = {now, message.body};
    }
    model_message& kept = messages_.emplace_back(message);
    if (kept.sent == 0) kept.sent = now;
    kept.hidden_until = delay > 0 ? now + delay : 0;
    return message.body;
}

bool queue_model::is_blocked(const std::string& group) const {
    return std::ranges::any_of(messages_,
                               [&](const model_message& one) { return one.group == group && one.in_flight; });
}

std::vector<model_message*> queue_model::next(std::size_t max) {
    for (auto at = messages_.begin(); at != messages_.end(); ++at) {
        if (at->hidden_until != 0) continue;
        if (!settings_.fifo) return {&*at};
        const bool first_of_group =
            std::none_of(messages_.begin(), at, [&](const model_message& one) { return one.group == at->group; });
        if (!first_of_group || is_blocked(at->group)) continue;
        std::vector<model_message*> run;
        for (auto next = at; next != messages_.end() && run.size() < max; ++next) {
            if (next->group != at->group) continue;
            if (next->hidden_until != 0) break;
            run.push_back(&*next);
        }
        return run;
    }
    return {};
}

std::optional<std::vector<std::string>> queue_model::repeat(const std::string& attempt_id, std::int64_t until,
                                                            std::int64_t now) {
    const auto found = attempts_.find(attempt_id);
    if (found == attempts_.end()) return std::nullopt;
    std::vector<std::string> bodies;
    for (const auto& [body, handle] : found->second.got) {
        const model_message* const one = find(body);
        if (one == nullptr || one->handle != handle || !one->in_flight) {
            attempts_.erase(found);
            return std::nullopt;
        }
        bodies.push_back(body);
    }
    for (const std::string& body : bodies) {
        find(body)->hidden_until = until > now ? until : 0;
        if (until <= now) find(body)->in_flight = false;
    }
    return bodies;
}

std::vector<std::string> queue_model::receive(std::size_t max, std::optional<std::int64_t> visibility,
                                              const std::string& attempt_id, std::int64_t now,
                                              queue_model* dead_letters) {
    pass(now);
    const std::int64_t until = now + visibility.value_or(settings_.visibility);
    learning_.clear();
    if (!attempt_id.empty()) {
        if (auto again = repeat(attempt_id, until, now)) return *again;
    }
    std::vector<std::string> bodies;
    for (auto run = next(max); !run.empty() && bodies.size() < max; run = next(max - bodies.size())) {
        for (model_message* const one : run) {
            if (settings_.max_receives > 0 && one->receives >= settings_.max_receives) {
                model_message dead = *one;
                if (settings_.fifo) dead.sent = now;
                dead.in_flight = false;
                dead_letters->messages_.push_back(dead);
                std::erase_if(messages_, [&](const model_message& other) { return other.body == dead.body; });
                continue;
            }
            ++one->receives;
            one->last_received = now;
            one->in_flight = true;
            // Even with a timeout of zero it is not seen twice in one receive.
            one->hidden_until = std::max(until, now + 1);
            bodies.push_back(one->body);
        }
    }
    for (const std::string& body : bodies) {
        if (until <= now) {
            find(body)->hidden_until = 0;
            find(body)->in_flight = false;
        }
    }
    if (!attempt_id.empty() && !bodies.empty()) {
        learning_ = attempt_id;
        attempts_[attempt_id] = {now, {}};
    }
    return bodies;
}

void queue_model::learn(const std::string& body, const std::string& handle) {
    find(body)->handle = handle;
    if (!learning_.empty()) attempts_[learning_].got.emplace_back(body, handle);
}

model_refusal queue_model::remove(const std::string& body, const std::string& handle, std::int64_t now) {
    pass(now);
    const model_message* const one = find(body);
    if (one == nullptr) return model_refusal::none;
    const bool latest = one->handle == handle;
    if (settings_.fifo && (!latest || !one->in_flight)) return model_refusal::expired_handle;
    if (latest) std::erase_if(messages_, [&](const model_message& other) { return other.body == body; });
    return model_refusal::none;
}

model_refusal queue_model::change_visibility(const std::string& body, const std::string& handle, std::int64_t timeout,
                                             std::int64_t now) {
    pass(now);
    model_message* const one = find(body);
    if (one == nullptr) return model_refusal::no_such_message;
    if (!one->in_flight || one->handle != handle) return model_refusal::not_in_flight;
    if (now + timeout > one->last_received + twelve_hours) return model_refusal::beyond_limit;
    one->hidden_until = timeout == 0 ? 0 : now + timeout;
    one->in_flight = timeout != 0;
    for (auto& [id, one_attempt] : attempts_) { // touched: the attempt cannot be repeated
        for (auto& [touched, known] : one_attempt.got) {
            if (touched == body) known = "touched";
        }
    }
    return model_refusal::none;
}

std::uint64_t queue_model::receives_of(const std::string& body) const {
    const auto found = std::ranges::find(messages_, body, &model_message::body);
    return found == messages_.end() ? 0 : found->receives;
}

std::size_t queue_model::visible(std::int64_t now) {
    pass(now);
    return static_cast<std::size_t>(
        std::ranges::count_if(messages_, [](const model_message& one) { return one.hidden_until == 0; }));
}

std::size_t queue_model::in_flight(std::int64_t now) {
    pass(now);
    return static_cast<std::size_t>(std::ranges::count_if(messages_, &model_message::in_flight));
}

std::size_t queue_model::size(std::int64_t now) {
    pass(now);
    return messages_.size();
}

} // namespace local_tests
