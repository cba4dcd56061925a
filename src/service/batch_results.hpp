// The results of a batch, found by the ids of its entries.
#pragma once

#include "protocol/error_reply.hpp"
#include "service/attributes_codec.hpp"
#include "service/entry_texts.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::service {

/// One result for each of `count` entries: `accept(entry, position)` reads one that went well. An entry that the
/// answer does not name ends as unknown. The names of the lists are those of the Query protocol.
template<class Value, class Cursor, class Accept>
std::vector<result<Value>> decode_batch_results(std::string_view operation, const Cursor& from,
                                                std::string_view successful_name, std::string_view failed_name,
                                                std::size_t count, Accept accept) {
    std::vector<result<Value>> results(count);
    std::vector<bool> named(count);
    from.list("Successful", successful_name, [&](const Cursor& one) {
        entry_texts<Cursor> entry(one);
        const auto at = position_of(entry.text("Id"), count);
        if (!at) return;
        results[*at] = accept(entry, *at);
        named[*at] = true;
    });
    from.list("Failed", failed_name, [&](const Cursor& one) {
        entry_texts<Cursor> entry(one);
        const auto at = position_of(entry.text("Id"), count);
        if (!at) return;
        error_info failure = decode_entry_failure(operation, entry);
        failure.code = protocol::classify(failure.service_code, 0);
        results[*at] = std::move(failure);
        named[*at] = true;
    });
    for (std::size_t i = 0; i < count; ++i) {
        if (!named[i]) results[i] = unnamed_entry(operation);
    }
    return results;
}

} // namespace sluice::service
