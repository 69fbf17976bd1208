// What the commands below `trialbase ingest` share.
#pragma once

#include "app/cli/context.hpp"
#include "ingest/load/ingest_photometry.hpp"

#include <atomic>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace CLI {
class App;
}

namespace tb::app {

struct IngestArguments {
    std::vector<std::string> paths;
    std::string lab;
    unsigned jobs = 0;
    bool dry_run = false;
    std::string source = "ibl";
    bool keep_every_wheel = false;
    // Of single photometry recordings.
    load::RecordingIdentity identity;
    std::string time_unit = "s";  ///< of raw frames and digital inputs, of sessions too
    bool replaces = false;
    bool names_source = false;  ///< --source was given
};

/// Declares --time-unit.
void add_time_unit(CLI::App& command, IngestArguments& arguments);
/// One of it [s].
[[nodiscard]] double time_unit_s(const IngestArguments& arguments);

/// Set by SIGINT and SIGTERM: nothing more is begun.
extern std::atomic<bool> ingest_stop_asked;
/// Lets these two signals do that, instead of ending the program.
void stop_ingest_on_signals();

/// Session trees and archives. @param out  gets the facts of --json instead of stdout; null: print
int run_ingest_alf(const IngestArguments& given, const Context& context,
                   nlohmann::json* out = nullptr);

/// `trialbase ingest allen`.
void add_ingest_allen_command(CLI::App& ingest, Context& context);
/// `trialbase ingest photometry`.
void add_ingest_photometry_command(CLI::App& ingest, Context& context);

}  // namespace tb::app
