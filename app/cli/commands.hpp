// Every command of the program; each declares its options and sets Context::run.
#pragma once

namespace CLI {
class App;
}

namespace tb::app {

struct Context;

/// Declares the program's global options and every command, and how their help looks.
void add_every_command(CLI::App& program, Context& context);

void add_server_command(CLI::App& app, Context& context);
void add_migrate_command(CLI::App& app, Context& context);
void add_ingest_command(CLI::App& app, Context& context);
void add_add_command(CLI::App& app, Context& context);
void add_simulate_command(CLI::App& app, Context& context);
void add_populate_command(CLI::App& app, Context& context);
void add_status_command(CLI::App& app, Context& context);
void add_errors_command(CLI::App& app, Context& context);
void add_retry_command(CLI::App& app, Context& context);
void add_refresh_command(CLI::App& app, Context& context);
void add_graph_command(CLI::App& app, Context& context);
void add_delete_command(CLI::App& app, Context& context);
void add_query_command(CLI::App& app, Context& context);
void add_figure_command(CLI::App& app, Context& context);
void add_exclude_command(CLI::App& app, Context& context);
void add_photometry_command(CLI::App& app, Context& context);
void add_pool_command(CLI::App& app, Context& context);
void add_reference_weights_command(CLI::App& app, Context& context);
void add_workers_command(CLI::App& app, Context& context);
void add_runs_command(CLI::App& app, Context& context);
void add_store_command(CLI::App& app, Context& context);
void add_array_command(CLI::App& app, Context& context);
void add_nwb_command(CLI::App& app, Context& context);
void add_export_command(CLI::App& app, Context& context);
void add_config_command(CLI::App& app, Context& context);
void add_completion_command(CLI::App& app, Context& context);
/// For shells, called by what `trialbase completion` prints.
void add_complete_command(CLI::App& app, Context& context);
/// For the build: every command's page of the manual.
void add_man_command(CLI::App& app, Context& context);

}  // namespace tb::app
