// What `redrive` does with each message that it receives, and when it has seen enough. No I/O.
#pragma once

#include <sluice/message.hpp>
#include <sluice/sqs/message_requests.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sluice::cli {

/// Which messages are moved: those that meet every condition.
class redrive_filter {
  public:
    /// `NAME=VALUE`: the message has that attribute with that text; `body~TEXT`: its body contains it. (No attribute
    /// has a `~` in its name.) Throws `error` with `errc::invalid_argument` for anything else.
    void add(const std::string& condition);

    [[nodiscard]] bool matches(std::string_view body, const std::vector<named_attribute>& attributes) const;

  private:
    struct condition {
        std::string attribute; ///< empty: of the body
        std::string text;
    };
    std::vector<condition> conditions_;
};

enum class redrive_decision {
    move,
    keep,      ///< it does not match: held until the end, then handed back
    keep_seen, ///< it was moved or looked at before in this run, or is one that came back: held, too
    stop,      ///< hand it back: enough was moved, or no more can be held
};

/// One run. Nothing is handed back before its end, so that no message goes round and round; hence a bound on what is
/// held.
class redrive_judge {
  public:
    struct bounds {
        std::size_t moves = 0; ///< at most; 0: there is no bound
        /// Held at once. SQS lets 120,000 messages of a queue be in flight.
        std::size_t held = 50'000;
        std::size_t held_bytes = std::size_t(256) << 20;
        std::size_t remembered = 2'000'000; ///< ids
    };

    redrive_judge(redrive_filter filter, const bounds& limits) : filter_(std::move(filter)), limits_(limits) {}

    /// Each message that is received, once.
    redrive_decision judge(const std::string& id, std::string_view body,
                           const std::vector<named_attribute>& attributes);
    /// The new id of a message that was moved: should it die again at once, it is left.
    void moved_as(const std::string& new_id) { seen_.insert(new_id); }
    /// One that was to be moved is held instead: it could not be written.
    void not_moved(std::size_t bytes);

    /// Why the run ends before the queue is empty; empty: it does not.
    [[nodiscard]] const std::string& why_stopped() const noexcept { return why_stopped_; }
    /// The end is `--max`, as asked for.
    [[nodiscard]] bool enough() const noexcept { return enough_; }

  private:
    redrive_decision hold(redrive_decision how, std::size_t bytes);
    redrive_decision stop(std::string why);

    redrive_filter filter_;
    bounds limits_;
    std::unordered_set<std::string> seen_;
    std::size_t chosen_ = 0; ///< to be moved, those included that failed
    std::size_t held_ = 0;
    std::size_t held_bytes_ = 0;
    std::string why_stopped_;
    bool enough_ = false;
};

/// The message to write for one that was received: the same body, attributes, group, X-Ray header. To a FIFO queue it
/// goes with a deduplication id made of its message id. With its own one the queue might take it and drop it: as a
/// repetition of itself, of another dead letter of the same id (of the same body, if the id is made of that), or of
/// what a producer sent a moment ago; the reply does not tell. The new id is the same in each run: a run after one that
/// was killed writes it once.
message redriven(const sqs::received_message& dead, bool fifo);

/// Spreads moves evenly: a permit every 1/rate s, none saved up.
class steady_rate {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `per_second`: 0: no bound.
    explicit steady_rate(double per_second) : interval_(per_second > 0 ? 1.0 / per_second : 0.0) {}

    /// Takes the next permit: good at that time, which may be `now`.
    time_point next(time_point now);

  private:
    std::chrono::duration<double> interval_;
    time_point free_at_{};
};

} // namespace sluice::cli
