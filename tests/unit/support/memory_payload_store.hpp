// A store for claim checks that remembers what it was asked.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace unit_tests {

struct memory_payload_store {
    std::map<std::string, std::string> kept;
    std::vector<std::string> asked;   ///< keys that `get` was called with
    std::vector<std::string> removed; ///< and `remove`
    std::string next_key = "bodies/1";
    bool fails = false;

    boost::asio::awaitable<std::string> put(std::string bytes) {
        kept[next_key] = std::move(bytes);
        co_return next_key;
    }
    boost::asio::awaitable<std::string> get(std::string key, std::size_t most_bytes) {
        asked.push_back(key);
        const auto found = kept.find(key);
        if (fails || found == kept.end()) throw std::runtime_error("there is no " + key);
        // One more than allowed where there are more: the caller must notice.
        co_return found->second.substr(0, most_bytes + 1);
    }
    boost::asio::awaitable<void> remove(std::string key) {
        removed.push_back(key);
        if (fails) throw std::runtime_error("the store is down");
        kept.erase(key);
        co_return;
    }
};

} // namespace unit_tests
