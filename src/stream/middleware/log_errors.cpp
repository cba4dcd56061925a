#include <sluice/middleware/log_errors.hpp>

#include "stream/middleware/plain_text.hpp"

#include <sluice/middleware/failure.hpp>

namespace sluice::detail {

std::string failure_line(const sqs::delivery& delivery, const std::exception_ptr& failure) {
    constexpr std::size_t longest = 2'000;
    return stream::one_line("message " + delivery.message_id() + ", receive " +
                                std::to_string(delivery.receive_count()) + ": " + describe_failure(failure),
                            longest);
}

} // namespace sluice::detail
