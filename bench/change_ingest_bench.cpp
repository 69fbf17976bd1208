// Change detection from files to rows: a 12-MB session file into the warehouse; an imaging session
// of some 60 MB against h5py, which reads the same datasets; trials of 1,000 sessions against
// psql's \copy of the same rows into the same tables (constraints, triggers and queueing on in
// both). One JSON line each; every part checks what is there afterwards. bench_change_ingest
// [--smoke] Files are made by shared/tools/make_change_detection_nwb.py (TRIALBASE_SHARED, or
// ../shared): without it or a python3 with h5py the first two parts are left out, and say so.
#include "bench/bench_arguments.hpp"
#include "bench/bench_server.hpp"
#include "ingest/load/allen_sessions.hpp"
#include "ingest/load/change/change_paradigm.hpp"
#include "ingest/load/ingest_run.hpp"
#include "trialbase/change_session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw Error(ErrorKind::io, "failed: " + command);
}

void psql(const std::string& conninfo, const std::string& command) {
    run(fmt::format("psql -X -q -v ON_ERROR_STOP=1 -d \"{}\" -c \"{}\"", conninfo, command));
}

std::string tool() {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    const auto path = fs::path(shared == nullptr ? "../shared" : shared) / "tools" /
                      "make_change_detection_nwb.py";
    return fs::exists(path) ? fs::absolute(path).string() : std::string();
}

std::string python() {
    for (const char* candidate : {"/usr/bin/python3", "python3"})
        if (std::system(fmt::format("{} -c 'import h5py' 2>/dev/null", candidate).c_str()) == 0)
            return candidate;
    return {};
}

load::RunOptions options_of(const bench::BenchServer& server) {
    load::RunOptions options;
    options.jobs = 1;
    options.store.root = server.folder() / "store";
    options.connect = [&server] { return server.session(); };
    return options;
}

/// Loads files; every one must be new.
double load_files(const bench::BenchServer& server, const std::vector<fs::path>& files,
                  unsigned jobs = 1) {
    std::vector<load::AllenSessionFile> all;
    for (const auto& file : files) all.push_back({file, "simulated", {}});
    const auto source = load::allen_session_source(std::move(all), {});
    auto options = options_of(server);
    options.jobs = jobs;
    const auto start = std::chrono::steady_clock::now();
    const auto summary = load::ingest_sessions(*source, options);
    const double seconds = seconds_since(start);
    if (!summary.failures.empty())
        throw Error(ErrorKind::data, "a file failed: " + summary.failures[0].message);
    if (summary.added != files.size())
        throw Error(ErrorKind::internal,
                    fmt::format("{} of {} files are new", summary.added, files.size()));
    return seconds;
}

/// Session files of 12 MB: one by itself over connections of its own, and several in one run of two
/// workers, as a folder is loaded.
void bench_session_files(const bench::BenchServer& server, const std::string& make, bool smoke) {
    int number = 0;
    double bytes = 0;
    const auto made = [&] {
        ++number;
        auto file = server.folder() / fmt::format("one_{}.nwb", number);
        run(fmt::format("{} --out '{}' --seed {} --trials {} --behavior-session-id {}", make,
                        file.string(), number, smoke ? 20 : 240, 1000 + number));
        bytes = static_cast<double>(fs::file_size(file));
        return file;
    };
    std::vector<double> seconds;
    (void)load_files(server, {made()});  // warms up
    for (int i = 0; i < (smoke ? 1 : 5); ++i) seconds.push_back(load_files(server, {made()}));
    std::ranges::sort(seconds);
    std::printf("{\"bench\": \"change_session_file\", \"file_mb\": %.1f, \"median_ms\": %.1f}\n",
                bytes / 1e6, seconds[seconds.size() / 2] * 1e3);
    std::vector<fs::path> files;
    for (int i = 0; i < (smoke ? 2 : 16); ++i) files.push_back(made());
    const double all = load_files(server, files, 2);
    std::printf(
        "{\"bench\": \"change_session_files\", \"files\": %zu, \"file_mb\": %.1f, "
        "\"ms_per_file\": %.1f}\n",
        files.size(), bytes / 1e6, all * 1e3 / static_cast<double>(files.size()));
}

void bench_imaging(const bench::BenchServer& server, const std::string& make,
                   const std::string& interpreter, bool smoke) {
    const auto file = server.folder() / "imaging.nwb";
    run(
        fmt::format("{} --out '{}' --ophys --trials {} --rois {} --fov 128 128 "
                    "--behavior-session-id 2000 --ophys-experiment-id 2001 --ophys-session-id 2002",
                    make, file.string(), smoke ? 12 : 180, smoke ? 4 : 40));
    const auto script = server.folder() / "read.py";
    std::ofstream(script) << "import h5py, sys, time\n"
                             "start = time.perf_counter()\n"
                             "n = 0\n"
                             "with h5py.File(sys.argv[1]) as f:\n"
                             "    def read(name, item):\n"
                             "        global n\n"
                             "        if isinstance(item, h5py.Dataset):\n"
                             "            value = item[()]\n"
                             "            n += getattr(value, 'nbytes', 0)\n"
                             "    f.visititems(read)\n"
                             "print(time.perf_counter() - start, n)\n";
    const auto out = server.folder() / "read.txt";
    const auto read = fmt::format("{} '{}' '{}' > '{}'", interpreter, script.string(),
                                  file.string(), out.string());
    run(read);
    run(read);  // both ways find the file in memory
    double h5py_s = 0.0, n_bytes = 0.0;
    std::ifstream(out) >> h5py_s >> n_bytes;
    const double load_s = load_files(server, {file});
    auto session = server.session();
    const auto traces = session.exec({"traces", "select count(*) from imaging.trace"})
                            .get<std::int64_t>(0, std::size_t{0});
    if (traces != 5) throw Error(ErrorKind::internal, "traces are missing");
    std::printf(
        "{\"bench\": \"change_imaging_file\", \"file_mb\": %.1f, \"values_mb\": %.1f, "
        "\"load_s\": %.3f, \"h5py_read_s\": %.3f, \"ratio\": %.2f}\n",
        static_cast<double>(fs::file_size(file)) / 1e6, n_bytes / 1e6, load_s, h5py_s,
        h5py_s / load_s);
}

/// A session of plain values: trials of all kinds with their licks.
ChangeSession made_session(std::size_t number, std::size_t n_trials) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    ChangeSession session;
    session.source = "simulated";
    session.own_identifier = std::to_string(3'000'000 + number);
    session.lab = "allen";
    session.subject = fmt::format("mouse{}", number / 20);
    session.own_subject_identifier = session.subject;
    session.date = "2020-02-03";
    session.start_time = "2020-02-03T10:00:00";
    session.task_protocol = "TRAINING_3_images_A_10uL_reward";
    session.origin = session.own_identifier;
    session.behavior_file = session.own_identifier + ".nwb";
    session.files.push_back({session.behavior_file, "", "", session.behavior_file, "", "nwb",
                             1000 + number, std::string(64, 'a'), "", "", true});
    auto& trials = session.recording.trials;
    trials.count = n_trials;
    for (std::size_t i = 0; i < n_trials; ++i) {
        const double start = 7.5 * static_cast<double>(i);
        const bool is_aborted = i % 10 < 3, is_catch = i % 10 == 3, is_hit = i % 10 > 5;
        const double change = is_aborted ? nan : start + 4.0;
        trials.start_s.push_back(start);
        trials.stop_s.push_back(start + 7.0);
        trials.length_s.push_back(7.0);
        trials.initial_image_name.emplace_back("im061");
        trials.change_image_name.emplace_back(is_aborted || is_catch ? "im061" : "im065");
        trials.is_change.push_back(is_aborted || is_catch ? 0 : 1);
        trials.change_time_s.push_back(change);
        trials.change_frame.push_back(std::floor(change * 60.0));
        trials.is_go.push_back(is_aborted || is_catch ? 0 : 1);
        trials.is_catch.push_back(is_catch ? 1 : 0);
        trials.is_auto_rewarded.push_back(0);
        trials.is_aborted.push_back(is_aborted ? 1 : 0);
        trials.is_hit.push_back(is_hit ? 1 : 0);
        trials.is_miss.push_back(!is_aborted && !is_catch && !is_hit ? 1 : 0);
        trials.is_false_alarm.push_back(0);
        trials.is_correct_reject.push_back(is_catch ? 1 : 0);
        std::vector<double> licks;
        if (is_aborted) licks.push_back(start + 2.0);
        if (is_hit)
            for (int k = 0; k < 6; ++k) licks.push_back(change + 0.4 + 0.15 * k);
        trials.lick_s.push_back(licks);
        trials.response_time_s.push_back(is_hit ? licks[0] : nan);
        trials.response_latency_s.push_back(is_hit ? 0.4 : nan);
        trials.reward_time_s.push_back(is_hit ? licks[0] : nan);
        trials.reward_volume_ml.push_back(is_hit ? 0.007 : 0.0);
    }
    auto& task = session.recording.task_parameters;
    task.response_window_s = {0.15, 0.75};
    task.session_type = *session.task_protocol;
    return session;
}

class MadeFile : public load::SessionToRead {
  public:
    MadeFile(std::size_t number, std::size_t n_trials) : number_(number), n_trials_(n_trials) {
        source = "simulated";
        subject = fmt::format("mouse{}", number / 20);
        lab = "allen";
    }
    std::unique_ptr<SessionRecord> read() const override {
        return std::make_unique<ChangeSession>(made_session(number_, n_trials_));
    }

  private:
    std::size_t number_, n_trials_;
};

class MadeSource : public load::SessionSource {
  public:
    MadeSource(std::size_t n_sessions, std::size_t n_trials)
        : n_sessions_(n_sessions), n_trials_(n_trials) {}
    const load::Paradigm& paradigm() const override { return load::change_paradigm(); }
    std::string name() const override { return "simulated"; }
    const std::vector<fs::path>& places() const override { return places_; }
    void find(load::SessionSink& sink) override {
        for (std::size_t i = 0; i < n_sessions_; ++i)
            sink.found(std::make_unique<MadeFile>(i, n_trials_));
    }

  private:
    std::size_t n_sessions_, n_trials_;
    std::vector<fs::path> places_;
};

void bench_trials(const bench::BenchServer& server, bool smoke) {
    auto session = server.session();
    session.exec(
        {"empty", "truncate task.change_session, task.lick, task.reward, imaging.plane cascade"});
    MadeSource source(smoke ? 20 : 1000, smoke ? 30 : 400);
    auto options = options_of(server);
    options.jobs = 2;
    auto start = std::chrono::steady_clock::now();
    const auto summary = load::ingest_sessions(source, options);
    const double ingest_s = seconds_since(start);
    if (!summary.failures.empty())
        throw Error(ErrorKind::data, "a session failed: " + summary.failures[0].message);
    const auto count = [&] {
        return session.exec({"count",
                             "select (select count(*) from task.change_session), count(*), "
                             "sum(start_s::numeric), (select sum(time_s::numeric) from "
                             "task.change_trial_lick) from "
                             "task.change_trial"});
    };
    const auto before = count();
    std::vector<std::pair<std::string, std::string>> tables;
    for (const char* table :
         {"task.change_session", "task.change_trial", "task.change_trial_lick"}) {
        const auto csv = (server.folder() / (std::string(table) + ".csv")).string();
        psql(server.conninfo(), fmt::format("\\\\copy (select * from {}) to '{}' csv", table, csv));
        tables.emplace_back(table, csv);
    }
    session.exec({"empty", "truncate task.change_session cascade"});
    session.exec_script(
        {"queues",
         "do $$ declare t text; begin for t in select table_name from engine.table_info where tier "
         "= "
         "'computed' loop execute 'truncate engine_job.' || engine.function_name(t); end loop; "
         "truncate engine.stamp; end $$"});
    session.exec({"checkpoint", "checkpoint"});
    start = std::chrono::steady_clock::now();
    for (const auto& [table, csv] : tables)
        psql(server.conninfo(), fmt::format("\\\\copy {} from '{}' csv", table, csv));
    const double copy_s = seconds_since(start);
    const auto after = count();
    for (std::size_t c = 0; c < 4; ++c)
        if (before.get<std::string>(0, c) != after.get<std::string>(0, c))
            throw Error(ErrorKind::internal, "the two ways differ");
    std::printf(
        "{\"bench\": \"change_trials\", \"sessions\": %zu, \"trials\": %.0f, \"ingest_s\": %.3f, "
        "\"psql_copy_s\": %.3f, \"ratio\": %.2f}\n",
        summary.added, static_cast<double>(summary.trials), ingest_s, copy_s, copy_s / ingest_s);
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Change detection from files to rows, against h5py and psql's copy.");
    const bool smoke = arguments.is_smoke;
    spdlog::set_level(spdlog::level::off);
    try {
        const bench::BenchServer server;
        const auto interpreter = python();
        if (tool().empty() || interpreter.empty()) {
            std::printf(
                "{\"bench\": \"change_session_file\", \"skipped\": \"no tool or no h5py\"}\n");
        } else {
            const auto make = fmt::format("{} '{}'", interpreter, tool());
            bench_session_files(server, make, smoke);
            bench_imaging(server, make, interpreter, smoke);
        }
        bench_trials(server, smoke);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_change_ingest: %s\n", error.what());
        return 1;
    }
    return 0;
}
