// The pages that show a broker to people, and the same as JSON for programs. Pure: values in, text out.
#pragma once

#include "local/broker_status.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace sluice::local {

/// `refresh`: after how many seconds the browser asks again; 0: never.
std::string status_page(const broker_status& status, const status_query& query, long refresh);
std::string queue_page(const queue_peek& peek, const peek_query& query);
/// For what cannot be shown.
std::string message_page(std::string_view title, std::string_view text);

nlohmann::json status_json(const broker_status& status, const status_query& query);
nlohmann::json queue_json(const queue_peek& peek, const peek_query& query);

/// Where a queue's page is. Empty when `arn` is of no queue, or holds what no path may.
std::string path_of_queue(std::string_view arn);

} // namespace sluice::local
