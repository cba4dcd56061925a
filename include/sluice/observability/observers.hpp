// Several observers at once.
#pragma once

#include <sluice/export.hpp>
#include <sluice/sqs/reader_observer.hpp>
#include <sluice/writer_observer.hpp>

#include <memory>
#include <vector>

namespace sluice {

/// One observer that tells all of them, in this order, each event on the thread that it came on:
/// `options.observer = sluice::observers({metrics.writer_observer(), log.writer_observer()})`. Null ones are left out.
/// They live as long as it does.
[[nodiscard]] SLUICE_API std::shared_ptr<writer_observer> observers(std::vector<std::shared_ptr<writer_observer>> all);
[[nodiscard]] SLUICE_API std::shared_ptr<sqs::reader_observer>
observers(std::vector<std::shared_ptr<sqs::reader_observer>> all);

} // namespace sluice
