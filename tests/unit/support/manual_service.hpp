// The service behind a batch channel: batches lie here until a test answers them.
#pragma once

#include "stream/batch_channel.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace unit_tests {

/// Entries are numbers; the good outcome of `n` is `10 * n`.
using number_channel = sluice::stream::batch_channel<int, int>;
using number_outcome = sluice::result<int>;

inline number_channel::addressed number_entry(int number, std::size_t bytes = 1, std::string group = {},
                                              std::string destination = {}) {
    number_channel::addressed made;
    made.entry = number;
    made.bytes = bytes;
    made.address.destination = std::move(destination);
    made.address.group = std::move(group);
    return made;
}

class manual_service {
  public:
    explicit manual_service(boost::asio::io_context& context) : executor_(context.get_executor()) {}

    [[nodiscard]] number_channel::sender sender() {
        return [this](const std::string& destination, const std::vector<const int*>& entries) {
            std::vector<int> numbers;
            for (const int* one : entries) numbers.push_back(*one);
            return take_in(destination, std::move(numbers));
        };
    }

    /// Batches in the order of their arrival, answered or not.
    [[nodiscard]] std::size_t count() const noexcept { return batches_.size(); }
    [[nodiscard]] const std::vector<int>& batch(std::size_t index) const { return batches_.at(index)->entries; }
    [[nodiscard]] const std::string& destination(std::size_t index) const { return batches_.at(index)->destination; }

    /// Every entry ends well.
    void accept(std::size_t index) {
        std::vector<number_outcome> outcomes;
        for (const int entry : batch(index)) outcomes.emplace_back(10 * entry);
        answer(index, std::move(outcomes));
    }
    void answer(std::size_t index, std::vector<number_outcome> outcomes) {
        batches_.at(index)->outcomes = std::move(outcomes);
        batches_.at(index)->answered.set();
    }

  private:
    struct sent {
        sent(const boost::asio::any_io_executor& executor, std::string to, std::vector<int> given)
            : destination(std::move(to)), entries(std::move(given)), answered(executor) {}
        std::string destination;
        std::vector<int> entries;
        sluice::one_shot_event answered;
        std::vector<number_outcome> outcomes;
    };

    boost::asio::awaitable<std::vector<number_outcome>> take_in(std::string destination, std::vector<int> entries) {
        batches_.push_back(std::make_shared<sent>(executor_, std::move(destination), std::move(entries)));
        return wait_for(batches_.back());
    }
    static boost::asio::awaitable<std::vector<number_outcome>> wait_for(std::shared_ptr<sent> batch) {
        co_await batch->answered.wait_until(std::chrono::steady_clock::time_point::max());
        co_return std::move(batch->outcomes);
    }

    boost::asio::any_io_executor executor_;
    std::vector<std::shared_ptr<sent>> batches_;
};

} // namespace unit_tests
