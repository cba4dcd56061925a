#include "cli/broker_setup.hpp"
#include "cli/commands.hpp"
#include "cli/error_advice.hpp"
#include "cli/local_tls.hpp"
#include "cli/output_settings.hpp"
#include "cli/request_line.hpp"
#include "cli/sqlite_storage.hpp"
#include "cli/watched_storage.hpp"

#include <sluice/local/broker.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

struct local_settings {
    output_settings output;
    std::uint16_t port = 4566;
    std::string address = "127.0.0.1";
    std::vector<std::string> regions{"us-east-1"};
    std::string account = "000000000000";
    std::vector<std::string> keys;
    bool no_verify = false;
    bool no_admin = false;
    local_tls_settings tls;
    bool log_requests = false;
    std::string config;
    std::string data;
    bool data_fsync = false;
    bool no_signing = false;
    std::string endpoint_ca;
};

/// Beside the connections: standard streams, the listener, and what the libraries need.
constexpr rlim_t own_descriptors = 64;

/// Each client's connection is a descriptor. Says so when there cannot be as many as `connections`.
void raise_descriptor_limit(std::size_t connections) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t needed = connections + own_descriptors;
    if (limit.rlim_cur < limit.rlim_max) {
        const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            const int why = errno;
            limit.rlim_cur = before;
            if (before < needed) {
                std::cerr << "sluice: the limit of open files cannot be raised from " << before << " to "
                          << limit.rlim_max << ": " << std::strerror(why) << '\n';
            }
        }
    }
    if (limit.rlim_cur >= needed) return;
    const rlim_t left = limit.rlim_cur > own_descriptors ? limit.rlim_cur - own_descriptors : 0;
    std::cerr << "sluice: the limit of open files is " << limit.rlim_cur << ": at most about " << left
              << " connections at once, not " << connections << "; raise it with ulimit -Hn\n";
}

constexpr const char* footer =
    R"(Example:
  sluice local --port 4566      # then paste the lines it prints into another terminal
  sluice local --tls            # the same over https; a line more tells clients what to trust
  sluice local --data ~/.local/share/sluice   # queues, topics and messages are there again at the next start
  sluice local --config broker.json --log-requests

In a browser: http://127.0.0.1:4566/_sluice/ shows topics, subscriptions, queues, rates, the last errors and the
messages, also as JSON: /_sluice/status.json. --no-admin turns it off, and so these:

Faults, time and restarts for tests, by HTTP from this machine (no signature is needed):
  curl localhost:4566/_sluice/faults -d '{"operation":"SendMessageBatch","nth":3,"fault":"throttle_entry","entry":4}'
  curl localhost:4566/_sluice/faults -d '{"operation":"*","probability":0.01,"seed":1,"fault":"drop_reply"}'
  curl localhost:4566/_sluice/faults                                  # lists them, with how often they were played
  curl -X DELETE localhost:4566/_sluice/faults                        # all, or one: /_sluice/faults/1
  curl localhost:4566/_sluice/advance -d '{"seconds":300}'            # visibility, delays, retention pass at once
  curl localhost:4566/_sluice/skew -d '{"seconds":-1200}'             # its clock, as clients see it, is wrong
  curl localhost:4566/_sluice/restart -d '{"memory":"lost"}'          # or "kept": connections are cut
  curl localhost:4566/_sluice/expire-visibility -d '{"queue":"q"}'
  curl localhost:4566/_sluice/ledger                                  # what became of the messages of each queue
Members of a fault: operation, at (queue or topic), nth, times, probability, seed; fault, which is one of
  throttle, throttle_entry (entry), fail (status, code, message), fail_entry (entry, status, code, message),
  drop_request, drop_reply, cut_reply, refuse_connection (ending: closed or reset), garbage_reply, garbage_body,
  delay_reply (delay_ms), expire_visibility, restart (memory: lost or kept), outlive_client)";

std::vector<local::access_key> parse_keys(const std::vector<std::string>& texts) {
    std::vector<local::access_key> keys;
    for (const std::string& text : texts) {
        const auto colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
            throw CLI::ValidationError("--key", "\"" + text + "\" is not ID:SECRET or ID:SECRET:ACCOUNT");
        }
        const auto second = text.find(':', colon + 1);
        local::access_key key;
        key.id = text.substr(0, colon);
        key.secret = text.substr(colon + 1, second == std::string::npos ? second : second - colon - 1);
        if (second != std::string::npos) key.account_id = text.substr(second + 1);
        keys.push_back(std::move(key));
    }
    return keys;
}

struct contents {
    std::size_t queues = 0;
    std::size_t messages = 0;
};

contents count(const local::broker& broker) {
    contents found;
    for (const auto& [name, queue] : broker.ledger()) {
        ++found.queues;
        found.messages += queue.visible + queue.in_flight + queue.delayed;
    }
    return found;
}

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Where the messages live, for the line that says where the broker listens.
std::string describe_memory(const local_settings& wanted, const contents& found) {
    if (wanted.data.empty()) return "messages live in memory only";
    return counted(found.queues, "queue") + " with " + counted(found.messages, "message") + " came back from " +
           wanted.data;
}

std::uint16_t port_of(const std::string& endpoint) {
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

/// What a shell may evaluate: every SDK and the AWS CLI take these; Python and the AWS CLI before 2 know the region
/// only by its second name.
std::string export_lines(const std::string& endpoint, const std::string& region, const local::access_key& key) {
    return "export AWS_ENDPOINT_URL=" + endpoint + "\nexport AWS_REGION=" + region +
           "\nexport AWS_DEFAULT_REGION=" + region + "\nexport AWS_ACCESS_KEY_ID=" + key.id +
           "\nexport AWS_SECRET_ACCESS_KEY=" + key.secret + '\n';
}

std::string page_of(const std::string& endpoint) { return endpoint + "/_sluice/"; }

void print_start(const local_settings& wanted, const local::broker& broker, const local::broker_options& options,
                 const std::filesystem::path& trusted) {
    const local::access_key& first = options.keys.front();
    const std::string endpoint = broker.endpoint();
    if (wanted.output.json()) {
        std::vector<std::string> regions{options.region};
        regions.insert(regions.end(), options.more_regions.begin(), options.more_regions.end());
        nlohmann::json started{{"endpoint_url", endpoint},
                               {"region", options.region},
                               {"regions", regions},
                               {"account_id", options.account_id},
                               {"access_key_id", first.id},
                               {"secret_access_key", first.secret},
                               {"verifies_signatures", options.verify_signatures},
                               {"status_page", options.admin ? nlohmann::json(page_of(endpoint)) : nlohmann::json()}};
        if (!trusted.empty()) started["ca_bundle"] = trusted.string();
        print(started);
    } else {
        print(trust_lines(trusted) + export_lines(endpoint, options.region, first));
    }
    std::cerr << "sluice: listening at " << endpoint << ", until interrupted; "
              << describe_memory(wanted, count(broker)) << '\n';
    if (options.admin) std::cerr << "sluice: status page " << page_of(endpoint) << '\n';
}

int run(const local_settings& wanted) {
    boost::asio::io_context context;
    local::broker_options options;
    options.port = wanted.port;
    options.address = wanted.address;
    options.region = wanted.regions.front();
    options.more_regions.assign(wanted.regions.begin() + 1, wanted.regions.end());
    options.account_id = wanted.account;
    options.verify_signatures = !wanted.no_verify;
    options.admin = !wanted.no_admin;
    options.sign_messages = !wanted.no_signing;
    options.endpoint_ca = wanted.endpoint_ca;
    if (!wanted.keys.empty()) options.keys = parse_keys(wanted.keys);
    options.log = [](std::string_view line) { std::cerr << line << std::endl; };
    if (wanted.log_requests) {
        options.on_request = [look = wanted.output.look_of_errors()](const local::request_record& request) {
            std::cerr << request_line(request, look) + '\n' << std::flush;
        };
    }
    std::vector<configured_place> places;
    try {
        if (!wanted.config.empty()) places = read_broker_config(wanted.config);
        admit(places, options);
    } catch (const error& wrong) {
        std::cerr << "sluice: " << advice_for(wrong) << '\n';
        return 2;
    }
    raise_descriptor_limit(options.max_connections);
    std::unique_ptr<local::broker> broker;
    std::shared_ptr<watched_storage> kept;
    std::optional<trusted_certificate> trusted;
    try {
        options.tls = wanted.tls.options();
        if (!wanted.data.empty()) {
            kept = std::make_shared<watched_storage>(
                open_sqlite_storage(wanted.data, wanted.data_fsync ? survival::power_loss : survival::process_end));
            options.storage = kept;
        }
        broker = std::make_unique<local::broker>(context.get_executor(), options);
        trusted.emplace(wanted.tls.trusted_file(port_of(broker->endpoint())), broker->certificate_pem());
    } catch (const std::invalid_argument& wrong) {
        std::cerr << "sluice: " << wrong.what() << '\n';
        return 2;
    } catch (const boost::system::system_error& failure) {
        std::cerr << "sluice: cannot listen at " << wanted.address << " port " << wanted.port << ": "
                  << failure.code().message()
                  << (failure.code() == boost::system::errc::invalid_argument ||
                              failure.code() == boost::system::errc::address_not_available
                          ? " - --address is the IP address of an interface, such as 127.0.0.1 or ::\n"
                          : " - choose another --port, or 0 for a free one\n");
        return 1;
    } catch (const tls_file_error& failure) {
        std::cerr << "sluice: " << failure.what() << '\n';
        return 1;
    } catch (const std::runtime_error& failure) { // the storage, which speaks of its directory
        std::cerr << "sluice: --data: " << failure.what() << '\n';
        return 1;
    }
    try {
        const setup_result done = set_up(*broker, places, options);
        if (!wanted.config.empty()) {
            std::cerr << "sluice: " << wanted.config << ": " << done.changed << " created or changed, " << done.left
                      << " left as they were\n";
        }
    } catch (const error& wrong) {
        std::cerr << "sluice: " << advice_for(wrong) << '\n';
        return 2;
    }
    print_start(wanted, *broker, options, trusted->path());
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) {
        broker->stop();
        context.stop();
    });
    context.run();
    if (kept && kept->failed()) {
        std::cerr << "sluice: stopped while " << wanted.data
                  << " could not be written: it has what was answered without an error, and nothing later\n";
        return 1;
    }
    const std::size_t left = count(*broker).messages;
    if (left > 0) {
        std::cerr << "sluice: stopped with " << left << " messages in the queues; they are "
                  << (wanted.data.empty() ? "gone" : "kept in " + wanted.data) << '\n';
    }
    return 0;
}

} // namespace

void add_local_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<local_settings>();
    CLI::App* command =
        program.add_subcommand("local", "Run the embedded broker: SNS and SQS in memory, for development");
    command->add_option("--port", wanted->port, "0 takes a free one")->capture_default_str();
    command->add_option("--address", wanted->address, "Where to listen")->capture_default_str();
    command->add_option("--region", wanted->regions, "A region it plays; AWS_REGION is printed for the first one")
        ->capture_default_str();
    command->add_option("--account", wanted->account, "Whose keys are those without an account, 12 digits")
        ->capture_default_str();
    command->add_option("--key", wanted->keys, "A key pair to accept (default test:test)")
        ->type_name("ID:SECRET[:ACCOUNT]");
    command->add_flag("--no-verify", wanted->no_verify, "Do not check signatures");
    command->add_flag("--no-admin", wanted->no_admin, "No status page, faults, time and restarts under /_sluice");
    command->add_flag("--no-signing", wanted->no_signing, "Send SNS messages unsigned, which takes less CPU time");
    command
        ->add_option("--endpoint-ca", wanted->endpoint_ca,
                     "CAs, in PEM, to trust HTTPS endpoints by (default: the system's)")
        ->type_name("FILE");
    command->add_flag("--log-requests", wanted->log_requests, "A line on standard error for each request");
    command->add_option("--config", wanted->config, "Topics, queues and chains to begin with, as JSON")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    command
        ->add_option("--data", wanted->data,
                     "Keep queues, topics and messages in this directory: they survive the program, also a kill -9")
        ->type_name("DIR")
        ->check([](const std::string& directory) {
            return directory.empty() ? std::string("the name of the directory is empty") : std::string();
        });
    command->add_flag("--data-fsync", wanted->data_fsync, "With --data: wait for the disk each time, for power losses")
        ->needs("--data");
    wanted->tls.add_to(*command);
    wanted->output.add_to(*command);
    command->footer(footer);
    command->callback([wanted, &exit_status] { exit_status = run(*wanted); });
}

} // namespace sluice::cli
