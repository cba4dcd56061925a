// What the programs of this folder share: a session at an embedded broker without a port, and the end of the program.
#pragma once

#include <sluice/local/broker.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A snippet failed if this is false: the program ends with status 1.
inline void expect(bool holds, const char* what) {
    if (holds) return;
    std::cerr << "not as documented: " << what << '\n';
    std::exit(1);
}

inline sluice::session_options options_for(sluice::local::broker& broker) {
    sluice::session_options options;
    options.read_environment = false;
    options.region = "us-east-1";
    options.endpoint_url = broker.endpoint();
    options.transport = broker.transport();
    options.credentials = sluice::static_credentials(sluice::credentials{"test", "test"});
    return options;
}

/// Runs `all(broker, session)` on one thread, and gives the exit status of the program.
template<class Function>
int on_a_broker(Function all) {
    asio::io_context context;
    sluice::local::broker_options no_port;
    no_port.listen = false;
    sluice::local::broker broker{context.get_executor(), no_port};
    const sluice::session session{context.get_executor(), options_for(broker)};
    int status = 1;
    const auto ended = [&](const std::exception_ptr& failure) {
        try {
            if (failure) std::rethrow_exception(failure);
            status = 0;
        } catch (const std::exception& thrown) {
            std::cerr << thrown.what() << '\n';
        }
        context.stop();
    };
    asio::co_spawn(context, all(broker, session), ended);
    context.run();
    return status;
}
