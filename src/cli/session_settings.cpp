#include "cli/session_settings.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

void session_settings::add_to(CLI::App& command) {
    command.add_option("--endpoint-url", endpoint_url, "Where SNS and SQS are, such as http://127.0.0.1:4566")
        ->type_name("URL");
    command.add_option("--profile", profile, "Of ~/.aws/config: its region, endpoints and credentials")
        ->type_name("NAME");
    command.add_option("--region", region, "Such as eu-west-1")->type_name("REGION");
    command.add_option("--protocol", protocol, "How SQS is spoken to; some local servers know json only")
        ->check(CLI::IsMember({"query", "json"}))
        ->capture_default_str();
    command.add_option("--ca-bundle", ca_bundle, "PEM file of the CA certificates to trust")->type_name("FILE");
}

session_options session_settings::options() const {
    session_options options;
    options.endpoint_url = endpoint_url;
    options.profile = profile;
    options.region = region;
    options.ca_bundle = ca_bundle;
    options.sqs_protocol = protocol == "json" ? wire_protocol::json : wire_protocol::query;
    return options;
}

} // namespace sluice::cli
