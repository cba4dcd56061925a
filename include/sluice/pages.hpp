// Long lists, a page at a time.
#pragma once

#include <sluice/export.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// Hands out a list page by page: each `next()` sends one request.
///
///     auto pages = session.sns().topic_pages();
///     for (;;) {
///         const auto page = co_await pages.next();
///         if (!page) break;
///         ...
///     }
///
/// `next()` is empty after the last page; a page itself may be empty. Where a call fails or is cancelled, the next
/// `next()` asks for the same page again. One call at a time: a second one meanwhile fails with
/// `errc::invalid_argument`. A service that answers with the token it was asked with (a list without end) is
/// `errc::bad_reply`. Copies share their place; the object may be destroyed while `next()` runs.
/// Made by the clients of SQS and SNS; for their page types only.
template<class Page>
class SLUICE_API pages {
  public:
    /// Gets the page that `next_token` stands for; empty for the first.
    using fetch_function = std::function<boost::asio::awaitable<Page>(std::string next_token)>;

    explicit pages(fetch_function fetch, std::string first_token = {});

    boost::asio::awaitable<std::optional<Page>> next();

  private:
    struct SLUICE_LOCAL state;
    static boost::asio::awaitable<std::optional<Page>> run(std::shared_ptr<state> shared);

    std::shared_ptr<state> state_;
};

} // namespace sluice
