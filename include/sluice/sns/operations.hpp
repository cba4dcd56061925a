// The requests and replies of SNS. Topics and subscriptions are named by their ARNs. What is out of range is refused
// before sending, with `errc::invalid_argument` that names field and rule.
#pragma once

#include <sluice/sns/publish_requests.hpp>
#include <sluice/sns/subscription_requests.hpp>
#include <sluice/sns/topic_requests.hpp>
