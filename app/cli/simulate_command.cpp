// trialbase simulate: writes synthetic labs as ALF trees, or synthetic mice as an Allen project
// cache.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/print.hpp"
#include "include/trialbase/error.hpp"
#include "ingest/simulated/change_simulate.hpp"
#include "ingest/simulated/simulate.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

/// Sessions done, on a terminal. Any thread may call it.
class SessionProgress {
  public:
    explicit SessionProgress(const Context& context) : line_(wants_progress(context)) {}
    void operator()(std::size_t done, std::size_t all) {
        const std::lock_guard lock(mutex_);
        line_.show("sessions " + std::to_string(done) + " of " + std::to_string(all));
    }
    void clear() { line_.clear(); }

  private:
    std::mutex mutex_;
    ProgressLine line_;
};

int run_choice(const Context& context, const simulated::SimulateOptions& options) {
    SessionProgress progress(context);
    const auto result = simulated::simulate(options, std::ref(progress));
    progress.clear();
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

int run_change_detection(const Context& context, const simulated::ChangeOptions& options) {
    SessionProgress progress(context);
    const auto result = simulated::simulate_change_detection(options, std::ref(progress));
    progress.clear();
    std::size_t trials = 0;
    std::size_t experiments = 0;
    for (const auto& session : result.sessions) {
        trials += session.trials;
        experiments += session.experiments;
    }
    const auto out = options.out.string();
    if (context.json) {
        const nlohmann::json facts{{"out", out},
                                   {"mice", options.mice},
                                   {"sessions", result.sessions.size()},
                                   {"experiments", experiments},
                                   {"trials", trials},
                                   {"files", result.files},
                                   {"bytes", result.bytes}};
        std::printf("%s\n", facts.dump(2).c_str());
        return 0;
    }
    std::printf(
        "mice         %d\nsessions     %zu\nexperiments  %zu\ntrials       %zu\nfiles        %zu\n"
        "bytes        %llu\n",
        options.mice, result.sessions.size(), experiments, trials, result.files,
        static_cast<unsigned long long>(result.bytes));
    if (!context.quiet)
        std::fprintf(stderr, "the truth: %s/truth.csv\nnext: trialbase ingest allen %s\n",
                     out.c_str(), out.c_str());
    return 0;
}

/// What may be asked for; a number that was not given is the task's own.
struct SimulateArguments {
    std::string task = "choice";
    std::optional<int> mice, labs, subjects, cells, fibers;
    std::optional<int> sessions, trials;
    std::uint64_t seed = 1;
    bool photometry = false;
    bool without_wheel = false;
    std::filesystem::path out;
};

/// @throws tb::Error (usage) naming an option of the other task
void refuse_options_of(const CLI::App& command, const char* other_task,
                       const std::vector<const char*>& options) {
    for (const char* const option : options) {
        if (command.get_option(option)->count() == 0) continue;
        throw Error(ErrorKind::usage, std::string(option) + " belongs to --task " + other_task,
                    "Leave it out, or name that task.");
    }
}

int run_simulate(const Context& context, const CLI::App& command, const SimulateArguments& given) {
    if (given.task == "change-detection") {
        refuse_options_of(command, "choice",
                          {"--labs", "--subjects", "--photometry", "--fibers", "--no-wheel"});
        simulated::ChangeOptions options;
        options.out = given.out;
        options.mice = given.mice.value_or(options.mice);
        options.sessions = given.sessions.value_or(options.sessions);
        options.trials = given.trials.value_or(options.trials);
        options.cells = given.cells.value_or(options.cells);
        options.seed = given.seed;
        return run_change_detection(context, options);
    }
    refuse_options_of(command, "change-detection", {"--mice", "--cells"});
    simulated::SimulateOptions options;
    options.out = given.out;
    options.labs = given.labs.value_or(options.labs);
    options.subjects = given.subjects.value_or(options.subjects);
    options.sessions = given.sessions.value_or(options.sessions);
    options.trials = given.trials.value_or(options.trials);
    options.fibers = given.fibers.value_or(options.fibers);
    options.seed = given.seed;
    options.photometry = given.photometry;
    options.wheel = !given.without_wheel;
    return run_choice(context, options);
}

}  // namespace

void add_simulate_command(CLI::App& app, Context& context) {
    auto given = std::make_shared<SimulateArguments>();
    auto* const simulate = app.add_subcommand(
        "simulate",
        "Example: trialbase simulate labs --labs 4 --subjects 5 --sessions 25\n"
        "         trialbase simulate mice --task change-detection --mice 4 --sessions 20\n"
        "Write synthetic sessions of learning animals, in the real file formats.");
    simulate->footer(
        "--task choice writes labs as ALF trees, for trialbase ingest alf. --task change-detection "
        "writes mice as a project cache of the Allen Institute (tables and NWB files), for "
        "trialbase ingest allen, and what is true of every session and cell in truth.csv and "
        "truth_cells.csv. Either marks what it writes as simulated.");
    simulate->add_option("OUT", given->out, "Folder to write to; must be absent or empty")
        ->required();
    simulate->add_option("--task", given->task, "choice or change-detection: what the animals do")
        ->check(one_of({"choice", "change-detection"}))
        ->capture_default_str();
    simulate->add_option("--labs", given->labs, "Number of labs (choice; 4)");
    simulate->add_option("--subjects", given->subjects, "Subjects per lab (choice; 5)");
    simulate->add_option("--mice", given->mice, "Number of mice (change-detection; 4)");
    simulate->add_option("--sessions", given->sessions,
                         "Sessions per animal (choice 25, change-detection 20)");
    simulate->add_option("--trials", given->trials,
                         "Mean number of trials of a session (choice 500, change-detection 300)");
    simulate->add_option("--seed", given->seed, "The same seed gives the same files")
        ->capture_default_str();
    simulate->add_flag("--photometry", given->photometry,
                       "Add fibre-photometry signals (60 Hz, two bands) to every session (choice)");
    simulate->add_option("--fibers", given->fibers,
                         "Fibres per subject, with --photometry (choice; 1)");
    simulate->add_flag("--no-wheel", given->without_wheel,
                       "Leave out wheel traces, movements and licks (choice)");
    simulate->add_option("--cells", given->cells,
                         "Cells of an imaging experiment, 0 for behaviour alone "
                         "(change-detection; 8)");
    simulate->callback([&context, given, simulate] {
        context.run = [&context, given, simulate] {
            return run_simulate(context, *simulate, *given);
        };
    });
}

}  // namespace tb::app
