#include "cli/redrive_rules.hpp"

#include <sluice/error.hpp>

#include <algorithm>

namespace sluice::cli {
void redrive_filter::add(const std::string& text) {
    constexpr std::string_view of_body = "body~";
    condition made;
    if (text.starts_with(of_body)) {
        made.text = text.substr(of_body.size());
        if (made.text.empty())
            throw error(error_info(errc::invalid_argument, "--filter \"body~\" has no text to find"));
    } else {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw error(
                error_info(errc::invalid_argument, "--filter \"" + text + "\" is neither NAME=VALUE nor body~TEXT"));
        }
        made.attribute = text.substr(0, equals);
        made.text = text.substr(equals + 1);
    }
    conditions_.push_back(std::move(made));
}

bool redrive_filter::matches(std::string_view body, const std::vector<named_attribute>& attributes) const {
    return std::ranges::all_of(conditions_, [&](const condition& one) {
        if (one.attribute.empty()) return body.find(one.text) != std::string_view::npos;
        const auto found = std::ranges::find(attributes, one.attribute, &named_attribute::name);
        return found != attributes.end() && !found->value.is_binary() && found->value.value() == one.text;
    });
}

redrive_decision redrive_judge::judge(const std::string& id, std::string_view body,
                                      const std::vector<named_attribute>& attributes) {
    if (!why_stopped_.empty()) return redrive_decision::stop;
    if (!seen_.insert(id).second) return hold(redrive_decision::keep_seen, body.size());
    if (!filter_.matches(body, attributes)) return hold(redrive_decision::keep, body.size());
    if (seen_.size() > limits_.remembered) {
        return stop("it has looked at " + std::to_string(limits_.remembered) + " messages");
    }
    if (limits_.moves > 0 && chosen_ == limits_.moves) {
        enough_ = true;
        return stop("--max is reached");
    }
    ++chosen_;
    return redrive_decision::move;
}

void redrive_judge::not_moved(std::size_t bytes) { hold(redrive_decision::keep, bytes); }

redrive_decision redrive_judge::hold(redrive_decision how, std::size_t bytes) {
    if (held_ >= limits_.held || held_bytes_ + bytes > limits_.held_bytes) {
        return stop("no more than " + std::to_string(held_) + " messages that stay can be held");
    }
    ++held_;
    held_bytes_ += bytes;
    return how;
}

redrive_decision redrive_judge::stop(std::string why) {
    if (why_stopped_.empty()) why_stopped_ = std::move(why);
    return redrive_decision::stop;
}

message redriven(const sqs::received_message& dead, bool fifo) {
    const auto system = [&dead](const char* name) {
        const auto found = dead.system_attributes.find(name);
        return found == dead.system_attributes.end() ? std::string() : found->second;
    };
    message made(dead.body);
    for (const named_attribute& own : dead.attributes) made.attribute(own.name, own.value);
    std::string group = system("MessageGroupId");
    if (!group.empty()) made.group(std::move(group));
    std::string trace = system("AWSTraceHeader");
    if (!trace.empty()) made.trace_header(std::move(trace));
    if (fifo) made.deduplication_id("redrive-" + dead.message_id);
    return made;
}

steady_rate::time_point steady_rate::next(time_point now) {
    const time_point permit = std::max(now, free_at_);
    free_at_ = permit + std::chrono::duration_cast<time_point::duration>(interval_);
    return permit;
}

} // namespace sluice::cli
