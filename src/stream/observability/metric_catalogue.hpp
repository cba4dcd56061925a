// Every metric that there is: the text that is served and the table in the documentation both come from here.
#pragma once

#include <array>
#include <string_view>

namespace sluice::stream {

struct metric {
    std::string_view name;
    std::string_view type;   ///< counter, gauge or histogram
    std::string_view labels; ///< with commas between
    std::string_view help;   ///< one line, without backslashes
};

namespace metric_names {

inline constexpr metric writer_batches{"sluice_writer_batches_total", "counter", "destination, system, reason",
                                       "Batches sent, by why they left"};
inline constexpr metric writer_batch_messages{"sluice_writer_batch_messages", "histogram", "destination, system",
                                              "Messages in a batch"};
inline constexpr metric writer_batch_bytes{"sluice_writer_batch_bytes", "histogram", "destination, system",
                                           "Size of a batch as the service counts it"};
inline constexpr metric writer_messages{"sluice_writer_messages_total", "counter", "destination, system, outcome",
                                        "Messages that have their final result: accepted or failed"};
inline constexpr metric writer_retries{"sluice_writer_retries_total", "counter", "destination, system",
                                       "Times that a message was put back to be sent again"};
inline constexpr metric writer_errors{"sluice_writer_errors_total", "counter", "destination, system, fate, error",
                                      "Failures of messages by cause; fate is failed (final) or retried"};
inline constexpr metric writer_waits{"sluice_writer_waits_total", "counter", "destination, system",
                                     "Writes that had to wait for space in the buffer"};
inline constexpr metric writer_corked{"sluice_writer_corked_groups_total", "counter", "destination, system",
                                      "Times that a message group was stopped until resume() is called"};

inline constexpr metric reader_polls{"sluice_reader_polls_total", "counter", "queue, outcome",
                                     "Polls that ended: with messages, empty or failed"};
inline constexpr metric reader_poll_messages{"sluice_reader_poll_messages", "histogram", "queue",
                                             "Messages in the answer to a poll"};
inline constexpr metric reader_settlements{"sluice_reader_settlements_total", "counter", "queue, how",
                                           "Messages that the reader is through with: acknowledged, released, dropped "
                                           "(neither, by its handler), lost (its lease ended) or damaged"};
inline constexpr metric reader_unconfirmed{"sluice_reader_unconfirmed_settlements_total", "counter", "queue",
                                           "Of these, those that the service did not confirm: they come again"};
inline constexpr metric reader_renewal_failures{"sluice_reader_renewal_failures_total", "counter", "queue",
                                                "Failed tries to renew the lease of a message"};
inline constexpr metric reader_handler_failures{"sluice_reader_handler_failures_total", "counter", "queue",
                                                "Messages whose handler threw"};
inline constexpr metric reader_errors{"sluice_reader_errors_total", "counter", "queue, operation, error",
                                      "Failures by cause; operation is poll, settle or renew"};
inline constexpr metric handler_seconds{"sluice_handler_duration_seconds", "histogram", "queue, outcome",
                                        "How long handlers took, by how they ended: ok, failed or cancelled"};
inline constexpr metric message_age{"sluice_message_age_seconds", "histogram", "queue",
                                    "Age of messages, from when they were sent to when their handler began"};
inline constexpr metric redeliveries{"sluice_redelivered_messages_total", "counter", "queue",
                                     "Messages that were handled and had been received before"};

inline constexpr metric watched_writer_pending{"sluice_writer_pending_messages", "gauge", "writer",
                                               "Messages in the buffer or under way"};
inline constexpr metric watched_writer_bytes{"sluice_writer_pending_bytes", "gauge", "writer", "The same by size"};
inline constexpr metric watched_writer_waiting{"sluice_writer_waiting_writes", "gauge", "writer",
                                               "Writes that wait for space in the buffer"};
inline constexpr metric watched_writer_billed{"sluice_writer_billed_requests_total", "counter", "writer",
                                              "Requests as AWS bills them, each 64 KiB begun is one"};
inline constexpr metric watched_writer_duplicates{"sluice_writer_possible_duplicates_total", "counter", "writer",
                                                  "Messages accepted after a try whose outcome is unknown"};
inline constexpr metric watched_writer_order{"sluice_writer_order_breaks_total", "counter", "writer",
                                             "Messages accepted after one before them in their group was refused"};
inline constexpr metric watched_reader_buffered{"sluice_reader_buffered_messages", "gauge", "reader",
                                                "Messages that wait in the reader"};
inline constexpr metric watched_reader_in_flight{"sluice_reader_in_flight_messages", "gauge", "reader",
                                                 "Messages that the reader has, until they are settled"};
inline constexpr metric watched_reader_bytes{"sluice_reader_in_flight_bytes", "gauge", "reader", "The same by size"};
inline constexpr metric watched_reader_handlers{"sluice_reader_running_handlers", "gauge", "reader",
                                                "Handlers that run"};
inline constexpr metric watched_reader_poll_age{"sluice_reader_last_poll_age_seconds", "gauge", "reader",
                                                "Since the last poll ended; absent before the first one"};
inline constexpr metric watched_reader_received{"sluice_reader_received_messages_total", "counter", "reader",
                                                "Messages received"};
inline constexpr metric watched_reader_expired{"sluice_reader_expired_messages_total", "counter", "reader",
                                               "Messages dropped from the buffer unread, as their leases had ended"};
inline constexpr metric watched_reader_over_limit{"sluice_reader_over_limit_polls_total", "counter", "reader",
                                                  "Polls refused, as too many messages of the queue are in flight"};
inline constexpr metric watched_reader_renewals{"sluice_reader_lease_renewals_total", "counter", "reader",
                                                "Leases renewed"};

} // namespace metric_names

/// In the order of the text.
inline constexpr auto metric_catalogue = [] {
    namespace names = metric_names;
    return std::array{names::writer_batches,
                      names::writer_batch_messages,
                      names::writer_batch_bytes,
                      names::writer_messages,
                      names::writer_retries,
                      names::writer_errors,
                      names::writer_waits,
                      names::writer_corked,
                      names::reader_polls,
                      names::reader_poll_messages,
                      names::reader_settlements,
                      names::reader_unconfirmed,
                      names::reader_renewal_failures,
                      names::reader_handler_failures,
                      names::reader_errors,
                      names::handler_seconds,
                      names::message_age,
                      names::redeliveries,
                      names::watched_writer_pending,
                      names::watched_writer_bytes,
                      names::watched_writer_waiting,
                      names::watched_writer_billed,
                      names::watched_writer_duplicates,
                      names::watched_writer_order,
                      names::watched_reader_buffered,
                      names::watched_reader_in_flight,
                      names::watched_reader_bytes,
                      names::watched_reader_handlers,
                      names::watched_reader_poll_age,
                      names::watched_reader_received,
                      names::watched_reader_expired,
                      names::watched_reader_over_limit,
                      names::watched_reader_renewals};
}();

} // namespace sluice::stream
