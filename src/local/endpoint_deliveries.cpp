#include "local/endpoint_deliveries.hpp"

#include <chrono>
#include <cmath>

namespace sluice::local {
namespace {

enum class verdict { delivered, again, permanent };

/// Source: SNS developer guide, "Creating an HTTP/S delivery policy": all 5XX errors and 429 are tried again, all
/// others are permanent. Without an answer (no connection, no valid certificate, a timeout) it is tried again.
verdict judge(int status) {
    if (status >= 200 && status < 300) return verdict::delivered;
    if (status == 0 || status == 429 || (status >= 500 && status < 600)) return verdict::again;
    return verdict::permanent;
}

std::string seconds_text(std::chrono::nanoseconds time) {
    const auto tenths = std::llround(std::chrono::duration<double>(time).count() * 10);
    return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " s";
}

} // namespace

std::string endpoint_deliveries::add(endpoint_delivery what, time_point now) {
    lane& of = lanes_[what.subscription_arn];
    if (of.messages >= bounds_.messages) {
        return std::to_string(of.messages) + " messages wait for this endpoint already";
    }
    if (of.bytes + what.body.size() > bounds_.bytes) {
        return std::to_string(of.bytes) + " bytes wait for this endpoint already";
    }
    if (bytes_ + what.body.size() > bounds_.bytes_of_all) {
        return std::to_string(bytes_) + " bytes wait for all endpoints already";
    }
    ++of.messages;
    of.bytes += what.body.size();
    bytes_ += what.body.size();
    retry_schedule schedule(what.policy.retries, now);
    waiting_.emplace(now, attempt{std::move(what), schedule});
    advance(now);
    return {};
}

void endpoint_deliveries::advance(time_point now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        auto node = waiting_.extract(waiting_.begin());
        attempt& one = node.mapped();
        lane& of = lanes_.at(one.what.subscription_arn);
        if (one.what.policy.max_receives_per_second && !one.may_start) {
            one.may_start = true;
            const auto apart =
                std::chrono::nanoseconds(std::chrono::seconds(1)) / *one.what.policy.max_receives_per_second;
            const time_point turn = std::max(now, of.next_turn);
            of.next_turn = turn + std::chrono::duration_cast<time_point::duration>(apart);
            if (turn > now) {
                node.key() = turn;
                waiting_.insert(std::move(node));
                continue;
            }
        }
        if (of.running >= bounds_.running) of.at_cap.push_back(std::move(one));
        else start(std::move(one), of);
    }
}

void endpoint_deliveries::start(attempt one, lane& of) {
    ++of.running;
    endpoint_post post;
    post.id = ++last_id_;
    post.to = one.what.to;
    post.headers = one.what.headers;
    post.body = one.what.body;
    running_.emplace(post.id, std::move(one));
    posts_.push_back(std::move(post));
}

void endpoint_deliveries::drop(lane& of, const attempt& one) {
    --of.messages;
    of.bytes -= one.what.body.size();
    bytes_ -= one.what.body.size();
}

std::optional<delivery_step> endpoint_deliveries::finished(std::uint64_t id, const post_result& how, time_point now) {
    auto node = running_.extract(id);
    if (node.empty()) return std::nullopt;
    attempt one = std::move(node.mapped());
    lane& of = lanes_.at(one.what.subscription_arn);
    --of.running;
    delivery_step step;
    const verdict found = judge(how.status);
    if (found == verdict::delivered) {
        drop(of, one);
    } else {
        const std::string why = how.status == 0 ? how.failure : "HTTP status " + std::to_string(how.status);
        step.line = "message " + one.what.message_id + " did not reach " + one.what.url + ": " + why;
        if (found == verdict::again) step.next_attempt = one.schedule.next(now);
        if (step.next_attempt) {
            step.line += "; retry " + std::to_string(one.schedule.retries()) + " of " +
                         std::to_string(one.what.policy.retries.retries) + " in " +
                         seconds_text(*step.next_attempt - now);
            one.may_start = false;
            waiting_.emplace(*step.next_attempt, std::move(one));
        } else {
            step.line += found == verdict::again ? "; it was the last attempt" : ", which is not tried again";
            drop(of, one);
            step.given_up = std::move(one.what);
        }
    }
    if (!of.at_cap.empty()) {
        attempt next = std::move(of.at_cap.front());
        of.at_cap.pop_front();
        start(std::move(next), of);
    }
    // The throttle's next turn is all that an idle lane would be kept for.
    if (of.messages == 0 && of.next_turn <= now) {
        const std::string& arn = step.given_up ? step.given_up->subscription_arn : one.what.subscription_arn;
        lanes_.erase(arn);
    }
    advance(now);
    return step;
}

void endpoint_deliveries::forget(const std::string& subscription_arn) {
    const auto found = lanes_.find(subscription_arn);
    if (found == lanes_.end()) return;
    const auto belongs = [&](const auto& entry) { return entry.second.what.subscription_arn == subscription_arn; };
    bytes_ -= found->second.bytes;
    std::erase_if(waiting_, belongs);
    std::erase_if(running_, belongs);
    lanes_.erase(found);
}

std::optional<time_point> endpoint_deliveries::next_event() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
}

} // namespace sluice::local
