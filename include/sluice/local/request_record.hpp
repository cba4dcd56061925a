// What the embedded broker tells of a request that it has answered: for logs, and for tests that count requests.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace sluice::local {

/// One request and what became of it. Texts are as the client sent them: they may hold what a terminal obeys.
struct request_record {
    std::chrono::system_clock::time_point time; ///< when it was there whole, by the true time
    std::string client;                         ///< `127.0.0.1:53211`, or `in-process`
    std::string service; ///< `sqs`, `sns`, `sts`, `admin` for the admin path; empty when it cannot be told
    std::string
        operation;        ///< such as `SendMessage`, or the method of an admin request; at most 256 bytes; may be empty
    std::string resource; ///< name of the queue or topic, or the path of an admin request; at most 256 bytes; may be
                          ///< empty
    std::string region;   ///< that it was signed for; empty for a request that was refused before that was known
    std::string account;  ///< of the caller; empty as `region`
    int status =
        0; ///< of HTTP; 0: no whole reply, as the client went away, the broker stopped, or a fault wanted it so
    std::string code;                      ///< of the error, such as `QueueDoesNotExist`; empty without one
    std::string message;                   ///< of the error
    std::string request_id;                ///< the header x-amzn-RequestId of the reply; empty without one
    std::size_t request_bytes = 0;         ///< of the body
    std::size_t reply_bytes = 0;           ///< of the body
    std::chrono::microseconds duration{0}; ///< from `time` to the reply, the wait of a long poll included
};

} // namespace sluice::local
