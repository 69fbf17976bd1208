// trialbase delete of a subject on the shipped schema, everything computed, against the DELETE
// statements that do it by hand (delete_by_hand.sql). Both are rolled back, so that each run meets
// the same rows, and must leave the same numbers of rows. One JSON line.
// bench_delete [--smoke] [--sessions N]
#include "bench/bench_arguments.hpp"
#include "bench/bench_server.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/simulated/simulate.hpp"
#include "src/populate/worker.hpp"
#include "trialbase/computed_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace {

using namespace tb;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void require(bool condition, const std::string& what) {
    if (!condition) throw Error(ErrorKind::internal, "wrong answer: " + what);
}

/// Two subjects, so that the tables hold more than what goes.
void fill(const bench::BenchServer& server, int sessions, int trials) {
    simulated::SimulateOptions made;
    made.out = server.folder() / "labs";
    made.labs = 1;
    made.subjects = 2;
    made.sessions = sessions;
    made.trials = trials;
    made.photometry = true;
    made.fault_rate = 0;
    made.missing_rate = 0;
    (void)simulated::simulate(made);
    store::StoreOptions store;
    store.root = server.folder() / "store";
    store.durable = false;
    load::IngestOptions ingest;
    ingest.source = "simulated";
    ingest.store = store;
    ingest.connect = [&server] { return server.session(); };
    const auto loaded = load::ingest_alf(std::vector{made.out}, ingest);
    require(std::cmp_equal(loaded.added, 2 * sessions), "sessions loaded");
    populate::WorkerOptions worker;
    worker.connect = {server.conninfo(), "bench", std::nullopt};
    worker.registry = &computed_tables();
    worker.store = store;
    populate::Counters counters;
    populate::run_worker(worker, counters);
    require(counters.done > 0 && counters.errors == 0, "everything computed");
}

std::vector<std::string> statements_by_hand() {
    // Paths in the program are relative to the build's folder or to that of the sources.
    auto path = fs::path(__FILE__).parent_path() / "delete_by_hand.sql";
    for (auto above = fs::current_path(); !fs::exists(path) && above != above.root_path();
         above = above.parent_path()) {
        path = above / "bench/delete_by_hand.sql";
    }
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    std::vector<std::string> statements;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("delete ")) statements.push_back(line);
    }
    require(!statements.empty(), "bench/delete_by_hand.sql is not found");
    return statements;
}

/// Rows of all tables but the engine's, as text to compare.
std::string row_counts(db::Session& session) {
    static const std::string sql =
        session
            .exec({"tables",
                   "select string_agg(format('select %L as name, count(*) as n from %s', "
                   "c.oid::regclass, c.oid::regclass), ' union all ') from pg_class as c where "
                   "c.relkind = 'r' and c.relnamespace::regnamespace::text in ('core', 'task', "
                   "'photometry', 'store') and c.relname !~ '_job$'"})
            .get<std::string>(0, std::size_t{0});
    return session
        .exec({"counts",
               "select string_agg(name || '=' || n, ' ' order by name) from (" + sql + ") as c"})
        .get<std::string>(0, std::size_t{0});
}

}  // namespace

int main(int argc, char** argv) {
    int sessions = 50, trials = 500, rounds = 5;
    const tb::bench::Arguments arguments(
        argc, argv, "Deletion of a subject on the shipped schema, against the statements by hand.",
        {{"--sessions", "N", "of the subject (50)"}});
    if (arguments.is_smoke) sessions = 2, trials = 120, rounds = 2;
    sessions = static_cast<int>(arguments.number("--sessions", sessions));
    spdlog::set_level(spdlog::level::off);
    try {
        const bench::BenchServer server;
        fill(server, sessions, trials);
        auto session = server.session();
        const auto subject =
            session.exec({"subject", "select min(subject_id::text) from core.subject"})
                .get<std::string>(0, std::size_t{0});
        const auto by_hand = statements_by_hand();
        const auto condition = "subject_id = '" + subject + "'";
        std::vector<double> hand_s, cascade_s;
        std::int64_t rows = 0;
        const auto timed = [&](const auto& run) {
            session.exec({"vacuum", "vacuum analyze"});
            session.begin();
            const auto started = Clock::now();
            run();
            const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
            auto counts = row_counts(session);
            session.rollback();
            return std::pair(seconds, counts);
        };
        for (int round = 0; round < rounds; ++round) {
            const auto hand = timed([&] {
                for (const auto& statement : by_hand)
                    session.exec({"by hand", statement}, db::Params().text(subject));
            });
            const auto cascade = timed([&] {
                session.exec({"collect", "select * from engine.cascade_collect($1, $2)"},
                             db::Params().text("core.subject").text(condition));
                rows = session.exec({"delete", "select engine.cascade_delete()"})
                           .get<std::int64_t>(0, std::size_t{0});
            });
            hand_s.push_back(hand.first);
            cascade_s.push_back(cascade.first);
            require(hand.second == cascade.second, "both leave the same rows");
        }
        require(rows > sessions * trials, "rows deleted");
        const double least_hand = *std::ranges::min_element(hand_s);
        const double least_cascade = *std::ranges::min_element(cascade_s);
        std::printf(
            "{\"bench\": \"delete_subject\", \"sessions\": %d, \"trials\": %d, \"rows\": %lld, "
            "\"by_hand_s\": %.4f, \"cascade_s\": %.4f, \"ratio\": %.2f}\n",
            sessions, trials, static_cast<long long>(rows), least_hand, least_cascade,
            least_cascade / least_hand);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_delete: %s\n", error.what());
        return 1;
    }
    return 0;
}
