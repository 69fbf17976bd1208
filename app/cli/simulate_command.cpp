// trialbase simulate: writes synthetic labs as ALF trees.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "ingest/simulated/simulate.hpp"

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

int run_simulate(const Context& context, const simulated::SimulateOptions& options) {
    std::mutex mutex;
    ProgressLine line(wants_progress(context));
    const auto progress = [&](std::size_t done, std::size_t all) {
        const std::lock_guard lock(mutex);
        line.show("sessions " + std::to_string(done) + " of " + std::to_string(all));
    };
    const auto result = simulated::simulate(options, progress);
    line.clear();
    std::size_t trials = 0;
    std::size_t files = 0;
    for (const auto& session : result.sessions) {
        trials += session.trials;
        files += session.files;
    }
    const auto out = options.out.string();
    if (context.json) {
        const nlohmann::json facts{{"out", out},
                                   {"labs", options.labs},
                                   {"subjects", options.labs * options.subjects},
                                   {"sessions", result.sessions.size()},
                                   {"trials", trials},
                                   {"files", files},
                                   {"bytes", result.bytes}};
        std::printf("%s\n", facts.dump(2).c_str());
        return 0;
    }
    std::printf(
        "labs      %d\nsubjects  %d\nsessions  %zu\ntrials    %zu\nfiles     %zu\nbytes     %llu\n",
        options.labs, options.labs * options.subjects, result.sessions.size(), trials, files,
        static_cast<unsigned long long>(result.bytes));
    if (!context.quiet) std::fprintf(stderr, "next: trialbase ingest alf %s\n", out.c_str());
    return 0;
}

}  // namespace

void add_simulate_command(CLI::App& app, Context& context) {
    auto options = std::make_shared<simulated::SimulateOptions>();
    auto without_wheel = std::make_shared<bool>(false);
    auto* const simulate =
        app.add_subcommand("simulate",
                           "Example: trialbase simulate labs --labs 4 --subjects 5 --sessions 25\n"
                           "Write synthetic labs of learning subjects, in the real file formats.");
    simulate->add_option("OUT", options->out, "Folder to write to; must be absent or empty")
        ->required();
    simulate->add_option("--labs", options->labs, "Number of labs")->capture_default_str();
    simulate->add_option("--subjects", options->subjects, "Subjects per lab")
        ->capture_default_str();
    simulate->add_option("--sessions", options->sessions, "Sessions per subject")
        ->capture_default_str();
    simulate->add_option("--trials", options->trials, "Mean number of trials of a session")
        ->capture_default_str();
    simulate->add_option("--seed", options->seed, "The same seed gives the same files")
        ->capture_default_str();
    simulate->add_flag("--photometry", options->photometry,
                       "Add fibre-photometry signals (60 Hz, two bands) to every session");
    simulate->add_option("--fibers", options->fibers, "Fibres per subject, with --photometry")
        ->capture_default_str();
    simulate->add_flag("--no-wheel", *without_wheel, "Leave out wheel traces, movements and licks");
    simulate->callback([&context, options, without_wheel] {
        context.run = [&context, options, without_wheel] {
            options->wheel = !*without_wheel;
            return run_simulate(context, *options);
        };
    });
}

}  // namespace tb::app
