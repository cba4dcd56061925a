// The commands of the program. Each adds itself to the parser; its callback sets the exit status.
#pragma once

namespace CLI {
class App;
}

namespace sluice::cli {

void add_demo_command(CLI::App& program, int& exit_status);
void add_local_command(CLI::App& program, int& exit_status);
void add_config_command(CLI::App& program, int& exit_status);
void add_chain_command(CLI::App& program, int& exit_status);
void add_write_command(CLI::App& program, int& exit_status);
void add_read_command(CLI::App& program, int& exit_status);
void add_stats_command(CLI::App& program, int& exit_status);
void add_peek_command(CLI::App& program, int& exit_status);
void add_purge_command(CLI::App& program, int& exit_status);
void add_redrive_command(CLI::App& program, int& exit_status);
void add_tail_command(CLI::App& program, int& exit_status);
void add_bench_command(CLI::App& program, int& exit_status);
void add_completion_command(CLI::App& program, int& exit_status);

} // namespace sluice::cli
