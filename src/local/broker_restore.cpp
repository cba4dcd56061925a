// What a core begins with when it has a storage.
#include "local/broker_core.hpp"

#include <stdexcept>
#include <utility>

namespace sluice::local {
namespace {

constexpr std::string_view format_key = "format"; ///< sorts before all others
constexpr std::string_view clock_key = "time";

/// Of the records. One more whenever an older broker would take them for something else, or lose something of them.
constexpr std::uint64_t format = 1;

void check_format(std::string_view key, const record_reader& record) {
    if (key != format_key) throw damaged_record("the first record is not the one of the format: is this a broker's?");
    const auto found = record.number("version");
    if (found <= format) return;
    throw std::runtime_error("the storage was written by a newer version of sluice: its format is " +
                             std::to_string(found) + ", this one knows " + std::to_string(format) + " at most");
}

} // namespace

void broker_core::restore() {
    bool empty = true;
    gate_->keeper().load([&](std::string_view key, std::string_view value) {
        try {
            const record_reader record(value);
            if (std::exchange(empty, false)) check_format(key, record);
            else restore(key, record);
        } catch (const damaged_record& why) {
            throw std::runtime_error("the record \"" + printable(std::string(key)) + "\" is damaged: " + why.what());
        }
    });
    // Written at every start: a storage that only can be read is found out now, not by the first client.
    record_writer record;
    record.number("version", format);
    const storage_change stated{std::string(format_key), record.finish()};
    gate_->keeper().commit({&stated, 1});
}

void broker_core::restore(std::string_view key, const record_reader& record) {
    if (key == clock_key) {
        const auto lead = std::chrono::nanoseconds(record.time("lead").time_since_epoch());
        if (lead < lead.zero() || lead > std::chrono::hours(24 * 365 * 100)) {
            throw damaged_record("a clock that is ahead by " + std::to_string(lead.count()) + " ns");
        }
        clock_lead_ = std::chrono::duration_cast<time_point::duration>(lead);
        return;
    }
    const auto [service, of_region] = split_key(key);
    const auto [region, of_account] = split_key(of_region);
    const auto [id, rest] = split_key(of_account);
    if (rest.empty()) throw damaged_record("nothing is kept under this key");
    account_of(std::string(region), std::string(id)).restore(service, rest, record);
}

void broker_core::set_clock_lead(time_point::duration lead) {
    clock_lead_ = lead;
    if (!gate_) return;
    record_writer record;
    record.time("lead", time_point(lead));
    gate_->changes().put(std::string(clock_key), record.finish());
}

void broker_core::commit_at_last(time_point now) {
    if (gate_) gate_->commit_at_last(now);
}

} // namespace sluice::local
