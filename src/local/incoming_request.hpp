// A request on its way in: what has been read, and how far it is parsed. Only connection.cpp includes it, as it is all
// Beast.
#pragma once

#include "local/http_rules.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::local {

/// A session token alone may have 16 KB.
constexpr std::uint32_t max_header_bytes = 64 * 1024;
constexpr std::size_t first_read_bytes = std::size_t(8) * 1024;
constexpr std::size_t max_read_bytes = std::size_t(128) * 1024;

/// As Beast's for strings, but a client that announces a large body and sends none costs nothing.
struct growing_body {
    using value_type = std::string;

    class reader {
      public:
        template<bool is_request, class Fields>
        reader(boost::beast::http::header<is_request, Fields>& /*head*/, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>& /*length*/, boost::system::error_code& failure) {
            failure = {};
        }
        template<class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& failure) {
            failure = {};
            std::size_t bytes = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers);
                 ++at) {
                const boost::asio::const_buffer piece(*at);
                body_.append(static_cast<const char*>(piece.data()), piece.size());
                bytes += piece.size();
            }
            return bytes;
        }
        void finish(boost::system::error_code& failure) { failure = {}; }

      private:
        value_type& body_;
    };
};

using request_type = boost::beast::http::request<growing_body>;

/// Views into the request.
http_call make_call(const request_type& request, std::string_view client, bool secure);
request_head head_of(const request_type& request);

/// The request as far as it has been read.
struct incoming_request {
    boost::beast::flat_buffer buffer{max_header_bytes + max_read_bytes}; ///< read, not parsed yet
    std::optional<boost::beast::http::request_parser<growing_body>> parser;
    std::size_t next_read = first_read_bytes;
    std::size_t parsed_bytes = 0; ///< of this request
    bool head_accepted = false;
    bool body_allowed = false;

    void expect_request(std::size_t max_body_bytes) {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(max_header_bytes);
        parser->body_limit(max_body_bytes);
        parsed_bytes = 0;
        head_accepted = body_allowed = false;
    }

    /// Parses what is there. True when a whole request is; false when more must be read.
    bool parse(boost::system::error_code& failure);
    [[nodiscard]] bool has_begun() const { return parsed_bytes > 0 || buffer.size() > 0; }

    /// What an unfinished request costs.
    [[nodiscard]] std::size_t held_bytes() const {
        const std::string& body = parser->get().body();
        return parsed_bytes + (body.capacity() - body.size()) + buffer.size();
    }

    [[nodiscard]] bool client_waits_for_leave() const {
        const request_type& request = parser->get();
        return parser->is_header_done() && !parser->is_done() && !body_allowed && request.version() >= 11 &&
               request.count(boost::beast::http::field::expect) > 0;
    }

    /// For the next one: the memory of a body that is not needed any more, unless it is large.
    void reuse(std::string body) {
        if (body.capacity() > first_read_bytes) return;
        body.clear();
        parser->get().body() = std::move(body);
    }

    /// Only before a request has begun, or when what there is of it is dropped.
    void give_up_buffers() {
        if (parser) std::string().swap(parser->get().body()); // to assign an empty one would keep the memory
        next_read = first_read_bytes;
        buffer.shrink_to_fit();
    }

  private:
    void skip_empty_lines();
};

} // namespace sluice::local
