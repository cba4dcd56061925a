// What a batch channel decides: who goes in, which batches leave, which entries are sent again, which groups are
// corked, what each entry ends as. No I/O, no thread, no clock: `now` is an argument.
#pragma once

#include "stream/channel_items.hpp"
#include "stream/flush_epochs.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sluice::stream {

/// `Waiter` is whatever is to be woken when a flush is complete.
template<class Entry, class Value, class Waiter>
class channel_core {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using outcome = result<Value>;
    using item = channel_item<Entry, Value>;
    using item_ptr = std::shared_ptr<item>;
    using box = channel_box<Entry, Value>;
    using batch = typename box::assembler_type::batch;

    struct departure {
        box* from; ///< stays where it is until the batch is given to `finish`
        std::shared_ptr<batch> what;
    };

    /// What is to be done: other people's code runs in it.
    struct effects {
        std::vector<item_ptr> ended; ///< with their outcomes in them
        std::vector<departure> batches;
        std::vector<Waiter> flushed;
        std::vector<std::function<void(writer_observer&)>> events; ///< only when observed
    };

    /// `only`: the destination of entries that name none.
    channel_core(const channel_limits& limits, std::shared_ptr<entry_retries> retries, bool observed,
                 std::string only = {})
        : limits_(limits), retries_(std::move(retries)), observed_(observed), only_(std::move(only)),
          flow_(limits.flow) {}

    void add(item_ptr added, when_full full, time_point now, effects& out) {
        added->epoch = epochs_.enter();
        box& to = box_of(*added);
        added->in = &to;
        if (closed_) {
            end(added, error_info(errc::closed, "the writer is closed; this was not sent"), out);
        } else if (to.assembler.is_corked(added->address.group)) {
            end(added, corked_error(added->address.group), out);
        } else if (flow_.try_enter(to.share, added->bytes)) {
            admit(std::move(added), now);
        } else if (full == when_full::reject) {
            end(added, error_info(errc::buffer_full, "the writer's buffer is full; this was not sent"), out);
        } else {
            if (observed_) out.events.emplace_back([name = to.name](auto& seen) { seen.write_waits(name); });
            const std::size_t bytes = added->bytes;
            flow_.wait(to.share, std::move(added), bytes);
        }
        pump(to, now, out);
    }

    /// A batch has ended, with an outcome for each entry; those that are missing end as unknown, for `reason`.
    void finish(box& from, const std::shared_ptr<batch>& sent, std::vector<outcome> outcomes, const std::string& reason,
                time_point now, effects& out) {
        if (outcomes.size() != sent->entries.size()) outcomes.resize(sent->entries.size(), unknown(reason));
        settle_entries(from, *sent, std::move(outcomes), now, out);
        in_flight_.erase(sent);
        from.assembler.finished();
        if (epochs_.flushing()) from.assembler.flush();
        pump_after(from, now, out);
    }

    void cancel(const item_ptr& cancelled, time_point now, effects& out) {
        if (cancelled->in == nullptr || cancelled->at == entry_stage::done) return;
        box& of = *cancelled->in;
        if (cancelled->at == entry_stage::waiting) {
            flow_.remove(of.share, cancelled);
            end(cancelled, error_info(errc::cancelled, "cancelled while it waited for space"), out);
        } else if (cancelled->at == entry_stage::pending) {
            of.assembler.remove(cancelled, cancelled->address.group);
            free_space(*cancelled);
            const error_info why = cancelled->may_have_been_applied
                                       ? unknown("given up while it waited to be sent again")
                                       : error_info(errc::cancelled, "cancelled before its batch left");
            end(cancelled, with_last_failure(why, *cancelled), out);
        } else {
            end(cancelled, with_last_failure(unknown("given up while its request was under way"), *cancelled), out);
        }
        pump_after(of, now, out);
    }

    /// Everything leaves as soon as it can; `waiter` is woken when all of it has ended. False: there is nothing.
    bool flush(Waiter waiter, time_point now, effects& out) {
        const bool wait = epochs_.flush(std::move(waiter));
        std::vector<box*> all;
        all.reserve(boxes_.size());
        for (auto& [name, one] : boxes_) all.push_back(&one);
        for (box* const one : all) {
            one->assembler.flush();
            pump(*one, now, out);
        }
        return wait;
    }

    /// Nothing is added any more.
    void close() noexcept { closed_ = true; }

    /// Ends everything: what was not sent as `errc::closed`, the rest as unknown.
    void abandon(effects& out) {
        const error_info not_sent(errc::closed, "the writer was closed before this was sent");
        const error_info maybe = unknown("the writer was closed before this was sent again");
        for (auto& [name, one] : boxes_) {
            for (const item_ptr& waiting : flow_.drop(one.share)) end(waiting, not_sent, out);
            for (const item_ptr& pending : one.assembler.drop()) {
                free_space(*pending);
                end(pending, with_last_failure(pending->may_have_been_applied ? maybe : not_sent, *pending), out);
            }
        }
        const error_info under_way = unknown("the writer was closed while its request was under way");
        for (const auto& sent : in_flight_) {
            for (const auto& one : sent->entries) end(one.item, with_last_failure(under_way, *one.item), out);
        }
    }

    /// Nobody will go on with anything: all entries, without outcomes.
    std::vector<item_ptr> drop() {
        std::vector<item_ptr> dropped;
        for (auto& [name, one] : boxes_) {
            for (item_ptr& waiting : flow_.drop(one.share)) dropped.push_back(std::move(waiting));
            for (item_ptr& pending : one.assembler.drop()) dropped.push_back(std::move(pending));
        }
        for (const auto& sent : in_flight_) {
            for (const auto& one : sent->entries) {
                // One that is done is on its way to whoever waits, who may live elsewhere.
                if (one.item->at != entry_stage::done) dropped.push_back(one.item);
            }
        }
        for (const item_ptr& one : dropped) one->at = entry_stage::done;
        return dropped;
    }

    /// A group that was corked takes entries again. False when it was not corked.
    bool resume(const entry_address& address) {
        const auto at = boxes_.find(address.destination);
        if (at == boxes_.end() || !at->second.assembler.resume(address.group)) return false;
        forget_if_idle(at->second);
        return true;
    }

    /// When `pass_time` has something to do.
    [[nodiscard]] std::optional<time_point> next_deadline() const {
        if (deadlines_.empty()) return std::nullopt;
        return deadlines_.begin()->first;
    }
    void pass_time(time_point now, effects& out) {
        std::vector<box*> due;
        for (auto at = deadlines_.begin(); at != deadlines_.end() && at->first <= now; ++at) due.push_back(at->second);
        for (box* const one : due) pump(*one, now, out);
    }

    [[nodiscard]] channel_counts counts() const {
        channel_counts now = counts_;
        now.pending = flow_.entries();
        now.pending_bytes = flow_.bytes();
        now.waiting = flow_.waiting();
        now.destinations = boxes_.size();
        return now;
    }

  private:
    static error_info unknown(std::string why) {
        error_info info(errc::unknown_outcome, std::move(why));
        info.may_have_been_applied = true;
        return info;
    }
    /// That we stopped is half of the answer; why it took so long is the other half.
    static error_info with_last_failure(error_info stopped, const item& one) {
        if (one.at == entry_stage::done || one.outcome) return stopped; // it never failed
        const error_info& last = one.outcome.error();
        stopped.message += "; the last try failed: ";
        stopped.message += make_error_code(last.code).message() + ": " + last.message;
        stopped.service_code = last.service_code;
        stopped.request_id = last.request_id;
        stopped.operation = last.operation;
        stopped.http_status = last.http_status;
        stopped.attempts = last.attempts;
        return stopped;
    }
    static error_info corked_error(const std::string& group) {
        return {errc::group_corked, "a message before this one in the message group \"" + group +
                                        "\" was not accepted; this was not sent. resume() opens the group again"};
    }

    [[nodiscard]] const std::string& name_of(const entry_address& address) const noexcept {
        return address.destination.empty() ? only_ : address.destination;
    }

    box& box_of(const item& added) {
        batch_limits limits = limits_.batch;
        if (added.batch_bytes != 0) limits.bytes = added.batch_bytes;
        const std::string& name = name_of(added.address);
        const auto at = boxes_.try_emplace(added.address.destination, name, limits).first;
        at->second.key = &at->first;
        return at->second;
    }

    void admit(item_ptr added, time_point now) {
        added->at = entry_stage::pending;
        box& to = *added->in;
        const item_ptr keep = added; // its group is read while it is moved
        to.assembler.add(std::move(added), keep->bytes, keep->address.group, now);
        if (epochs_.flushing()) to.assembler.flush();
    }

    /// Gives an entry its outcome, once; later ones are dropped.
    void end(const item_ptr& ended, outcome with, effects& out) {
        if (ended->at == entry_stage::done) return;
        ended->at = entry_stage::done;
        ++(with ? counts_.accepted : counts_.failed);
        for (auto& waiter : epochs_.leave(ended->epoch)) out.flushed.push_back(std::move(waiter));
        if (observed_) {
            const std::optional<error_info> failure = with ? std::nullopt : std::optional(with.error());
            out.events.emplace_back([ended, name = name_of(ended->address), failure](auto& seen) {
                seen.message_ended(name, ended->address.group, failure ? &*failure : nullptr);
            });
        }
        ended->outcome = std::move(with);
        out.ended.push_back(ended);
    }

    void free_space(const item& left) { flow_.leave(left.in->share, left.bytes); }

    /// Whoever waits and has space now goes in.
    void admit_waiting(time_point now, effects& out) {
        while (auto next = flow_.admit_next()) {
            item_ptr entered = std::move(next->second);
            box& to = *entered->in;
            if (to.assembler.is_corked(entered->address.group)) {
                free_space(*entered);
                end(entered, corked_error(entered->address.group), out);
            } else {
                admit(std::move(entered), now);
            }
            pump(to, now, out);
        }
    }

    /// Sends what may leave. The box may be forgotten by it.
    void pump(box& of, time_point now, effects& out) {
        for (batch taken = of.assembler.take(now); !taken.entries.empty(); taken = of.assembler.take(now)) {
            std::size_t bytes = 0;
            for (const auto& one : taken.entries) {
                one.item->at = entry_stage::in_flight;
                if (one.item->tries++ == 0) one.item->first_sent = now;
                bytes += one.bytes;
            }
            constexpr std::size_t billed_chunk = std::size_t(64) << 10;
            ++counts_.requests;
            counts_.entries += taken.entries.size();
            counts_.billed += std::max<std::size_t>(1, (bytes + billed_chunk - 1) / billed_chunk);
            if (observed_) {
                out.events.emplace_back([name = of.name, count = taken.entries.size(), bytes, reason = taken.reason](
                                            auto& seen) { seen.batch_sent(name, count, bytes, reason); });
            }
            auto leaving = std::make_shared<batch>(std::move(taken));
            in_flight_.insert(leaving);
            out.batches.push_back({&of, std::move(leaving)});
        }
        note_deadline(of);
        forget_if_idle(of);
    }

    /// Space was freed in this box: it may go on, and so may others.
    void pump_after(box& freed, time_point now, effects& out) {
        const std::string key = *freed.key;
        admit_waiting(now, out);
        if (const auto at = boxes_.find(key); at != boxes_.end()) pump(at->second, now, out);
    }

    void note_deadline(box& of) {
        const auto deadline = of.assembler.deadline();
        if (deadline == of.deadline) return;
        if (of.deadline) deadlines_.erase({*of.deadline, &of});
        if (deadline) deadlines_.emplace(*deadline, &of);
        of.deadline = deadline;
    }

    /// Destinations that rest cost nothing. The only one is kept: a writer for one uses it again and again.
    void forget_if_idle(box& of) {
        if (boxes_.size() == 1 || !of.assembler.is_idle() || !flow_control<item_ptr>::is_idle(of.share)) return;
        note_deadline(of);
        boxes_.erase(boxes_.find(*of.key));
    }

    /// Entries that were accepted after one before them in their group was refused: their receipts say so.
    void mark_order_breaks(const batch& sent, std::vector<outcome>& outcomes) {
        std::unordered_set<std::string> refused;
        if (limits_.batch.entries_of_group == 1) return;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const std::string& group = sent.entries[i].item->address.group;
            if (group.empty()) continue;
            if (!outcomes[i]) {
                refused.insert(group);
            } else if (refused.contains(group)) {
                ++counts_.order_breaks;
                if constexpr (requires { outcomes[i]->order_broken; }) outcomes[i]->order_broken = true;
            }
        }
    }

    /// From the last to the first, so that those of a group that come again stand in their order.
    void settle_entries(box& from, batch& sent, std::vector<outcome> outcomes, time_point now, effects& out) {
        mark_order_breaks(sent, outcomes);
        out.ended.reserve(out.ended.size() + sent.entries.size());
        std::unordered_set<std::string> passed;               // groups of which a later entry is there, perhaps
        std::unordered_map<std::string, time_point> again_at; // one time for all of a group
        for (std::size_t i = sent.entries.size(); i-- > 0;) {
            auto& entry = sent.entries[i];
            const item_ptr one = entry.item;
            const std::string& group = one->address.group;
            if (outcomes[i]) {
                if (one->tries > 1 && retries_) retries_->succeeded(one->tries);
                if (!group.empty()) passed.insert(group);
                mark_possible_duplicate(*one, outcomes[i]);
                end_in_flight(one, std::move(outcomes[i]), out);
                one->entry = {}; // whoever waits may be slow to look
                from.assembler.settle(group);
                continue;
            }
            error_info failure = outcomes[i].error();
            failure.attempts = one->attempts += failure.attempts;
            failure.may_have_been_applied = one->may_have_been_applied |= failure.may_have_been_applied;
            const auto when = time_to_try_again(from, *one, failure, !group.empty() && passed.contains(group), now);
            if (when) {
                const auto common = group.empty() ? *when : again_at.try_emplace(group, *when).first->second;
                ++counts_.retried;
                one->at = entry_stage::pending;
                if (observed_) {
                    out.events.emplace_back([one, name = name_of(one->address), failure, tries = one->tries,
                                             pause = common - now](auto& seen) {
                        seen.message_retried(name, one->address.group, failure, tries, pause);
                    });
                }
                one->outcome = std::move(failure);
                from.assembler.again(std::move(entry), group, common);
            } else {
                if (failure.may_have_been_applied) passed.insert(group);
                if (one->at == entry_stage::in_flight && !group.empty()) cork(from, *one, failure, out);
                end_in_flight(one, std::move(failure), out);
                one->entry = {};
            }
            from.assembler.settle(group);
        }
    }

    /// A group has deduplication ids, which keep a message from being taken twice.
    void mark_possible_duplicate(const item& accepted, outcome& with) {
        if constexpr (requires { with->possible_duplicate; }) {
            const bool again = accepted.may_have_been_applied || with->possible_duplicate;
            with->possible_duplicate = again && accepted.address.group.empty();
            counts_.possible_duplicates += with->possible_duplicate ? 1 : 0;
        }
    }

    /// Nothing: its failure is final.
    std::optional<time_point> time_to_try_again(const box& from, const item& one, const error_info& failure,
                                                bool overtaken, time_point now) {
        const bool wanted = one.at == entry_stage::in_flight && retries_ && !overtaken;
        if (!wanted || from.assembler.is_corked(one.address.group)) return std::nullopt;
        const auto pause = retries_->pause(failure, one.tries, one.first_sent, now, !one.address.group.empty());
        if (!pause) return std::nullopt;
        return now + *pause;
    }

    void end_in_flight(const item_ptr& one, outcome with, effects& out) {
        free_space(*one);
        end(one, std::move(with), out);
    }

    /// What follows in this group must not go before what has failed: it is refused until somebody has decided.
    void cork(box& from, const item& failed, const error_info& failure, effects& out) {
        const std::string& group = failed.address.group;
        if (from.assembler.is_corked(group)) return;
        ++counts_.corked;
        if (observed_) {
            out.events.emplace_back([name = name_of(failed.address), group, failure](auto& seen) {
                seen.group_corked(name, group, failure);
            });
        }
        for (const item_ptr& one : from.assembler.cork(group)) {
            free_space(*one);
            const error_info why =
                one->may_have_been_applied ? unknown("given up with its message group, " + group) : corked_error(group);
            end(one, with_last_failure(why, *one), out);
        }
    }

    channel_limits limits_;
    std::shared_ptr<entry_retries> retries_;
    bool observed_;
    std::string only_;
    flow_control<item_ptr> flow_;
    std::unordered_map<std::string, box> boxes_; ///< by destination; nodes stay where they are
    std::set<std::pair<time_point, box*>> deadlines_;
    std::unordered_set<std::shared_ptr<batch>> in_flight_;
    flush_epochs<Waiter> epochs_;
    channel_counts counts_;
    bool closed_ = false;
};

} // namespace sluice::stream
