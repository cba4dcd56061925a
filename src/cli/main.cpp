#include "cli/commands.hpp"
#include "cli/error_advice.hpp"
#include "cli/output_settings.hpp"

#include <sluice/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

namespace {

/// A descriptor 0 to 2 that is closed would be the next socket's. These can be neither read nor written, so that
/// whoever uses them is told.
void occupy_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) == -1) ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

} // namespace

int main(int argc, char** argv) {
    // A reader of our output that goes away is seen as a failed write, not as a signal that kills us before the acks.
    std::signal(SIGPIPE, SIG_IGN);
    occupy_standard_streams();
    CLI::App program("Amazon SNS and SQS as streams: write, read, chain topics to queues, look after them, or run a "
                     "broker of your own.");
    program.name("sluice");
    program.require_subcommand(1);
    program.set_version_flag("--version", "sluice " SLUICE_VERSION_STRING);
    program.footer("Region, credentials and endpoints come from the options, then from the environment, then from the\n"
                   "profile in ~/.aws, as with every AWS tool: sluice config shows what is found, and where.\n"
                   "Exit status: 0 all went well, 1 something failed, 2 the command line was wrong.");
    int exit_status = 0;
    sluice::cli::add_demo_command(program, exit_status);
    sluice::cli::add_local_command(program, exit_status);
    sluice::cli::add_chain_command(program, exit_status);
    sluice::cli::add_write_command(program, exit_status);
    sluice::cli::add_read_command(program, exit_status);
    sluice::cli::add_stats_command(program, exit_status);
    sluice::cli::add_peek_command(program, exit_status);
    sluice::cli::add_tail_command(program, exit_status);
    sluice::cli::add_redrive_command(program, exit_status);
    sluice::cli::add_purge_command(program, exit_status);
    sluice::cli::add_bench_command(program, exit_status);
    sluice::cli::add_config_command(program, exit_status);
    sluice::cli::add_completion_command(program, exit_status);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        if (program.exit(wrong) != 0) return 2;
        return sluice::cli::flush_output() ? 0 : 1; // help or version
    } catch (const std::exception& failure) {
        std::cerr << "sluice: " << sluice::cli::advice_for(failure) << '\n';
        return 1;
    }
    return sluice::cli::flush_output() ? exit_status : std::max(exit_status, 1);
}
