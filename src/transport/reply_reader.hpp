// Feeds received bytes to Beast's parser until a reply is whole.
#pragma once

#include <sluice/transport.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// No I/O: bytes are put into `space()`, then `commit` tells what they complete.
class reply_reader {
  public:
    enum class state { need_more, done, failed };

    /// The answer to CONNECT ends with its head, whatever that says.
    enum class contents { whole, head_only };

    /// `memory`: what an earlier reader gave back, so that it need not be made and cleared for each reply.
    explicit reply_reader(std::size_t max_body_bytes, contents wanted = contents::whole, std::vector<char> memory = {})
        : max_body_bytes_(max_body_bytes), wanted_(wanted), bytes_(std::move(memory)) {
        if (bytes_.size() != first_size) bytes_ = std::vector<char>(first_size);
        restart();
    }

    /// For the next reader; this one reads no more.
    [[nodiscard]] std::vector<char> give_memory() noexcept { return std::move(bytes_); }

    /// Where the next bytes go; never empty.
    [[nodiscard]] boost::asio::mutable_buffer space() noexcept {
        return boost::asio::buffer(bytes_.data() + end_, bytes_.size() - end_);
    }

    state commit(std::size_t received) {
        end_ += received;
        if (received > 0) got_bytes_ = true;
        while (true) {
            if (waits_for_chunk()) break;
            boost::beast::error_code failure;
            const std::size_t used =
                parser_->put(boost::asio::const_buffer(bytes_.data() + begin_, end_ - begin_), failure);
            begin_ += used;
            if (failure && failure != boost::beast::http::error::need_more) return fail(failure);
            if (parser_->is_done()) {
                const auto status = parser_->get().result_int();
                if (status >= 100 && status < 200 &&
                    status != 101) { // 100 Continue, 103 Early Hints: the reply follows
                    restart();
                    continue;
                }
                return state::done;
            }
            if (used == 0 || begin_ == end_) break;
        }
        return make_room();
    }

    /// The peer closed: the end of the reply, where its length was not stated.
    state finish() {
        // Beast takes the end of nothing for an empty reply.
        if (!parser_->got_some()) return fail(boost::beast::http::error::partial_message);
        boost::beast::error_code failure;
        parser_->put_eof(failure);
        if (failure) return fail(failure);
        return parser_->is_done() ? state::done : fail(boost::beast::http::error::partial_message);
    }

    [[nodiscard]] bool got_bytes() const noexcept { return got_bytes_; }
    [[nodiscard]] const std::string& failure_text() const noexcept { return failure_text_; }
    /// True when the connection can carry another request: the peer allows it and sent nothing beyond the reply.
    [[nodiscard]] bool keep_alive() const { return parser_->keep_alive() && begin_ == end_; }

    [[nodiscard]] http_reply take() {
        auto message = parser_->release();
        http_reply reply;
        reply.status = static_cast<int>(message.result_int());
        for (const auto& field : message) {
            reply.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
        }
        reply.body = std::move(message.body());
        return reply;
    }

  private:
    static constexpr std::size_t first_size = std::size_t(16) << 10;
    static constexpr std::size_t header_limit = std::size_t(64) << 10;

    /// Beast 1.81 asserts that the last chunk, which is at least `0\r\n\r\n`, is not cut before its end. Nothing of a
    /// chunked body is whole with fewer bytes to come than that.
    [[nodiscard]] bool waits_for_chunk() const {
        constexpr std::size_t shortest_end = 5;
        return parser_->is_header_done() && parser_->chunked() && end_ - begin_ < shortest_end;
    }

    void restart() {
        parser_.emplace();
        parser_->eager(true);
        parser_->skip(wanted_ == contents::head_only);
        parser_->body_limit(max_body_bytes_);
        parser_->header_limit(static_cast<std::uint32_t>(header_limit));
    }

    state make_room() {
        if (begin_ == end_) begin_ = end_ = 0;
        if (end_ < bytes_.size()) return state::need_more;
        if (begin_ > 0) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        } else if (bytes_.size() < 2 * header_limit) {
            bytes_.resize(2 * bytes_.size());
        } else {
            return fail(boost::beast::http::error::header_limit);
        }
        return state::need_more;
    }

    state fail(const boost::beast::error_code& failure) {
        failure_text_ = failure.message();
        if (failure == boost::beast::http::error::body_limit) {
            failure_text_ = "the reply has more than " + std::to_string(max_body_bytes_) + " bytes";
        }
        return state::failed;
    }

    std::size_t max_body_bytes_;
    contents wanted_;
    std::vector<char> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool got_bytes_ = false;
    std::string failure_text_;
    std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
};

} // namespace sluice
