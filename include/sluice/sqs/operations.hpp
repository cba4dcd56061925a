// The requests and replies of SQS. A queue is named by its URL here; `sqs::writer` and `sqs::reader` also take names
// and ARNs. What is out of range is refused before sending, with `errc::invalid_argument` that names field and rule.
#pragma once

#include <sluice/sqs/management_requests.hpp>
#include <sluice/sqs/message_requests.hpp>
#include <sluice/sqs/queue_requests.hpp>
