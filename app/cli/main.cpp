// trialbase: arguments in, exit status out.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/escape_output.hpp"
#include "src/base/version.hpp"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
    using namespace tb;
    app::Context context;
    CLI::App program{
        "Example:\n"
        "  trialbase ingest alf /data/mainenlab/Subjects && trialbase populate && trialbase query "
        "sessions\n\n"
        "A warehouse for laboratories that train animals and record from their brains."};
    program.name("trialbase");
    program.require_subcommand(1);
    program.fallthrough();
    program.set_version_flag(
        "--version", std::string("trialbase " TRIALBASE_VERSION " (") + git_revision() + ")");
    program
        .add_option("--dsn", context.dsn,
                    "database as libpq names it (conninfo or URI); else PGHOST, PGSERVICE...; else "
                    "a private local server")
        ->envname("TB_DSN");
    program
        .add_option("--store", context.store,
                    "root of the array store; else a folder of the private local server")
        ->envname("TRIALBASE_STORE");
    program
        .add_option("--store-codec", context.codec,
                    "how new arrays are compressed: gzip, bitshuffle_lz4 (needs the plug-in to be "
                    "read), none")
        ->envname("TRIALBASE_STORE_CODEC")
        ->capture_default_str();
    program.add_flag("--json", context.json, "facts as JSON");
    program.add_flag("-q,--quiet", context.quiet, "no progress, no notes");
    program.add_flag("-v,--verbose", context.verbose, "one log line per event on stderr");

    app::add_server_command(program, context);
    app::add_migrate_command(program, context);
    app::add_ingest_command(program, context);
    app::add_simulate_command(program, context);
    app::add_populate_command(program, context);
    app::add_status_command(program, context);
    app::add_errors_command(program, context);
    app::add_retry_command(program, context);
    app::add_refresh_command(program, context);
    app::add_graph_command(program, context);
    app::add_delete_command(program, context);
    app::add_query_command(program, context);
    app::add_exclude_command(program, context);
    app::add_photometry_command(program, context);
    app::add_pool_command(program, context);
    app::add_workers_command(program, context);
    app::add_runs_command(program, context);
    app::add_store_command(program, context);
    app::add_array_command(program, context);
    app::add_export_command(program, context);

    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return program.exit(success);  // --help, --version
    } catch (const CLI::ParseError& error) {
        program.exit(error);
        return static_cast<int>(ErrorKind::usage);
    }
    app::escape_output(context.json);
    // The log goes to the stream that has been put in stderr's place.
    spdlog::set_default_logger(spdlog::stderr_logger_mt("trialbase"));
    spdlog::set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l pid=%P %v");
    spdlog::set_level(spdlog::level::warn);
    if (context.verbose) spdlog::set_level(spdlog::level::info);
    try {
        return context.run ? context.run() : 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "trialbase: %s\n", error.what());
        if (!error.hint().empty()) std::fprintf(stderr, "hint: %s\n", error.hint().c_str());
        return error.exit_status();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "trialbase: internal error: %s\n", error.what());
        return static_cast<int>(ErrorKind::internal);
    }
}
