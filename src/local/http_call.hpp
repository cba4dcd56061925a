// An HTTP request and its answer, as the core sees them.
#pragma once

#include "local/fault_plan.hpp"
#include "local/waiting_polls.hpp"

#include <sigv4/canonical_request.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::local {

struct http_call {
    std::string_view client; ///< who brings it, for logs
    std::string_view method;
    std::string_view path;
    std::string_view query;
    std::vector<sigv4::header> headers;
    std::string_view body;
    bool secure = false; ///< it came over https

    /// The first of that name, compared without case; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
        for (const sigv4::header& one : headers) {
            if (equal_ignoring_case(one.name, name)) return one.value;
        }
        return {};
    }
};

struct http_answer {
    int status = 200;
    std::string content_type;
    std::string body;
    std::string request_id;
    std::string query_error; ///< the header x-amzn-query-error of JSON; empty: none
    std::string error_code;  ///< what the body says, for logs; empty: it is no error
    std::string error_message;
    std::vector<std::pair<std::string, std::string>> more_headers;
    reply_fate fate = reply_fate::whole;
    connection_end ending = connection_end::closed; ///< for other fates
};

struct finished_poll {
    poll_id id = 0;
    http_answer answer;
};

} // namespace sluice::local
