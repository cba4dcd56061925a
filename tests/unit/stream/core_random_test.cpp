// The core of the batch channel under random loads and every pattern of failure, in virtual time, against what must
// always hold: each message ends once, no batch is too large, order within a group, all space given back.
#include "stream/channel_core.hpp"

#include <doctest/doctest.h>

#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace core_random_test {

using namespace std::chrono_literals;
using sluice::errc;
using sluice::error_info;
using sluice::result;
using namespace sluice::stream;

namespace {

#if defined(__has_feature)
#define SLUICE_HAS_FEATURE(name) __has_feature(name)
#else
#define SLUICE_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SLUICE_HAS_FEATURE(thread_sanitizer) || SLUICE_HAS_FEATURE(address_sanitizer)
constexpr int messages_of_a_run = 20'000;
#else
constexpr int messages_of_a_run = 200'000;
#endif

struct sent_receipt {
    int number = 0;
    bool order_broken = false;
};

using core = channel_core<int, sent_receipt, int>;
using time_point = core::time_point;

/// Nobody waits: the test looks at the effects.
struct entry_item final : core::item {
    void complete() override {}
    void drop_handler() noexcept override {}

    int number = 0; ///< the entry itself goes with its end
};

struct dice_retries final : entry_retries {
    explicit dice_retries(std::mt19937& random) : random_(random) {}
    std::optional<std::chrono::steady_clock::duration> pause(const error_info& failure, int tries, time_point,
                                                             time_point, bool) override {
        if (failure.code != errc::throttled || tries > 5) return std::nullopt;
        return std::chrono::milliseconds(random_() % 30);
    }
    void succeeded(int) override {}
    std::mt19937& random_;
};

struct settings {
    bool groups = false;
    bool runs = false;
    std::size_t destinations = 1;
    unsigned seed = 0;
};

/// The service: takes every entry that it does not refuse, and remembers what it took in which order.
class world {
  public:
    explicit world(const settings& wanted)
        : wanted_(wanted), random_(wanted.seed),
          core_(limits_of(wanted), std::make_shared<dice_retries>(random_), false) {}

    void run() {
        while (ended_ < messages_of_a_run && good_) step();
        const channel_counts counts = core_.counts();
        note(counts.pending == 0 && counts.pending_bytes == 0 && counts.waiting == 0, "space that was not given back");
        note(counts.accepted + counts.failed == messages_of_a_run, "the counts");
        note(wanted_.runs || counts.order_breaks == 0, "order breaks that cannot be");
        // A break may be of a message whose writer had given up.
        note(marked_.size() <= counts.order_breaks && marked_.empty() == (counts.order_breaks == 0), "unmarked breaks");
        note(under_way_.empty(), "batches that never ended");
        check_order();
    }

    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] const std::string& why() const noexcept { return why_; }
    [[nodiscard]] std::size_t order_breaks() const { return core_.counts().order_breaks; }
    [[nodiscard]] std::size_t corks() const { return core_.counts().corked; }
    [[nodiscard]] std::size_t retries() const { return core_.counts().retried; }

  private:
    static constexpr std::size_t batch_bytes = 1000;

    static channel_limits limits_of(const settings& wanted) {
        channel_limits limits;
        limits.batch.bytes = batch_bytes;
        limits.batch.requests_in_flight = 3;
        limits.batch.entries_of_group = wanted.runs ? 10 : 1;
        limits.flow.entries = 60;
        limits.flow.bytes = 8000;
        if (wanted.destinations > 1) limits.flow.entries_of_destination = 30;
        return limits;
    }

    void note(bool holds, const char* what) {
        if (holds || !good_) return;
        good_ = false;
        why_ = what;
    }

    void step() {
        switch (random_() % 8) {
        case 0:
        case 1:
        case 2: return push();
        case 3:
        case 4: return answer();
        case 5: return cancel_one();
        case 6: return flush_or_resume();
        default: return pass();
        }
    }

    void push() {
        if (pushed_ == messages_of_a_run || core_.counts().waiting > 40) return;
        const int number = pushed_++;
        addressed_entry<int> entry;
        entry.entry = number;
        entry.bytes = random_() % 50 == 0 ? 1500 : random_() % 300;
        entry.address.destination = std::to_string(random_() % wanted_.destinations);
        if (wanted_.groups) entry.address.group = std::string(1, static_cast<char>('a' + random_() % 12));
        const auto added = std::make_shared<entry_item>();
        static_cast<addressed_entry<int>&>(*added) = std::move(entry);
        added->number = number;
        items_.push_back(added);
        results_.push_back(0);
        core::effects out;
        core_.add(added, random_() % 20 == 0 ? when_full::reject : when_full::wait, now_, out);
        take_in(std::move(out));
    }

    void take_in(core::effects out) {
        for (const auto& ended : out.ended) {
            const auto& with = ended->outcome;
            const int entry = static_cast<const entry_item&>(*ended).number;
            const auto number = static_cast<std::size_t>(entry);
            note(++results_[number] == 1, "a message that ended twice");
            ++ended_;
            if (with) note(with->number == entry, "the result of another message");
            else if (with.error().code == errc::closed) note(false, "closed, though nobody did");
            if (with && with->order_broken) marked_.insert(entry);
        }
        for (auto& one : out.batches) {
            std::size_t bytes = 0;
            std::map<std::string, int> of_group;
            for (const auto& entry : one.what->entries) {
                bytes += entry.bytes;
                note(entry.item->address.destination == one.from->name,
                     "a message in the batch of another destination");
                if (wanted_.groups) ++of_group[entry.item->address.group];
            }
            note(!one.what->entries.empty() && one.what->entries.size() <= 10, "the size of a batch");
            note(bytes <= batch_bytes || one.what->entries.size() == 1, "the bytes of a batch");
            for (const auto& [group, count] : of_group) {
                note(wanted_.runs || count == 1, "two of a group in a batch");
                note(busy_.insert(one.from->name + group).second, "two requests of a group at once");
            }
            under_way_.push_back(std::move(one));
            note(of_destination(under_way_.back().from->name) <= 3, "more requests than allowed");
        }
    }

    std::size_t of_destination(const std::string& name) const {
        std::size_t count = 0;
        for (const auto& one : under_way_) count += one.from->name == name;
        return count;
    }

    /// Any batch, not the oldest; each entry is taken, throttled, refused or left without a word.
    void answer() {
        if (under_way_.empty()) return;
        const std::size_t which = random_() % under_way_.size();
        core::departure one = std::move(under_way_[which]);
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(which));
        std::vector<result<sent_receipt>> outcomes;
        const bool all_fail = random_() % 12 == 0;
        for (const auto& entry : one.what->entries) {
            const auto roll = random_() % 100;
            if (wanted_.groups) busy_.erase(one.from->name + entry.item->address.group);
            if (all_fail || roll < 15) {
                outcomes.emplace_back(error_info(errc::throttled, "slow down"));
            } else if (roll < 18) {
                outcomes.emplace_back(error_info(errc::service_error, "no"));
            } else {
                sent_receipt receipt;
                receipt.number = entry.item->entry;
                taken_[one.from->name + entry.item->address.group].push_back(entry.item->entry);
                outcomes.emplace_back(receipt);
            }
        }
        if (random_() % 40 == 0) outcomes.resize(random_() % (outcomes.size() + 1), error_info());
        core::effects out;
        core_.finish(*one.from, one.what, std::move(outcomes), "no word", now_, out);
        take_in(std::move(out));
    }

    void cancel_one() {
        if (items_.empty() || random_() % 4 != 0) return;
        const std::size_t back = random_() % std::min<std::size_t>(items_.size(), 100);
        core::effects out;
        core_.cancel(items_[items_.size() - 1 - back], now_, out);
        take_in(std::move(out));
    }

    void flush_or_resume() {
        core::effects out;
        if (random_() % 8 == 0) core_.flush(0, now_, out);
        for (int i = 0; i < 3; ++i) {
            entry_address address;
            address.destination = std::to_string(random_() % wanted_.destinations);
            address.group = std::string(1, static_cast<char>('a' + random_() % 12));
            core_.resume(address);
        }
        take_in(std::move(out));
    }

    void pass() {
        now_ += std::chrono::microseconds(random_() % 4000);
        core::effects out;
        core_.pass_time(now_, out);
        take_in(std::move(out));
    }

    /// What the service took of a group is in the order of the calls, but where the receipts say otherwise.
    void check_order() {
        if (!wanted_.groups) return;
        for (const auto& [group, numbers] : taken_) {
            for (std::size_t i = 1; i < numbers.size(); ++i) {
                note(numbers[i - 1] < numbers[i], "the order of a group");
            }
        }
    }

    settings wanted_;
    std::mt19937 random_;
    core core_;
    time_point now_{std::chrono::hours(1)};
    int pushed_ = 0;
    int ended_ = 0;
    std::vector<core::item_ptr> items_;
    std::vector<int> results_; ///< how often each message ended
    std::vector<core::departure> under_way_;
    std::set<std::string> busy_;                    ///< destination and group of what is under way
    std::map<std::string, std::vector<int>> taken_; ///< by destination and group
    std::set<int> marked_;
    bool good_ = true;
    std::string why_;
};

} // namespace

TEST_CASE("channel core: over a million random messages, each ends once and within all bounds") {
    int total = 0;
    std::size_t retries = 0;
    std::size_t corks = 0;
    std::size_t breaks = 0;
    for (const bool groups : {false, true}) {
        for (const bool runs : {false, true}) {
            for (const std::size_t destinations : {std::size_t(1), std::size_t(7)}) {
                if (runs && !groups) continue;
                settings wanted;
                wanted.groups = groups;
                wanted.runs = runs;
                wanted.destinations = destinations;
                wanted.seed = static_cast<unsigned>(total) + 1;
                CAPTURE(groups);
                CAPTURE(runs);
                CAPTURE(destinations);
                world one(wanted);
                one.run();
                INFO(one.why());
                CHECK(one.good());
                CHECK(one.retries() > 0);
                CHECK((one.corks() > 0) == groups);
                CHECK((one.order_breaks() > 0) == runs);
                total += messages_of_a_run;
                retries += one.retries();
                corks += one.corks();
                breaks += one.order_breaks();
            }
        }
    }
    std::cout << "batch channel: " << total << " random messages, " << retries << " sent again, " << corks
              << " groups corked, " << breaks << " order breaks reported" << std::endl;
}

} // namespace core_random_test
