// The command bus over CloudEvents.
#pragma once

#include <sluice/bus/envelope.hpp>
#include <sluice/cloud_event.hpp>
#include <sluice/export.hpp>

#include <memory>

namespace sluice {

/// Commands, events and replies as CloudEvents 1.0, so that others can read what a bus writes, and write to it. Reads
/// both modes, whichever one it writes.
///
/// | member           | attribute of the event | when                                                              |
/// |------------------|------------------------|-------------------------------------------------------------------|
/// | `id`             | `id`                   | always                                                            |
/// | `type`           | `type`                 | always                                                            |
/// | `source`         | `source`               | always: a URI-reference; `urn:sluice:bus` stands for an empty one |
/// | `subject`        | `subject`              | when set                                                          |
/// | `time`           | `time`                 | when set                                                          |
/// | `content_type`   | `datacontenttype`      | when set; structured text without one is `application/json`       |
/// | `correlation_id` | `correlationid`        | when it is not `id`                                               |
/// | `causation_id`   | `causationid`          | when set                                                          |
/// | `reply_to`       | `replyto`              | when set                                                          |
/// | `deadline`       | `deadline`             | when set                                                          |
///
/// Structured mode takes any payload: JSON as it is, other text as a string, everything else in base64. Binary mode
/// takes text that is not empty, and ten attributes with `ce-specversion`: a command that has everything is refused.
/// The ids of CloudEvents are unique for each source: two events with one id are the same only if they have one source.
/// Source: CloudEvents 1.0.2; the names of the ids are those of its correlation extension.
[[nodiscard]] SLUICE_API std::shared_ptr<const envelope_format>
cloud_event_envelope_format(cloud_event_mode mode = cloud_event_mode::structured);

} // namespace sluice
