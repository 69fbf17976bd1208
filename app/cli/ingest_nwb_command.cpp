// trialbase ingest nwb: NWB files of any origin.
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "ingest/load/ingest_nwb.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

int run(const IngestArguments& given, const Context& context) {
    load::NwbOptions options;
    options.lab = given.lab;
    options.connect = [&context] { return context.connect("ingest nwb"); };
    options.source = given.source;
    options.is_source_asked = given.names_source;
    const auto source = load::nwb_source({given.paths.begin(), given.paths.end()}, options);
    return run_session_ingest(*source, given, context);
}

}  // namespace

void declare_ingest_nwb(CLI::App& command, Context& context) {
    auto arguments = std::make_shared<IngestArguments>();
    arguments->source = "nwb";
    command.footer(
        "Of each file: session, subject and what it tells of itself; tables of intervals and "
        "events "
        "(trials, epochs, stimuli, annotations) as rows (analysis.nwb_row); series as arrays of "
        "the "
        "store (task.nwb_series). A session is known by the file's identifier. What one table or "
        "series lacks costs that one. Files are read in a process of their own: a damaged or "
        "hostile one is refused, with its reason. Exit status 8: something was refused.");
    add_paths(command, arguments->paths, "NWB files, or folders with .nwb files below them");
    add_lab(command, arguments->lab,
            "Lab of files that name none (default: the session's, else unnamed); a session "
            "that is held in another lab is refused");
    add_source(command, *arguments, {"nwb", "dandi", "simulated"},
               "Source of the sessions, part of their identity; files that say that they are "
               "simulated are of source simulated");
    add_jobs(command, arguments->jobs);
    add_dry_run(command, arguments->dry_run);
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
