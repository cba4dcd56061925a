#include "local/incoming_request.hpp"

namespace sluice::local {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

} // namespace

http_call make_call(const request_type& request, std::string_view client, bool secure) {
    http_call call;
    call.client = client;
    call.method = view(request.method_string());
    const request_target target = split_target(view(request.target()));
    call.path = target.path;
    call.query = target.query;
    for (const auto& field : request) call.headers.push_back({view(field.name_string()), view(field.value())});
    call.body = request.body();
    call.secure = secure;
    return call;
}

request_head head_of(const request_type& request) {
    request_head head;
    head.method = view(request.method_string());
    head.path = split_target(view(request.target())).path;
    head.content_encoding = view(request[http::field::content_encoding]);
    head.expect = view(request[http::field::expect]);
    head.json = request.find("X-Amz-Target") != request.end();
    return head;
}

bool incoming_request::parse(error_code& failure) {
    if (parsed_bytes == 0) skip_empty_lines();
    while (!parser->is_done() && buffer.size() > 0) {
        const std::size_t used = parser->put(buffer.data(), failure);
        buffer.consume(used);
        parsed_bytes += used;
        if (failure == http::error::need_more) {
            failure = {};
            return false;
        }
        if (failure) return false;
    }
    return parser->is_done();
}

/// Some clients end a body with an empty line that is not of it: RFC 9112, 2.2.
void incoming_request::skip_empty_lines() {
    const auto* const text = static_cast<const char*>(buffer.data().data());
    std::size_t count = 0;
    while (count + 1 < buffer.size() && text[count] == '\r' && text[count + 1] == '\n') count += 2;
    buffer.consume(count);
}

} // namespace sluice::local
