#include "credentials/provider_world.hpp"

#include "protocol/ascii.hpp"
#include "transport/one_shot_event.hpp"

#include <sluice/version.hpp>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;

result<std::string> read_token_file(const provider_world& world, const std::string& path) {
    const auto text = world.read_file(path);
    if (!text) return text.error();
    const std::string_view token = protocol::trimmed(view_of(*text));
    if (token.empty()) return error_info(errc::credentials, path + " is empty");
    if (!is_header_text(token)) return error_info(errc::credentials, path + " has more than one line");
    return std::string(token);
}

asio::awaitable<result<http_reply>> send_within(std::shared_ptr<transport> through, http_request request,
                                                std::chrono::steady_clock::duration patience) {
    constexpr std::size_t largest_reply = std::size_t(64) << 10U;
    request.timeout = patience;
    request.deadline = std::chrono::steady_clock::now() + patience;
    request.max_reply_bytes = largest_reply;
    request.headers.emplace_back("User-Agent", "sluice/" SLUICE_VERSION_STRING " lang/c++");
    auto sending = through->send(std::move(request));
    auto reply = co_await std::move(sending);
    co_return std::move(reply);
}

asio::awaitable<bool> pause_for(asio::any_io_executor executor, std::chrono::steady_clock::duration pause) {
    one_shot_event never(std::move(executor));
    const auto waited = co_await never.wait_until(std::chrono::steady_clock::now() + pause);
    co_return !std::get<0>(waited);
}

bool is_header_text(std::string_view text) noexcept {
    return !text.empty() &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace sluice
