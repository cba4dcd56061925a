// Writers over a scripted service.
#pragma once

#include "support/query_replies.hpp"
#include "support/run_coroutine.hpp"

#include <sluice/as_result.hpp>
#include <sluice/message.hpp>
#include <sluice/writer_options.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace unit_tests {

/// Batches leave when they are full or flushed.
inline sluice::writer_options patient() {
    sluice::writer_options options;
    options.linger = std::chrono::hours(1);
    return options;
}

struct writer_fixture {
    boost::asio::io_context context;
    std::shared_ptr<scripted_transport> script = std::make_shared<scripted_transport>(context.get_executor());
    sluice::session session = scripted_session(context.get_executor(), script);

    template<class Writer>
    started<sluice::result<sluice::receipt>> write(Writer& writer, sluice::message content) {
        started<sluice::result<sluice::receipt>> written(context, sluice::as_result(writer.write(std::move(content))));
        settle(context);
        return written;
    }
    template<class Writer>
    started<bool> flush(Writer& writer) {
        started<bool> flushed(context, then_true(writer.flush()));
        settle(context);
        return flushed;
    }
};

} // namespace unit_tests
