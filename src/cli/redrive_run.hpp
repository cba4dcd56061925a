// One run of `redrive`: reads a dead-letter queue, writes what is to be moved, then deletes it; the rest is held until
// the end and handed back.
#pragma once

#include "cli/progress.hpp"
#include "cli/redrive_rules.hpp"

#include "transport/one_shot_event.hpp"

#include <sluice/session.hpp>
#include <sluice/sqs/reader.hpp>
#include <sluice/sqs/reader_observer.hpp>
#include <sluice/sqs/writer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sluice::cli {

struct redrive_order {
    std::string from; ///< URL of the dead-letter queue
    std::string to;   ///< URL of the queue to move to
    redrive_filter filter;
    std::size_t max = 0; ///< 0: all
    double rate = 0;     ///< a second; 0: no bound
    bool dry_run = false;
};

struct redrive_result {
    std::size_t moved = 0;       ///< or, in a dry run, would be
    std::size_t left = 0;        ///< they do not match, or died again
    std::size_t failed = 0;      ///< could not be written, or are damaged: they are still in the dead-letter queue
    std::size_t not_deleted = 0; ///< of those moved: they are in both queues
    bool complete = false;       ///< the queue was seen to its end, or --max was reached
    std::string why_not;         ///< where it is not complete
};

/// Those that the reader does not hand out: they stay in the dead-letter queue, hidden for up to 60 s.
class damaged_messages final : public sqs::reader_observer {
  public:
    void message_settled(std::string_view message_id, sqs::settlement how, const error_info* failure) override;
    [[nodiscard]] std::size_t count() const noexcept { return ids_.size(); }

  private:
    static constexpr std::size_t most_reported = 20;

    std::unordered_set<std::string> ids_; ///< one may come again and again
};

class redrive_run : public std::enable_shared_from_this<redrive_run> {
  public:
    redrive_run(const session& session, redrive_order order);

    /// Returns when everything is settled.
    boost::asio::awaitable<redrive_result> run();
    /// Settles what is under way and ends. Any number of times.
    void stop(const std::string& why);

  private:
    static constexpr std::size_t most_workers = 64;
    static constexpr std::size_t most_reported = 20;

    boost::asio::awaitable<void> work();
    boost::asio::awaitable<void> move(sqs::delivery dead);
    boost::asio::awaitable<void> hand_back();
    boost::asio::awaitable<void> release_held();
    boost::asio::awaitable<void> watch();
    void hold(sqs::delivery kept);
    void report(const sqs::delivery& about, std::string_view what, const error_info& why);
    static bool hopeless(const error_info& why) noexcept;

    boost::asio::any_io_executor executor_;
    redrive_order order_;
    bool fifo_;
    redrive_judge::bounds bounds_;
    redrive_judge judge_;
    steady_rate rate_;
    std::shared_ptr<damaged_messages> damaged_;
    sqs::reader reader_;
    sqs::writer writer_;
    std::shared_ptr<one_shot_event> done_;
    std::shared_ptr<one_shot_event> workers_gone_;
    progress bar_;
    std::vector<sqs::delivery> held_;
    redrive_result result_;
    std::size_t workers_ = 0;
    std::size_t releasing_ = 0;
    std::size_t busy_ = 0;
    std::size_t reported_ = 0;
    bool ended_ = false; ///< nothing further is taken
};

} // namespace sluice::cli
