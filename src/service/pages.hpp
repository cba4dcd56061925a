// The definitions behind sluice/pages.hpp: included only where a client instantiates its pages.
#pragma once

#include "service/operation.hpp"

#include <sluice/pages.hpp>

#include <atomic>
#include <concepts>
#include <utility>

namespace sluice {

template<class Page>
struct pages<Page>::state {
    state(fetch_function get, std::string first) : fetch(std::move(get)), token(std::move(first)) {}

    fetch_function fetch;
    std::string token;
    bool ended = false;
    std::atomic<bool> busy{false}; ///< whoever set it may touch the others
};

template<class Page>
pages<Page>::pages(fetch_function fetch, std::string first_token)
    : state_(std::make_shared<state>(std::move(fetch), std::move(first_token))) {}

template<class Page>
boost::asio::awaitable<std::optional<Page>> pages<Page>::next() {
    return run(state_);
}

template<class Page>
boost::asio::awaitable<std::optional<Page>> pages<Page>::run(std::shared_ptr<state> shared) {
    if (shared->busy.exchange(true)) {
        throw error(error_info(errc::invalid_argument, "next() was called while another next() of these pages waits"));
    }
    struct release {
        std::atomic<bool>& busy;
        ~release() { busy = false; }
    } const released{shared->busy};
    if (shared->ended) co_return std::nullopt;
    std::string token = shared->token;
    Page page = co_await shared->fetch(std::move(token));
    if (!page.next_token.empty() && page.next_token == shared->token) {
        throw error(error_info(errc::bad_reply, "the service answers the page's token with the same token again: the "
                                                "list would have no end"));
    }
    shared->token = page.next_token;
    shared->ended = page.next_token.empty();
    co_return std::optional<Page>(std::move(page));
}

namespace service {

/// The pages of a list operation: its request has a `next_token`, and so has its reply. `call` sends one request.
template<class Operation, class Call>
    requires std::invocable<const Call&, typename Operation::request>
pages<typename Operation::reply> pages_of(Call call, typename Operation::request request) {
    std::string first = request.next_token;
    auto fetch = [call = std::move(call), request = std::move(request)](std::string token) {
        auto one = request;
        one.next_token = std::move(token);
        return call(std::move(one));
    };
    return pages<typename Operation::reply>(std::move(fetch), std::move(first));
}

template<class Operation>
pages<typename Operation::reply> pages_of(std::shared_ptr<calls::caller> caller, typename Operation::request request) {
    auto call = [caller = std::move(caller)](typename Operation::request one) {
        return invoke_or_throw<Operation>(caller, std::move(one));
    };
    return pages_of<Operation>(std::move(call), std::move(request));
}

} // namespace service
} // namespace sluice
