// The service behind a batch channel: batches lie here until a test answers them.
#pragma once

#include "stream/batch_channel.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace unit_tests {

/// Entries are numbers; the good outcome of `n` is `10 * n`.
using number_channel = sluice::stream::batch_channel<int, int>;
using number_outcome = sluice::result<int>;

class manual_service {
  public:
    explicit manual_service(boost::asio::io_context& context) : executor_(context.get_executor()) {}

    [[nodiscard]] number_channel::sender sender() {
        return [this](std::vector<int> entries) { return take_in(std::move(entries)); };
    }

    /// Batches in the order of their arrival, answered or not.
    [[nodiscard]] std::size_t count() const noexcept { return batches_.size(); }
    [[nodiscard]] const std::vector<int>& batch(std::size_t index) const { return batches_.at(index)->entries; }

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
        sent(const boost::asio::any_io_executor& executor, std::vector<int> given)
            : entries(std::move(given)), answered(executor) {}
        std::vector<int> entries;
        sluice::one_shot_event answered;
        std::vector<number_outcome> outcomes;
    };

    boost::asio::awaitable<std::vector<number_outcome>> take_in(std::vector<int> entries) {
        batches_.push_back(std::make_shared<sent>(executor_, std::move(entries)));
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
