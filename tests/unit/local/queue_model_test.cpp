// The broker's queues against an independent model of the documented rules: random steps in virtual time.
#include "support/queue_model.hpp"

#include <local/fault.hpp>
#include <local/queue.hpp>

#include <doctest/doctest.h>

#include <iostream>
#include <random>

namespace queue_model_test {

using namespace sluice::local;
using local_tests::model_message;
using local_tests::model_refusal;
using local_tests::model_settings;
using local_tests::queue_model;

namespace {

#if defined(__has_feature)
#define SLUICE_HAS_FEATURE(name) __has_feature(name)
#else
#define SLUICE_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SLUICE_HAS_FEATURE(thread_sanitizer) || SLUICE_HAS_FEATURE(address_sanitizer)
constexpr int steps_of_a_run = 20'000;
#else
constexpr int steps_of_a_run = 150'000;
#endif

constexpr time_point start = time_point(std::chrono::hours(24 * 365 * 50));
// In the model's milliseconds; 0 means "not hidden" there.
constexpr std::int64_t start_ms = 1'000'000;

struct known_handle {
    std::string body;
    std::string handle;
    bool of_dead_letters = false;
};

/// One queue with its dead-letter queue, and the same twice as models.
class comparison {
  public:
    /// `restarts`: now and then the queues begin anew with what they had written down.
    comparison(model_settings settings, unsigned seed, bool restarts)
        : settings_(settings), random_(seed), restarts_(restarts), model_(settings),
          dead_model_(without_redrive(settings)), queue_(make("q", settings)),
          dead_(make("dead", without_redrive(settings))) {
        if (!restarts_) return;
        queue_.keep_in(record_place(&written_, "q"));
        dead_.keep_in(record_place(&written_, "dead"));
    }

    /// False at the first difference.
    bool step() {
        if (restarts_ && random(200) == 0) {
            store();
            queue_ = from_records(queue_, "q");
            dead_ = from_records(dead_, "dead");
        }
        switch (random(12)) {
        case 0:
        case 1:
        case 2: return send();
        case 3:
        case 4:
        case 5: return receive(queue_, model_, true);
        case 6: return receive(dead_, dead_model_, false);
        case 7:
        case 8: return remove();
        case 9: return change_visibility();
        case 10: return pass();
        default: return counts();
        }
    }

  private:
    static model_settings without_redrive(model_settings settings) {
        settings.max_receives = 0;
        return settings;
    }

    static queue make(const std::string& name, const model_settings& settings) {
        std::map<std::string, std::string> attributes{
            {"VisibilityTimeout", std::to_string(settings.visibility / 1000)},
            {"DelaySeconds", std::to_string(settings.delay / 1000)},
            {"MessageRetentionPeriod", std::to_string(settings.retention / 1000)}};
        if (settings.fifo) attributes["FifoQueue"] = "true";
        if (settings.max_receives > 0) {
            attributes["RedrivePolicy"] =
                R"({"deadLetterTargetArn":"arn:dead","maxReceiveCount":)" + std::to_string(settings.max_receives) + "}";
        }
        return {settings.fifo ? name + ".fifo" : name, "arn:" + name, attributes, start};
    }

    void store() {
        for (const storage_change& one : written_.changes()) {
            if (one.value) records_[one.key] = *one.value;
            else records_.erase(one.key);
        }
        written_.clear();
    }

    queue from_records(const queue& old, const std::string& key) {
        const auto own = records_.find(key);
        auto made = queue::restored(old.name(), old.arn(), record_reader(own->second), record_place(&written_, key));
        const std::string below = key + "/";
        for (auto at = records_.lower_bound(below); at != records_.end() && at->first.starts_with(below); ++at) {
            made.restore_part(std::string_view(at->first).substr(below.size()), record_reader(at->second));
        }
        return made;
    }

    std::size_t random(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
    [[nodiscard]] time_point now() const { return start + std::chrono::milliseconds(now_ms_ - start_ms); }

    bool send() {
        if (model_.size(now_ms_) > 40) return true; // the model walks through all of them
        model_message message;
        message.body = "m" + std::to_string(++last_message_);
        outgoing out;
        out.body = message.body;
        std::string deduplication;
        std::int64_t delay = settings_.delay;
        if (settings_.fifo) {
            message.group = std::string(1, static_cast<char>('a' + random(4)));
            deduplication = "d" + std::to_string(random(3) == 0 ? random(30) : 1000 + last_message_);
            out.group = message.group;
            out.deduplication_id = deduplication;
        } else if (random(4) == 0) {
            out.delay_seconds = static_cast<std::int64_t>(random(20));
            delay = *out.delay_seconds * 1000;
        }
        const std::string counts = model_.send(message, deduplication, delay, now_ms_);
        const sent_message sent = queue_.send(std::move(out), "sender", now());
        if (counts == message.body) return ids_.emplace(message.body, sent.message_id).second;
        const auto first = ids_.find(counts);
        return first != ids_.end() && first->second == sent.message_id;
    }

    bool receive(queue& from, queue_model& model, bool with_redrive) {
        receive_options how;
        how.max = 1 + random(10);
        if (random(3) == 0) how.visibility_seconds = static_cast<std::int64_t>(random(60));
        if (settings_.fifo && random(3) == 0) how.attempt_id = "try" + std::to_string(random(3));
        how.to_dead_letters = [this, with_redrive](moved_message message) {
            if (!with_redrive) return false;
            dead_.take_over(std::move(message), now());
            return true;
        };
        std::optional<std::int64_t> visibility;
        if (how.visibility_seconds) visibility = *how.visibility_seconds * 1000;
        const auto expected = model.receive(how.max, visibility, how.attempt_id, now_ms_, &dead_model_);
        const auto got = from.receive(how, now());
        if (got.size() != expected.size()) return false;
        for (std::size_t i = 0; i < got.size(); ++i) {
            if (got[i].body != expected[i] || got[i].message_id != ids_.at(expected[i])) return false;
            model.learn(expected[i], got[i].receipt_handle);
            const auto count = got[i].system_attributes.at("ApproximateReceiveCount");
            if (count != std::to_string(model.receives_of(expected[i]))) return false;
            handles_.push_back({expected[i], got[i].receipt_handle, !with_redrive});
        }
        if (handles_.size() > 60) handles_.erase(handles_.begin(), handles_.begin() + 30);
        return true;
    }

    template<class Call>
    static model_refusal outcome_of(Call call) {
        try {
            call();
            return model_refusal::none;
        } catch (const fault& why) {
            if (why.code == "AWS.SimpleQueueService.MessageNotInflight") return model_refusal::not_in_flight;
            if (why.message.find("has expired") != std::string::npos) return model_refusal::expired_handle;
            if (why.message.find("does not exist or") != std::string::npos) return model_refusal::no_such_message;
            if (why.message.find("beyond the limit") != std::string::npos) return model_refusal::beyond_limit;
            throw;
        }
    }

    bool remove() {
        if (handles_.empty()) return true;
        const known_handle one = handles_[random(handles_.size())];
        queue& owner = one.of_dead_letters ? dead_ : queue_;
        queue_model& model = one.of_dead_letters ? dead_model_ : model_;
        const model_refusal expected = model.remove(one.body, one.handle, now_ms_);
        return outcome_of([&] { owner.remove(one.handle, now()); }) == expected;
    }

    bool change_visibility() {
        if (handles_.empty()) return true;
        const known_handle one = handles_[random(handles_.size())];
        const auto seconds = static_cast<std::int64_t>(random(10) == 0 ? 43'200 : random(90));
        queue& owner = one.of_dead_letters ? dead_ : queue_;
        queue_model& model = one.of_dead_letters ? dead_model_ : model_;
        const model_refusal expected = model.change_visibility(one.body, one.handle, seconds * 1000, now_ms_);
        return outcome_of([&] { owner.change_visibility(one.handle, seconds, now()); }) == expected;
    }

    bool pass() {
        // Whole seconds, as all settings are: what ends exactly now is where mistakes hide.
        now_ms_ += 1000 * static_cast<std::int64_t>(random(20) == 0 ? random(400) : random(9));
        return true;
    }

    bool counts() {
        const queue_ledger seen = queue_.ledger(now());
        const queue_ledger dead = dead_.ledger(now());
        return seen.visible == model_.visible(now_ms_) && seen.in_flight == model_.in_flight(now_ms_) &&
               seen.visible + seen.in_flight + seen.delayed == model_.size(now_ms_) &&
               dead.visible == dead_model_.visible(now_ms_) && dead.in_flight == dead_model_.in_flight(now_ms_) &&
               seen.entered == seen.deleted + seen.expired + seen.moved + seen.visible + seen.in_flight + seen.delayed;
    }

    model_settings settings_;
    std::mt19937 random_;
    bool restarts_;
    journal written_;
    std::map<std::string, std::string> records_;
    std::int64_t now_ms_ = start_ms;
    std::uint64_t last_message_ = 0;
    queue_model model_;
    queue_model dead_model_;
    queue queue_;
    queue dead_;
    std::map<std::string, std::string> ids_; ///< by body
    std::vector<known_handle> handles_;
};

} // namespace

TEST_CASE("queues: no difference from a model of the documented rules, over a million random steps") {
    int steps = 0;
    for (const int which : {0, 1, 2, 3}) {
        const bool fifo = which % 2 == 1;
        const bool restarts = which > 1;
        for (const std::uint64_t max_receives : {0U, 1U, 3U}) {
            for (const std::int64_t delay : {0, 10'000}) {
                model_settings settings;
                settings.fifo = fifo;
                settings.max_receives = max_receives;
                settings.delay = delay;
                settings.retention = 600'000;
                const auto seed = static_cast<unsigned>(1 + steps);
                CAPTURE(fifo);
                CAPTURE(max_receives);
                CAPTURE(delay);
                CAPTURE(seed);
                CAPTURE(restarts);
                comparison both(settings, seed, restarts);
                const int wanted = steps_of_a_run / (restarts ? 3 : 1);
                int step = 0;
                while (step < wanted && both.step()) ++step;
                CHECK(step == wanted); // else it is the step with the difference
                steps += step;
            }
        }
    }
    std::cout << "queue model: " << steps << " random steps, no difference\n";
}

} // namespace queue_model_test
