#include "local/activity_log.hpp"

#include <utility>

namespace sluice::local {

void activity_log::note(const request_record& request, time_point now) {
    ++requests_;
    rate_.add(now);
    if (request.code.empty() && request.status >= 200 && request.status < 400) return;
    ++failures_;
    trouble one;
    one.time = now;
    one.client = request.client;
    one.operation = request.operation;
    one.resource = request.resource;
    one.status = request.status;
    one.code = request.code;
    one.message = request.message;
    one.request_id = request.request_id;
    keep(std::move(one));
}

void activity_log::note(std::string_view line, time_point now) {
    trouble one;
    one.time = now;
    one.message = line;
    keep(std::move(one));
}

void activity_log::keep(trouble one) {
    for (std::string* text : {&one.client, &one.operation, &one.resource, &one.code, &one.message, &one.request_id}) {
        if (text->size() > longest_text) text->resize(longest_text);
    }
    troubles_.push_front(std::move(one));
    if (troubles_.size() > most_troubles) troubles_.pop_back();
}

void activity_log::report(broker_status& to) const {
    to.requests = requests_;
    to.failures = failures_;
    to.request_rate = rate_of(rate_, to.now);
    to.troubles.assign(troubles_.begin(), troubles_.end());
}

} // namespace sluice::local
