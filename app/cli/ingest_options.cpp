#include "app/cli/ingest_options.hpp"

#include "app/cli/errors.hpp"

#include <CLI/CLI.hpp>

namespace tb::app {

void add_paths(CLI::App& command, std::vector<std::string>& paths, const std::string& about) {
    command.add_option("paths", paths, about)->required();
}

void add_lab(CLI::App& command, std::string& lab, const std::string& about) {
    command.add_option("--lab", lab, about);
}

void add_source(CLI::App& command, IngestArguments& options, const std::vector<std::string>& known,
                const std::string& about) {
    command.add_option("--source", options.source, about)
        ->check(one_of(known))
        ->capture_default_str()
        ->each([&options](const std::string&) { options.names_source = true; });
}

void add_jobs(CLI::App& command, unsigned& jobs, const std::string& about) {
    command.add_option("--jobs", jobs, about)->check(CLI::Range(1, 64));
}

void add_dry_run(CLI::App& command, bool& dry_run, const std::string& about) {
    command.add_flag("--dry-run", dry_run, about);
}

void add_time_unit(CLI::App& command, std::string& unit) {
    command
        .add_option("--time-unit", unit,
                    "Unit of the times of raw photometry frames and digital inputs: s, ms or us")
        ->check(one_of({"s", "ms", "us"}))
        ->capture_default_str();
}

double time_unit_s(const std::string& unit) {
    return unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1.0;
}

}  // namespace tb::app
