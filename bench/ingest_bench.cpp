// Ingest of ALF sessions from disk into the tables, against psql's \copy of the same rows into the
// same tables (constraints, triggers and queueing on in both). One JSON line; both ways must give
// the same counts. bench_ingest [--smoke]
#include "bench/bench_arguments.hpp"
#include "bench/bench_server.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/simulated/simulate.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void psql(const std::string& conninfo, const std::string& command) {
    const auto line =
        fmt::format("psql -X -q -v ON_ERROR_STOP=1 -d \"{}\" -c \"{}\"", conninfo, command);
    if (std::system(line.c_str()) != 0) throw Error(ErrorKind::io, "psql failed: " + command);
}

std::string columns_of(db::Session& session, const char* table) {
    return session
        .exec({"columns",
               "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
               "where attrelid = $1::text::regclass "
               "and attnum > 0 and not attisdropped and attgenerated = ''"},
              db::Params().text(std::string(table)))
        .get<std::string>(0, std::size_t{0});
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Trials of simulated sessions, against psql's copy of the same rows.");
    const bool smoke = arguments.is_smoke;
    spdlog::set_level(spdlog::level::off);
    int status = 0;
    try {
        const bench::BenchServer server;
        const auto& conninfo = server.conninfo();
        const auto& folder = server.folder();
        auto session = server.session();

        simulated::SimulateOptions simulate;
        simulate.out = folder / "data";
        simulate.labs = 2;
        simulate.subjects = smoke ? 1 : 5;
        simulate.sessions = smoke ? 3 : 30;
        simulate.trials = smoke ? 50 : 700;
        simulate.seed = 1;
        simulate.wheel = false;
        (void)simulated::simulate(simulate);

        load::IngestOptions options;
        options.source = "simulated";
        options.connect = [&] { return server.session(); };
        const std::vector<fs::path> paths{simulate.out};
        auto start = std::chrono::steady_clock::now();
        const auto summary = load::ingest_alf(paths, options);
        const double ingest_s = seconds_since(start);
        if (!summary.failures.empty())
            throw Error(ErrorKind::data, "a session failed: " + summary.failures[0].message);

        const auto count = [&] {
            return session.exec(
                {"count",
                 "select count(*), sum(choice)::bigint, sum(start_s) from task.choice_trial"});
        };
        const auto before = count();
        const std::string session_columns = columns_of(session, "task.choice_session"),
                          trial_columns = columns_of(session, "task.choice_trial");
        const auto sessions_csv = (folder / "sessions.csv").string(),
                   trials_csv = (folder / "trials.csv").string();
        psql(conninfo, fmt::format("\\\\copy (select {} from task.choice_session) to '{}' csv",
                                   session_columns, sessions_csv));
        psql(conninfo, fmt::format("\\\\copy (select {} from task.choice_trial) to '{}' csv",
                                   trial_columns, trials_csv));
        session.exec({"empty", "truncate task.choice_session cascade"});
        session.exec_script(
            {"queues",
             "do $$ declare t text; begin for t in select table_name from "
             "engine.table_info where tier = 'computed' "
             "loop execute 'truncate engine_job.' || engine.function_name(t); end loop; truncate "
             "engine.stamp; end $$"});
        session.exec({"vacuum", "checkpoint"});
        start = std::chrono::steady_clock::now();
        psql(conninfo, fmt::format("\\\\copy task.choice_session ({}) from '{}' csv",
                                   session_columns, sessions_csv));
        psql(conninfo, fmt::format("\\\\copy task.choice_trial ({}) from '{}' csv", trial_columns,
                                   trials_csv));
        const double copy_s = seconds_since(start);
        const auto after = count();
        for (std::size_t c = 0; c < 2; ++c) {
            if (before.get<std::string>(0, c) != after.get<std::string>(0, c))
                throw Error(ErrorKind::internal, "the two ways differ");
        }
        const auto trials = static_cast<double>(summary.trials);
        std::printf(
            "{\"bench\": \"ingest\", \"sessions\": %zu, \"trials\": %.0f, \"ingest_s\": %.3f, "
            "\"psql_copy_s\": %.3f, \"ingest_trials_per_s\": %.0f, "
            "\"copy_trials_per_s\": %.0f, \"ratio\": %.2f}\n",
            summary.added, trials, ingest_s, copy_s, trials / ingest_s, trials / copy_s,
            copy_s / ingest_s);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_ingest: %s\n", error.what());
        status = 1;
    }
    return status;
}
