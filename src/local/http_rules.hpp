// What HTTP itself asks of the broker: where a request goes, which heads are refused, how an answer is written.
#pragma once

#include "local/http_call.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::local {

struct request_target {
    std::string_view path;
    std::string_view query; ///< without the `?`
};

/// Of the request line, also in the absolute form (`http://host/path?query`) that proxies get.
request_target split_target(std::string_view target) noexcept;

/// What of a head decides whether its body is read.
struct request_head {
    std::string_view method;
    std::string_view path;
    std::string_view content_encoding;
    std::string_view expect;
    bool json = false; ///< errors are written as JSON
};

/// The refusal of a request whose body need not be read; nothing: it goes on.
std::optional<http_answer> refuse_head(const request_head& head);

/// In the form that SDKs show: `code` is what they call the error.
http_answer refuse_request(int status, std::string code, std::string text, bool json);
/// For those who may not speak HTTP.
http_answer refuse_as_text(int status, std::string text);

struct reply_form {
    bool keep_alive = true;
    bool without_body = false; ///< the answer to HEAD
};
/// Beast's serializer costs more than all the rest of a small reply: the head is written by hand, all in one buffer.
std::string serialise(const http_answer& answer, time_point date, reply_form form);

} // namespace sluice::local
