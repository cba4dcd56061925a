// The parts of a batch channel: an entry with whoever waits for it, a destination, the outcomes of several entries.
#pragma once

#include "stream/channel_types.hpp"
#include "stream/item_completion.hpp"

#include <sluice/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::stream {

template<class Entry>
struct addressed_entry {
    Entry entry;
    std::size_t bytes = 0;
    entry_address address;
    std::size_t batch_bytes = 0; ///< that its destination takes in a batch; 0: as all the others
};

enum class entry_stage {
    waiting,   // for space in the buffer
    pending,   // in the buffer
    in_flight, // its batch has left
    done,      // its outcome was given
};

template<class Entry, class Value>
struct channel_box;

/// An entry from its push to its outcome. Who waits for it is in a class derived from this.
template<class Entry, class Value>
struct channel_item : addressed_entry<Entry> {
    channel_item() = default;
    channel_item(const channel_item&) = delete;
    channel_item& operator=(const channel_item&) = delete;
    virtual ~channel_item() = default;

    /// Hands the outcome to whoever waits.
    virtual void complete() = 0;
    /// Nobody will be told.
    virtual void drop_handler() noexcept = 0;

    result<Value> outcome; ///< once it is `done`; before, why the last try failed
    completion_memory memory;
    boost::asio::any_io_executor home; ///< where its handler runs
    entry_stage at = entry_stage::waiting;
    int tries = 0;                      ///< batches that it was in
    int attempts = 0;                   ///< requests in which it failed
    bool may_have_been_applied = false; ///< by one of them
    std::chrono::steady_clock::time_point first_sent;
    std::uint64_t epoch = 0;
    channel_box<Entry, Value>* in = nullptr; ///< null until it was added
};

/// With its handler in the same memory.
template<class Entry, class Value, class Handler>
struct waiting_item final : channel_item<Entry, Value> {
    waiting_item(Handler completion, boost::asio::any_io_executor where) : handler(std::move(completion)) {
        this->home = std::move(where);
    }

    void complete() override {
        if (!handler) return; // dropped meanwhile
        Handler told = std::move(*handler);
        handler.reset();
        result<Value> with = std::move(this->outcome);
        std::move(told)(std::move(with));
    }
    void drop_handler() noexcept override { handler.reset(); }

    std::optional<Handler> handler;
};

/// One destination.
template<class Entry, class Value>
struct channel_box {
    using item_ptr = std::shared_ptr<channel_item<Entry, Value>>;
    using assembler_type = batch_assembler<item_ptr>;

    channel_box(std::string destination, const batch_limits& limits)
        : name(std::move(destination)), assembler(limits) {}

    std::string name;
    const std::string* key = nullptr; ///< in the table of destinations
    assembler_type assembler;
    typename flow_control<item_ptr>::share share;
    std::optional<std::chrono::steady_clock::time_point> deadline; ///< as the channel has noted it
};

/// The outcomes of entries that were pushed together: completes with the last one.
template<class Value>
class channel_collection {
  public:
    using outcome = result<Value>;

    template<class Handler>
    channel_collection(boost::asio::any_io_executor executor, std::size_t count, Handler handler)
        : executor_(std::move(executor)), outcomes_(count, outcome(error_info())), left_(count),
          handler_(std::move(handler)) {}

    void set(std::size_t index, outcome one) {
        {
            const std::lock_guard lock(mutex_);
            outcomes_[index] = std::move(one);
            if (--left_ > 0) return;
        }
        complete();
    }
    void complete() { boost::asio::post(executor_, boost::asio::append(std::move(handler_), std::move(outcomes_))); }

  private:
    boost::asio::any_io_executor executor_;
    std::mutex mutex_;
    std::vector<outcome> outcomes_;
    std::size_t left_;
    boost::asio::any_completion_handler<void(std::vector<outcome>)> handler_;
};

} // namespace sluice::stream
