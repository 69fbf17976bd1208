// Whole photometry sessions through populate: read inputs, quality control, preprocessing,
// responses, wheel, array files (gzip, durable), rows; by one worker and by two, and the memory of
// a worker. Each session lasts about an hour: two bands of about 108,000 samples each, 600 trials,
// a wheel of 170,000 samples. One JSON line per run; both must give the same rows.
// bench_photometry_session [--smoke] [--sessions N]
#include "bench/bench_arguments.hpp"
#include "bench/bench_server.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/simulated/simulate.hpp"
#include "src/populate/program.hpp"
#include "src/populate/status.hpp"
#include "trialbase/computed_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

const std::vector<std::string> tables{"photometry.raw_qc",       "photometry.session_check",
                                      "photometry.signal_qc",    "photometry.preprocessed",
                                      "photometry.response_set", "photometry.session_performance",
                                      "task.wheel_velocity",     "task.wheel_movement_set"};

/// The simulated encoder counts 1,024 steps a turn; four steps for each make it one of 4,096, as
/// the rigs have.
void refine(const fs::path& file) {
    const auto coarse = formats::read_npy(file).as_doubles();
    std::vector<double> fine;
    for (std::size_t i = 0; i + 1 < coarse.size(); ++i) {
        for (int k = 0; k < 4; ++k)
            fine.push_back(coarse[i] + (coarse[i + 1] - coarse[i]) * k / 4.0);
    }
    fine.push_back(coarse.back());
    const auto bytes = formats::npy_bytes(std::span<const double>(fine), {fine.size()});
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void require(bool condition, const std::string& what) {
    if (condition) return;
    throw Error(ErrorKind::internal, "wrong answer: " + what);
}

/// Rows, arrays and bytes of all computed tables, as text to compare.
std::string results(db::Session& session) {
    std::string sql = "select concat_ws(' '";
    for (const auto& table : tables) sql += fmt::format(", (select count(*) from {})", table);
    sql +=
        ", (select count(*) from task.wheel_movement), (select count(*) from store.array), (select "
        "sum(n_bytes) from store.array), (select count(*) from engine.job where state in "
        "('pending', 'running', 'error', 'blocked') and table_name = any "
        "(string_to_array($1, ' '))))";
    return session
        .exec({"results", sql}, db::Params().text(fmt::format("{}", fmt::join(tables, " "))))
        .get<std::string>(0, std::size_t{0});
}

/// Back to where only inputs are there.
void clear(db::Session& session) {
    for (auto table = tables.rbegin(); table != tables.rend(); ++table)
        session.exec({"clear", "delete from " + *table});
    session.exec({"vacuum", "vacuum analyze"});
    session.exec({"checkpoint", "checkpoint"});
}

struct Run {
    double seconds = 0;
    populate::ProgramResult result;
};

Run populate_all(const std::string& conninfo, const fs::path& store, int workers) {
    populate::WorkerOptions options;
    options.connect.conninfo = conninfo;
    options.tables = tables;
    options.registry = &computed_tables();
    options.store.root = store;
    Run run;
    const auto start = Clock::now();
    run.result = populate::run_program(options, workers, -1, {});
    run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    require(run.result.failed_workers == 0, run.result.first_failure);
    return run;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(argc, argv,
                                         "Photometry sessions through populate, one worker.",
                                         {{"--sessions", "N", "simulated (200)"}});
    const bool smoke = arguments.is_smoke;
    const int sessions = smoke ? 2 : static_cast<int>(arguments.number("--sessions", 200));
    spdlog::set_level(spdlog::level::off);
    int status = 0;
    try {
        const bench::BenchServer server;
        const auto& conninfo = server.conninfo();
        const auto& folder = server.folder();
        auto session = server.session();

        // The default parameter sets: one preprocessing, one set of responses.
        session.exec_script({"parameters",
                             "delete from photometry.preprocess_params where preprocess_params_id "
                             "<> 'default'; delete from photometry.response_params where "
                             "response_params_id <> 'default'"});
        simulated::SimulateOptions simulate;
        simulate.out = folder / "data";
        simulate.labs = 1;
        simulate.subjects = std::max(1, sessions / 25);
        simulate.sessions = sessions / simulate.subjects;
        simulate.trials = smoke ? 130 : 600;
        simulate.photometry = true;
        simulate.fault_rate = 0;
        simulate.missing_rate = 0;
        (void)simulated::simulate(simulate);
        if (!smoke) {
            for (const auto& entry : fs::recursive_directory_iterator(simulate.out)) {
                const auto name = entry.path().filename().string();
                if (name.starts_with("_ibl_wheel.")) refine(entry.path());
            }
        }
        load::IngestOptions ingest;
        ingest.source = "simulated";
        ingest.store.root = folder / "store";
        ingest.connect = [&] { return server.session(); };
        const std::vector<fs::path> paths{simulate.out};
        const auto start = Clock::now();
        const auto summary = load::ingest_alf(paths, ingest);
        const double ingest_s = std::chrono::duration<double>(Clock::now() - start).count();
        require(summary.failures.empty(), "a session failed");
        session.exec({"vacuum", "vacuum analyze"});
        std::error_code ignored;
        fs::remove_all(simulate.out, ignored);
        malloc_trim(0);

        const auto size = session.exec(
            {"size",
             "select count(*), coalesce(max(n_bytes) filter (where split_part(dataset, '/', 1) <> "
             "'wheel'), 0) / 8, coalesce(avg(n_bytes) filter (where split_part(dataset, '/', 1) = "
             "'wheel'), 0)::bigint / 8 from store.array"});
        const auto n = static_cast<double>(summary.added);
        std::string first;
        double best[3] = {0, 0, 0};
        for (int round = 0; round < (smoke ? 1 : 2); ++round) {
            for (const int workers : {1, 2}) {
                const auto run = populate_all(conninfo, folder / "store", workers);
                const auto found = results(session);
                if (first.empty()) {
                    first = found;
                    require(found.ends_with(" 0"), "keys are left: " + found);
                    require(found.starts_with(fmt::format("{} {} ", sessions, sessions)),
                            "every session has its results: " + found);
                }
                require(found == first, fmt::format("'{}' after '{}'", found, first));
                rusage children{};
                getrusage(RUSAGE_CHILDREN, &children);
                best[workers] = std::max(best[workers], n / run.seconds);
                const auto& r = run.result;
                std::printf(
                    "{\"bench\": \"photometry_session\", \"sessions\": %.0f, \"workers\": %d, "
                    "\"ms_per_session\": %.1f, \"sessions_per_s\": %.2f, \"worker_ms\": "
                    "{\"claim\": %.1f, \"read\": %.1f, \"compute\": %.1f, \"write\": %.1f}, "
                    "\"largest_child_mb\": %.0f, \"longest_array\": %lld, \"mean_wheel\": %lld, "
                    "\"ingest_ms_per_session\": %.1f}\n",
                    n, workers, 1000 * run.seconds / n, n / run.seconds, 1000 * r.claim_s / n,
                    1000 * r.fetch_s / n, 1000 * r.compute_s / n, 1000 * r.write_s / n,
                    static_cast<double>(children.ru_maxrss) / 1024,
                    static_cast<long long>(size.get<std::int64_t>(0, std::size_t{1})),
                    static_cast<long long>(size.get<std::int64_t>(0, std::size_t{2})),
                    1000 * ingest_s / n);
                std::fflush(stdout);
                clear(session);
            }
        }
        std::printf("{\"bench\": \"photometry_two_workers\", \"ratio\": %.2f}\n",
                    best[2] / best[1]);
        const auto times = session.exec(
            {"times",
             "select table_name, avg(compute_s) * 1000, count(*) from engine.run_history join "
             "engine.table_info using (table_no) where outcome = 'deleted' group by 1 order by 2 "
             "desc"});
        for (std::size_t row = 0; row < times.rows(); ++row) {
            std::printf(
                "{\"bench\": \"photometry_table\", \"table\": \"%s\", \"compute_ms\": %.2f, "
                "\"keys_per_session\": %.2f}\n",
                times.get<std::string>(row, std::size_t{0}).c_str(),
                times.get<double>(row, std::size_t{1}),
                static_cast<double>(times.get<std::int64_t>(row, std::size_t{2})) / n /
                    (smoke ? 2 : 4));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_photometry_session: %s\n", error.what());
        status = 1;
    }
    return status;
}
