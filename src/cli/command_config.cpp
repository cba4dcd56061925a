#include "cli/commands.hpp"
#include "cli/output_settings.hpp"
#include "cli/run_command.hpp"
#include "cli/session_settings.hpp"

#include "protocol/timestamp.hpp"
#include "session/surroundings.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sluice::cli {
namespace {

using boost::asio::awaitable;

struct config_settings {
    session_settings session;
    output_settings output;
    bool offline = false;
};

/// Keys are in memory for a moment: no core of it, whatever happens.
void forbid_core_dumps() {
    const rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// The end of an id that is not secret; nothing of what is.
std::string masked_id(const std::string& id) {
    constexpr std::size_t shown = 4;
    return id.size() <= 2 * shown ? "********" : "****************" + id.substr(id.size() - shown);
}

/// A proxy's URL may have a password in it.
std::string without_user(const std::string& url) {
    const auto at = url.rfind('@');
    if (at == std::string::npos) return url;
    const auto scheme = url.find("://");
    return (scheme == std::string::npos ? "" : url.substr(0, scheme + 3)) + "********" + url.substr(at);
}

bool show(const std::vector<found_setting>& table, bool json) {
    if (json) {
        for (const found_setting& one : table) {
            print(nlohmann::json{{"name", one.name}, {"value", one.value}, {"origin", one.origin}});
        }
        return static_cast<bool>(std::cout);
    }
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const found_setting& one : table) {
        name_width = std::max(name_width, one.name.size());
        value_width = std::max(value_width, one.value.size());
    }
    for (const found_setting& one : table) {
        std::cout << std::left << std::setw(static_cast<int>(name_width + 2)) << one.name
                  << std::setw(static_cast<int>(value_width + 2)) << (one.value.empty() ? "-" : one.value)
                  << (one.origin.empty() ? "-" : one.origin) << '\n';
    }
    return static_cast<bool>(std::cout.flush());
}

std::vector<found_setting> files_and_proxies(const outside_world& outside) {
    std::vector<found_setting> table;
    const auto locations = profile_locations::find(outside.variable, path_style::posix);
    const auto origin = [&outside](const char* variable) {
        return std::string(outside.variable(variable).empty() ? "default" : variable);
    };
    table.push_back({"config_file", locations.config, origin("AWS_CONFIG_FILE")});
    table.push_back({"credentials_file", locations.credentials, origin("AWS_SHARED_CREDENTIALS_FILE")});
    for (const char* const name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"}) {
        const std::string value = outside.variable(name);
        if (!value.empty()) table.push_back({"proxy", without_user(value), name});
    }
    return table;
}

std::vector<found_setting> describe(provider_answer& answer) {
    const credentials& keys = answer.keys();
    std::vector<found_setting> table;
    table.push_back({"access_key_id", masked_id(keys.access_key_id), answer.origin});
    table.push_back({"secret_access_key", "********", answer.origin});
    if (!keys.session_token.empty()) table.push_back({"session_token", "********", answer.origin});
    if (!keys.account_id.empty()) table.push_back({"account_id", keys.account_id, answer.origin});
    if (keys.expiration) table.push_back({"expiration", protocol::date_time_text(*keys.expiration), answer.origin});
    return table;
}

awaitable<int> show_credentials(std::shared_ptr<credentials_source> chain, std::vector<found_setting> table,
                                bool json) {
    auto asking = chain->ask();
    provider_answer answer = co_await std::move(asking);
    if (answer.has_keys()) {
        auto of_keys = describe(answer);
        table.insert(table.end(), of_keys.begin(), of_keys.end());
    }
    const bool shown = show(table, json);
    if (answer.has_keys()) co_return shown ? 0 : 1;
    std::cerr << "sluice: " << answer.why().describe() << '\n';
    co_return 1;
}

} // namespace

void add_config_command(CLI::App& program, int& exit_status) {
    auto wanted = std::make_shared<config_settings>();
    CLI::App* command =
        program.add_subcommand("config", "Show the settings and credentials that are found, and where each comes from");
    wanted->output.add_format_to(*command);
    wanted->session.add_to(*command);
    command->add_flag("--offline", wanted->offline,
                      "Do not look for credentials, which may run a process and ask services");
    command->footer("Secrets are masked. Exit status 1 when there are no credentials.\n"
                    "Example:\n  sluice config --profile dev");
    command->callback([wanted, &exit_status] {
        forbid_core_dumps();
        const session_options options = wanted->session.options();
        boost::asio::io_context context;
        const outside_world outside = outside_world::of(options);
        const auto around =
            surroundings::find(context.get_executor(), options, configuration::region_rule::optional, outside);
        std::vector<found_setting> table = files_and_proxies(outside);
        const auto& found = around.found().settings;
        table.insert(table.end(), found.begin(), found.end());
        if (wanted->offline) {
            exit_status = show(table, wanted->output.json()) ? 0 : 1;
            return;
        }
        exit_status =
            run_command(context, show_credentials(around.default_chain(), std::move(table), wanted->output.json()));
    });
}

} // namespace sluice::cli
