// trialbase ingest alf: trees and archives of ALF sessions.
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "ingest/load/ingest_alf.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

struct AlfArguments : IngestArguments {
    load::AlfOptions alf;
    std::string time_unit = "s";
};

int run(const AlfArguments& given, const Context& context) {
    auto alf = given.alf;
    alf.lab = given.lab;
    alf.source = given.source;
    alf.is_source_asked = given.names_source;
    alf.frame_unit_s = time_unit_s(given.time_unit);
    const std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
    const auto source = load::alf_source(paths, alf);
    return run_session_ingest(*source, given, context);
}

}  // namespace

void declare_ingest_alf(CLI::App& command, Context& context) {
    auto options = std::make_shared<AlfArguments>();
    add_paths(command, options->paths,
              "Folders ([lab/Subjects/]subject/date/number below them) or tar and zip archives");
    add_lab(command, options->lab,
            "Lab of trees that name none; a session whose path names another lab is refused");
    command.add_option("--subject", options->alf.subject,
                       "Only of this subject: a session whose path names another one is refused");
    command.add_option("--number", options->alf.number,
                       "Only of this number: a session whose path says another one is refused");
    add_source(command, *options, {"ibl", "simulated"},
               "Source of the sessions, part of their identity: ibl, or simulated. Sessions that "
               "trialbase simulate wrote are known as simulated, and refused where ibl is asked "
               "for");
    add_jobs(command, options->jobs);
    command.add_flag(
        "--wheel", options->alf.keep_every_wheel,
        "Keep the wheel trace of every session in the array store, not only of those with "
        "photometry");
    command.add_option(
        "--pregenerated", options->alf.pregenerated,
        "Sessions drawn beforehand, which ephys rigs before version 8 ran: a Parquet table, or a "
        "folder of session_<k>_ephys_pcqs.npy. Asked for where trials are extracted from the rig's "
        "raw files");
    add_time_unit(command, options->time_unit);
    add_dry_run(command, options->dry_run);
    command.callback([options, &context] {
        context.run = [options, &context] { return run(*options, context); };
    });
}

}  // namespace tb::app
