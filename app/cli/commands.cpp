#include "app/cli/commands.hpp"

#include "app/cli/context.hpp"
#include "app/cli/help.hpp"
#include "src/base/version.hpp"

#include <CLI/CLI.hpp>

namespace tb::app {

void add_every_command(CLI::App& program, Context& context) {
    program.name("trialbase");
    program.description(
        "A warehouse for laboratories that train animals and record from their brains.");
    program.footer(
        "Examples:\n"
        "  trialbase ingest alf /data/mainenlab/Subjects\n"
        "  trialbase populate --workers 2\n"
        "  trialbase query sessions --param lab=mainenlab");
    program.require_subcommand(1);
    program.fallthrough();
    program.set_version_flag(
        "--version", std::string("trialbase " TRIALBASE_VERSION " (") + git_revision() + ")");
    program
        .add_option("--dsn", context.dsn,
                    "database as libpq names it (conninfo or URI); else PGHOST, PGSERVICE...; else "
                    "a private local server")
        ->type_name("DSN")
        ->envname("TRIALBASE_DSN");
    program
        .add_option("--store", context.store,
                    "root of the array store; else a folder of the private local server")
        ->type_name("FOLDER")
        ->envname("TRIALBASE_STORE");
    program
        .add_option("--store-codec", context.codec,
                    "how new arrays are compressed: gzip, bitshuffle_lz4 (needs the plug-in to be "
                    "read), none")
        ->type_name("NAME")
        ->envname("TRIALBASE_STORE_CODEC")
        ->capture_default_str();
    program.add_flag("--json", context.json, "facts as JSON on stdout, errors as JSON on stderr");
    program.add_flag("-q,--quiet", context.quiet, "no progress, no notes");
    program.add_flag("-v,--verbose", context.verbose, "one log line per event on stderr");

    add_server_command(program, context);
    add_migrate_command(program, context);
    add_ingest_command(program, context);
    add_add_command(program, context);
    add_simulate_command(program, context);
    add_populate_command(program, context);
    add_status_command(program, context);
    add_errors_command(program, context);
    add_retry_command(program, context);
    add_refresh_command(program, context);
    add_graph_command(program, context);
    add_delete_command(program, context);
    add_query_command(program, context);
    add_figure_command(program, context);
    add_exclude_command(program, context);
    add_photometry_command(program, context);
    add_pool_command(program, context);
    add_reference_weights_command(program, context);
    add_workers_command(program, context);
    add_runs_command(program, context);
    add_store_command(program, context);
    add_array_command(program, context);
    add_nwb_command(program, context);
    add_export_command(program, context);
    add_config_command(program, context);
    add_completion_command(program, context);
    add_complete_command(program, context);
    add_man_command(program, context);
    set_help(program);
}

}  // namespace tb::app
