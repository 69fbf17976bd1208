// trialbase ingest: loads sessions of a source into the database.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/ingest_sources.hpp"

#include <array>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

/// The source's line, then its examples as help finds them.
std::string description_of(const IngestSource& source) {
    std::string text = std::string(source.about) + "\nExamples:";
    std::istringstream examples(source.examples);
    for (std::string line; std::getline(examples, line);) text += "\n  " + line;
    return text;
}

}  // namespace

std::span<const IngestSource> ingest_sources() {
    static constexpr std::array sources{
        IngestSource{"alf", "Sessions of two-alternative choice from ALF/ONE folders or archives",
                     "trialbase ingest alf /data/FlatIron --jobs 4", declare_ingest_alf},
        IngestSource{"alyx",
                     "What the colony database of the International Brain Laboratory tells: labs, "
                     "people, animals, care, sessions, datasets",
                     "trialbase ingest alyx dump.json --dry-run\n"
                     "trialbase ingest alyx --url https://alyx.internationalbrainlab.org --user me",
                     declare_ingest_alyx},
        IngestSource{"one-cache",
                     "Sessions and datasets that a cache of ONE lists, without their files",
                     "trialbase ingest one-cache /data/FlatIron --dry-run\n"
                     "trialbase ingest one-cache sessions.pqt datasets.pqt",
                     declare_ingest_one_cache},
        IngestSource{
            "sessions-table", "The table of sessions of a photometry pipeline, without their files",
            "trialbase ingest sessions-table metadata/sessions.pqt", declare_ingest_sessions_table},
        IngestSource{"release-tables",
                     "Which sessions and probe insertions a paper used, and its quality control",
                     "trialbase ingest release-tables brainwidemap/fixtures\n"
                     "trialbase ingest release-tables 2022_10_bwm_release.csv qc_trials_data.csv",
                     declare_ingest_release_tables},
        IngestSource{
            "allen",
            "Change detection as the Allen Institute publishes it: tables, session files, raw logs",
            "trialbase ingest allen /data/visual_behavior_cache\n"
            "trialbase ingest allen behavior_session_870987812.nwb",
            declare_ingest_allen},
        IngestSource{"openscope",
                     "Two-photon sessions of the OpenScope credit-assignment experiment: tables, "
                     "tracking files, session files",
                     "trialbase ingest openscope /data/dandi/000037 mouse_df.csv metadata.csv\n"
                     "trialbase ingest openscope mouse_df.csv --dry-run",
                     declare_ingest_openscope},
        IngestSource{"nwb",
                     "NWB files of any origin: sessions, tables of intervals and events, series",
                     "trialbase ingest nwb sub-01_ses-03_behavior.nwb", declare_ingest_nwb},
        IngestSource{
            "photometry",
            "Fibre photometry: session trees, single recordings (.ppd, raw frames), tables of "
            "fibres",
            "trialbase ingest photometry rig1.ppd fibers.csv --lab cortexlab",
            declare_ingest_photometry},
        IngestSource{"csv", "Labs, people, subjects, weights and water from a CSV file",
                     "trialbase ingest csv subjects --template > subjects.csv\n"
                     "trialbase ingest csv subjects subjects.csv --lab mainenlab --dry-run\n"
                     "trialbase ingest csv weighings weights.csv",
                     declare_ingest_csv}};
    return sources;
}

void add_ingest_command(CLI::App& app, Context& context) {
    auto* const ingest =
        app.add_subcommand("ingest",
                           "Load sessions; what is loaded already and has not changed is left "
                           "alone.\nExample: trialbase ingest alf /data/Subjects");
    ingest->require_subcommand(1);
    for (const auto& source : ingest_sources())
        source.declare(*ingest->add_subcommand(source.name, description_of(source)), context);
}

}  // namespace tb::app
