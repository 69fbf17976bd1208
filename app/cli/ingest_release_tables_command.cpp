// trialbase ingest release-tables: which sessions and insertions a paper used, and how it judged
// them.
#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/ingest_tables_run.hpp"
#include "ingest/tables/release_tables.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

struct ReleaseArguments {
    std::vector<std::string> paths;
    load::TablesOptions options;
};

int run(const ReleaseArguments& given, const Context& context) {
    const std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
    const auto files = tables::release_files(paths);
    return run_tables_ingest(
        context, "release-tables",
        [&](tables::ListedTables& out) { tables::read_release_tables(files, out); }, given.options);
}

}  // namespace

void declare_ingest_release_tables(CLI::App& command, Context& context) {
    command.footer(
        "Parquet or CSV, told apart by their columns: eid with subject, date and lab is a release "
        "(with pid and probe_name one of insertions), eid alone a set of sessions, eid with "
        "further columns quality control. A list is called as its file without extension. "
        "core.session_list_member and core.session_list_insertion have what it names, "
        "core.session_qc_field (told_by: the table) the outcomes: PASS, WARNING, FAIL as qc, True "
        "and False as is_true, other words (MISSING) as text_value. Sessions that nobody knew "
        "become sessions with their date; those of a set of which nothing but the UUID is known "
        "wait for a source that tells more. Exit status 8: something was left out.");
    auto arguments = std::make_shared<ReleaseArguments>();
    add_paths(command, arguments->paths, "Folders or tables (.csv, .pqt, .parquet)");
    add_lab(command, arguments->options.lab, "Lab of rows that name none");
    add_dry_run(command, arguments->options.dry_run, "Find the same, write nothing");
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
