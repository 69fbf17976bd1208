// trialbase ingest sessions-table: the table of sessions of the photometry pipeline.
#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/ingest_tables_run.hpp"
#include "ingest/tables/session_table.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

struct SessionsTableArguments {
    std::string file, name;
    load::TablesOptions options;
};

}  // namespace

void declare_ingest_sessions_table(CLI::App& command, Context& context) {
    command.footer(
        "One row per session (Parquet or CSV) with eid, subject, lab and start_time at least. "
        "Loaded as facts: lab, subject with strain and line, start and end (on the lab's clock "
        "where they name no offset), number, protocol, projects, users, dataset paths, and "
        "brain_region with hemisphere as the regions that the session lists, where no photometry "
        "of it is loaded. Not loaded, for trialbase computes them (photometry.subject_catalog): "
        "session_type, NM, target_NM, session_length, day_n, session_n; they are kept as they came "
        "beside the session, and analysis.photometry_listed_session compares them. Left out: "
        "_datasets_from_session_dict (names without folders); genotype is kept as it came, the "
        "colony database has its tests. A session that is known (from Alyx, folders, a ONE cache) "
        "is the same session, and what is known of it stays. Exit status 8: something was left "
        "out.");
    auto arguments = std::make_shared<SessionsTableArguments>();
    command.add_option("file", arguments->file, "The table (sessions.pqt)")->required();
    command.add_option("--name", arguments->name,
                       "Name of the list (default: the file's, of sessions.pqt its folder's)");
    add_lab(command, arguments->options.lab, "Lab of rows that name none");
    add_dry_run(command, arguments->options.dry_run, "Find the same, write nothing");
    command.callback([arguments, &context] {
        context.run = [arguments, &context] {
            return run_tables_ingest(
                context, "sessions-table",
                [&](tables::ListedTables& out) {
                    tables::read_session_table(arguments->file, arguments->name, out);
                },
                arguments->options);
        };
    });
}

}  // namespace tb::app
