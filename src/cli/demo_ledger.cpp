#include "cli/demo_ledger.hpp"

#include <algorithm>
#include <array>

namespace sluice::cli {
namespace {

constexpr std::array<std::string_view, 5> countries{"DE", "IT", "FR", "ES", "PT"};
constexpr std::size_t most_named = 5;

} // namespace

std::string_view country_of(std::size_t id) noexcept { return countries[id % countries.size()]; }

std::size_t demo_ledger::add_queue(std::string name, std::vector<std::string> wanted) {
    queue added;
    added.name = std::move(name);
    added.countries = std::move(wanted);
    added.seen.assign(messages_, 0);
    std::size_t count = 0;
    for (std::size_t id = 0; id < messages_; ++id) count += wants(added, id) ? 1 : 0;
    expected_ += count;
    outstanding_ += count;
    queues_.push_back(std::move(added));
    return queues_.size() - 1;
}

bool demo_ledger::wants(const queue& of, std::size_t id) {
    return of.countries.empty() || std::ranges::find(of.countries, country_of(id)) != of.countries.end();
}

bool demo_ledger::receive(std::size_t number, std::size_t id) {
    queue& of = queues_[number];
    if (id >= messages_ || !wants(of, id)) {
        ++of.unexpected;
        return false;
    }
    std::uint8_t& seen = of.seen[id];
    if (seen < 255) ++seen;
    if (seen > 1) {
        ++of.duplicates;
        return false;
    }
    --outstanding_;
    return true;
}

void demo_ledger::receive_damaged(std::size_t number) { ++queues_[number].unexpected; }

std::vector<demo_ledger::row> demo_ledger::rows() const {
    std::vector<row> out;
    for (const queue& of : queues_) {
        row line;
        line.queue = of.name;
        line.duplicates = of.duplicates;
        line.unexpected = of.unexpected;
        for (std::size_t id = 0; id < messages_; ++id) {
            if (!wants(of, id)) continue;
            ++line.expected;
            if (of.seen[id] > 0) ++line.received;
            else if (line.missing_ids.size() < most_named) line.missing_ids.push_back(id);
        }
        line.missing = line.expected - line.received;
        out.push_back(std::move(line));
    }
    return out;
}

} // namespace sluice::cli
