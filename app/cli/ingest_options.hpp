// Options that commands below `trialbase ingest` have in common, each declared once.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tb::app {

/// What every source of sessions is asked.
struct IngestArguments {
    std::vector<std::string> paths;
    std::string lab;
    std::string source = "ibl";
    bool names_source = false;  ///< --source was given
    unsigned jobs = 0;          ///< 0: one per processor, at least 2
    bool dry_run = false;
};

// Each takes what help says of it where that depends on the command. They are shown in the order in
// which they are declared.
void add_paths(CLI::App& command, std::vector<std::string>& paths, const std::string& about);
void add_lab(CLI::App& command, std::string& lab, const std::string& about);
/// --source: one of `known`, whose default is what options.source says.
void add_source(CLI::App& command, IngestArguments& options, const std::vector<std::string>& known,
                const std::string& about);
void add_jobs(
    CLI::App& command, unsigned& jobs,
    const std::string& about = "Sessions at once (default: one per processor, at least 2)");
void add_dry_run(CLI::App& command, bool& dry_run,
                 const std::string& about = "Say what would be loaded, write nothing");
/// --time-unit of raw photometry: s, ms or us.
void add_time_unit(CLI::App& command, std::string& unit);
/// One of it [s].
[[nodiscard]] double time_unit_s(const std::string& unit);

}  // namespace tb::app
