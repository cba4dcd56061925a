#include "local/refusal.hpp"

#include "local/json_wire.hpp"
#include "local/query_wire.hpp"

namespace sluice::local {

std::string_view content_type_of(bool json) { return json ? "application/x-amz-json-1.0" : "text/xml"; }

http_answer refusal(const fault& why, bool json, std::string_view service) {
    http_answer answer;
    answer.status = why.status;
    answer.request_id = make_uuid();
    answer.content_type = content_type_of(json);
    answer.error_code = json ? why.type : why.code;
    answer.error_message = why.message;
    answer.body = json ? json_error_body(why) : query_error_body(why, service, answer.request_id);
    if (json) answer.query_error = why.code + (why.status >= 500 ? ";Receiver" : ";Sender");
    return answer;
}

} // namespace sluice::local
