// The engine's own cost: keys per second of a trivial computed table, claims against a long past,
// queueing, cascading deletes, overhead of a busy make, many workers. One JSON line per
// measurement; every answer is checked. bench_engine [--smoke] [--only NAME] [--keys N]
#include "bench/bench_server.hpp"
#include "src/populate/batch.hpp"
#include "src/populate/program.hpp"
#include "src/populate/status.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace {

using namespace tb;
using bench::BenchServer;
using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void require(bool condition, const std::string& what) {
    if (condition) return;
    std::fprintf(stderr, "bench_engine: wrong answer: %s\n", what.c_str());
    std::exit(1);
}

constexpr const char* schema = R"sql(
create schema bench;
create table bench.session (session_id uuid primary key, x integer not null);
create table bench.label (name text not null, at timestamptz not null, x integer not null, primary key (name, at));
select engine.set_tier('bench.session', 'imported'), engine.set_tier('bench.label', 'imported');
create table bench.trivial (
    session_id uuid primary key references bench.session on delete cascade, y double precision not null);
create table bench.by_label (
    name text not null, at timestamptz not null, y double precision not null, primary key (name, at),
    foreign key (name, at) references bench.label on delete cascade);
select engine.register_computed('bench.trivial', about => 'x plus one.',
    inputs => array[engine.input('bench.session', owner => 'session_id', columns => array['x'])]);
select engine.register_computed('bench.by_label', about => 'x plus one.',
    inputs => array[engine.input('bench.label', owner => 'name, at', columns => array['x'])]);
select engine.regenerate();
)sql";

ComputedTable trivial(const std::string& name, const std::string& parent, const std::string& keys,
                      double busy_s = 0) {
    ComputedTable table;
    table.name = name;
    table.keys_per_transaction = 500;
    table.fetches = {
        {"x", fmt::format("select key_no, x from key join {} using ({}) order by key_no", parent,
                          keys)}};
    table.compute = [busy_s](const Inputs& inputs, Output& output) {
        const auto until = Clock::now() + std::chrono::duration<double>(busy_s);
        while (busy_s > 0 && Clock::now() < until) {
        }
        output.master().set("y", inputs["x"].numbers("x")[0] + 1);
    };
    return table;
}

struct Run {
    double seconds = 0;
    populate::ProgramResult result;
};

Run populate_all(const BenchServer& server, const std::vector<ComputedTable>& registry,
                 const std::string& table, int workers, int keys_per_transaction) {
    populate::WorkerOptions options;
    options.connect.conninfo = server.conninfo();
    options.tables = {table};
    options.registry = &registry;
    options.keys_per_transaction = keys_per_transaction;
    Run run;
    run.seconds = seconds_of([&] { run.result = populate::run_program(options, workers, -1, {}); });
    require(run.result.failed_workers == 0, run.result.first_failure);
    return run;
}

void fill_sessions(db::Session& session, std::int64_t count, std::int64_t from = 1) {
    session.exec({"sessions", fmt::format("insert into bench.session select md5(g::text)::uuid, g "
                                          "from generate_series({}::bigint, {}::bigint) as g",
                                          from, from + count - 1)});
}

void clear(db::Session& session) {
    session.exec_script(
        {"clear",
         "truncate bench.session, bench.trivial, engine_job.bench__trivial, engine.run, "
         "engine.stamp, engine.run_history"});
    session.exec({"vacuum", "vacuum"});
}

/// @return keys per second
double measure_trivial(const BenchServer& server, const char* name, std::int64_t keys, int workers,
                       int per_transaction, int commit_delay_us = 0) {
    auto session = server.session();
    clear(session);
    if (commit_delay_us > 0) {
        session.exec({"delay", fmt::format("alter system set commit_delay = {}", commit_delay_us)});
        session.exec({"siblings", "alter system set commit_siblings = 0"});
        session.exec({"reload", "select pg_reload_conf()"});
    }
    fill_sessions(session, keys);
    session.exec({"checkpoint", "checkpoint"});
    const std::vector<ComputedTable> registry{
        trivial("bench.trivial", "bench.session", "session_id")};
    const auto run = populate_all(server, registry, "bench.trivial", workers, per_transaction);
    const auto check = session.exec(
        {"check",
         "select count(*), sum(t.y - s.x)::bigint, count(r.run_id) from bench.trivial as t join "
         "bench.session as s using (session_id) left join engine.run as r using (run_id)"});
    require(check.get<std::int64_t>(0, std::size_t{0}) == keys &&
                check.get<std::int64_t>(0, std::size_t{1}) == keys &&
                check.get<std::int64_t>(0, std::size_t{2}) == keys,
            "every key once, with its run");
    const auto n = static_cast<double>(keys);
    const auto& r = run.result;
    const auto sizes = session.exec(
        {"sizes",
         "select pg_total_relation_size('engine_job.bench__trivial') / 1048576.0 as job, "
         "pg_total_relation_size('engine.run') / 1048576.0 as run, "
         "pg_total_relation_size('bench.trivial') / 1048576.0 as result"});
    std::printf(
        "{\"bench\": \"%s\", \"keys\": %lld, \"workers\": %d, \"keys_per_transaction\": %d, "
        "\"commit_delay_us\": %d, \"keys_per_s\": %.0f, "
        "\"statements_per_key\": %.3f, \"commits_per_key\": %.4f, \"client_us_per_key\": "
        "{\"claim\": %.1f, \"fetch\": %.1f, \"compute\": %.1f, \"write\": %.1f}, "
        "\"mb\": {\"job\": %.1f, \"run\": %.1f, \"result\": %.1f}}\n",
        name, static_cast<long long>(keys), workers, per_transaction, commit_delay_us,
        n / run.seconds, static_cast<double>(r.statements) / n, static_cast<double>(r.commits) / n,
        r.claim_s / n * 1e6, r.fetch_s / n * 1e6, r.compute_s / n * 1e6, r.write_s / n * 1e6,
        sizes.get<double>(0, "job"), sizes.get<double>(0, "run"), sizes.get<double>(0, "result"));
    std::fflush(stdout);
    if (commit_delay_us > 0) {
        session.exec({"reset", "alter system reset commit_delay"});
        session.exec({"reset", "alter system reset commit_siblings"});
        session.exec({"reload", "select pg_reload_conf()"});
    }
    return n / run.seconds;
}

/// Eight workers against two, each the better of two runs by turns.
void measure_eight(const BenchServer& server, std::int64_t keys) {
    double two = 0;
    double eight = 0;
    for (int i = 0; i < 2; ++i) {
        two = std::max(two, measure_trivial(server, "two_workers", keys, 2, 500));
        eight = std::max(eight, measure_trivial(server, "eight_workers", keys, 8, 500));
    }
    std::printf("{\"bench\": \"eight_against_two\", \"keys\": %lld, \"ratio\": %.2f}\n",
                static_cast<long long>(keys), eight / two);
    std::fflush(stdout);
}

/// Milliseconds to claim 10 pending keys beside `done` done ones, median of several; keys are
/// handed back in between.
double claim_ms(const BenchServer& server, const std::string& table_name, std::int64_t done,
                int repeats) {
    auto session = server.session();
    const bool by_label = table_name == "bench.by_label";
    session.exec_script(
        {"clear",
         "truncate bench.session, bench.label, bench.trivial, bench.by_label, "
         "engine_job.bench__trivial, "
         "engine_job.bench__by_label, engine.run, engine.stamp, engine.run_history"});
    if (by_label) {
        session.exec(
            {"labels",
             fmt::format(
                 "insert into bench.label select 'animal ' || g % 1000, '2020-01-01'::timestamptz "
                 "+ g * interval '1 minute', g from generate_series(1, {}) as g",
                 done)});
    } else {
        fill_sessions(session, done);
    }
    const std::vector<ComputedTable> registry{
        by_label ? trivial("bench.by_label", "bench.label", "name, at")
                 : trivial("bench.trivial", "bench.session", "session_id")};
    (void)populate_all(server, registry, table_name, 2, 500);
    session.exec({"vacuum", "vacuum analyze"});
    session.exec({"checkpoint", "checkpoint"});
    if (by_label) {
        session.exec({"labels",
                      "insert into bench.label select 'late ' || g, '2030-01-01'::timestamptz, g "
                      "from generate_series(1, 10) as g"});
    } else {
        fill_sessions(session, 10, done + 1);
    }
    const auto tables = populate::select_tables(populate::read_tables(session), {table_name});
    const std::string worker = "00000000-0000-0000-0000-0000000000bb";
    session.exec(
        {"worker", "select engine.worker_start($1::uuid, 'h', 1, 'u', 'v', 'r', '1 hour')"},
        db::Params().text(worker));
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
        std::vector<populate::ClaimedKey> keys;
        times.push_back(1000 * seconds_of([&] {
                            keys =
                                populate::claim(session, tables[0], worker, 1, 100, -2147483647, 0);
                        }));
        require(keys.size() == 10, fmt::format("10 pending keys, claimed {}", keys.size()));
        session.exec(
            {"hand back",
             fmt::format("update {} set state = 'pending', claim_id = null, worker_id = null",
                         tables[0].job_table())});
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

void measure_claims(const BenchServer& server, std::int64_t few, std::int64_t many, int repeats) {
    for (const std::string table : {"bench.trivial", "bench.by_label"}) {
        const auto small = claim_ms(server, table, few, repeats);
        const auto large = claim_ms(server, table, many, repeats);
        std::printf(
            "{\"bench\": \"claim_10_pending\", \"key\": \"%s\", \"ms_beside_%lld_done\": %.3f, "
            "\"ms_beside_%lld_done\": %.3f, \"ratio\": %.2f}\n",
            table == "bench.trivial" ? "uuid" : "text, timestamptz", static_cast<long long>(few),
            small, static_cast<long long>(many), large, large / small);
        std::fflush(stdout);
    }
}

void measure_queueing(const BenchServer& server, std::int64_t sessions) {
    auto session = server.session();
    session.exec_script(
        {"schema",
         "create schema bench_queue; create table bench_queue.bare (session_id uuid primary key, x "
         "integer not null);"
         "create table bench_queue.session (session_id uuid primary key, x integer not null)"});
    for (int t = 1; t <= 5; ++t) {
        session.exec_script(
            {"table",
             fmt::format("create table bench_queue.t{0} (session_id uuid primary key references "
                         "bench_queue.session on delete cascade, y integer);"
                         "select engine.register_computed('bench_queue.t{0}', about => 'x', inputs "
                         "=> array[engine.input('bench_queue.session', owner => 'session_id')])",
                         t)});
    }
    session.exec_script(
        {"generate",
         "select engine.set_tier('bench_queue.session', 'imported'); select engine.regenerate()"});
    const auto insert = [&](const char* table, std::int64_t from) {
        return seconds_of([&] {
            session.exec(
                {"insert", fmt::format("insert into bench_queue.{} select md5(g::text)::uuid, g "
                                       "from generate_series({}::bigint, {}::bigint) as g",
                                       table, from, from + sessions - 1)});
        });
    };
    insert("bare", 1 + 10 * sessions);  // warm
    double bare = 1e9, queued = 1e9;    // the better of three by turns
    for (int round = 0; round < 3; ++round) {
        session.exec({"checkpoint", "checkpoint"});
        bare = std::min(bare, insert("bare", 1 + round * sessions));
        queued = std::min(queued, insert("session", 1 + round * sessions));
    }
    require(session.exec({"check",
                          "select count(*) from engine.job where table_name like 'bench_queue.%' "
                          "and state = 'pending'"})
                    .get<std::int64_t>(0, std::size_t{0}) == 15 * sessions,
            "five jobs a session");
    std::printf(
        "{\"bench\": \"queue_5_tables\", \"sessions\": %lld, \"bare_s\": %.3f, \"queued_s\": %.3f, "
        "\"ratio\": %.2f, \"us_per_job\": %.2f}\n",
        static_cast<long long>(sessions), bare, queued, queued / bare,
        (queued - bare) / static_cast<double>(5 * sessions) * 1e6);
    session.exec_script({"clean",
                         "select engine.unregister_computed(table_name) from engine.table_info "
                         "where table_name like 'bench_queue.%' and tier = 'computed'; "
                         "drop schema bench_queue cascade"});
    std::fflush(stdout);
}

void measure_busy(const BenchServer& server, int keys, double busy_s, int workers) {
    auto session = server.session();
    clear(session);
    fill_sessions(session, keys);
    const std::vector<ComputedTable> registry{
        trivial("bench.trivial", "bench.session", "session_id", busy_s)};
    const auto run = populate_all(server, registry, "bench.trivial", workers, 0);
    const double ideal = busy_s * keys / workers;
    std::printf(
        "{\"bench\": \"busy_make\", \"keys\": %d, \"make_ms\": %.0f, \"workers\": %d, \"seconds\": "
        "%.3f, \"ideal_s\": %.3f, \"overhead_percent\": %.2f, \"worker_s\": {\"claim\": %.3f, "
        "\"fetch\": %.3f, \"compute\": %.3f, \"write\": %.3f}}\n",
        keys, busy_s * 1000, workers, run.seconds, ideal, 100 * (run.seconds / ideal - 1),
        run.result.claim_s / workers, run.result.fetch_s / workers, run.result.compute_s / workers,
        run.result.write_s / workers);
    std::fflush(stdout);
}

void measure_cascade(const BenchServer& server, int sessions, int trials) {
    auto session = server.session();
    session.exec_script({"schema", R"sql(
drop schema if exists bench_cascade cascade;
create schema bench_cascade;
create table bench_cascade.subject (subject_id integer primary key);
create table bench_cascade.session (session_id uuid primary key, subject_id integer not null references bench_cascade.subject on delete restrict);
create index on bench_cascade.session (subject_id);
create table bench_cascade.trial (session_id uuid not null references bench_cascade.session on delete restrict, trial integer, a double precision, b double precision, primary key (session_id, trial));
create table bench_cascade.trial_fit (session_id uuid not null, trial integer, y double precision, primary key (session_id, trial), foreign key (session_id, trial) references bench_cascade.trial on delete cascade);
create table bench_cascade.total (session_id uuid primary key references bench_cascade.session on delete cascade, y double precision);
create table bench_cascade.total_part (session_id uuid not null references bench_cascade.total on delete cascade, n integer, y double precision, primary key (session_id, n));
create table bench_cascade.fit (session_id uuid primary key references bench_cascade.total on delete cascade, y double precision);
create table bench_cascade.weighing (subject_id integer references bench_cascade.subject on delete restrict, at timestamptz, g double precision, primary key (subject_id, at));
create table bench_cascade.history (subject_id integer primary key references bench_cascade.subject on delete cascade, y text);
)sql"});
    const auto fill = [&](int subject) {
        session.exec_script({"fill", fmt::format(R"sql(
insert into bench_cascade.subject values ({0});
insert into bench_cascade.session select md5('{0}/' || s)::uuid, {0} from generate_series(1, {1}) as s;
insert into bench_cascade.trial select md5('{0}/' || s)::uuid, t, t, t from generate_series(1, {1}) as s, generate_series(1, {2}) as t;
insert into bench_cascade.trial_fit select md5('{0}/' || s)::uuid, t, t from generate_series(1, {1}) as s, generate_series(1, {2}) as t;
insert into bench_cascade.total select md5('{0}/' || s)::uuid, 1 from generate_series(1, {1}) as s;
insert into bench_cascade.total_part select md5('{0}/' || s)::uuid, n, 1 from generate_series(1, {1}) as s, generate_series(1, 9) as n;
insert into bench_cascade.fit select md5('{0}/' || s)::uuid, 1 from generate_series(1, {1}) as s;
insert into bench_cascade.weighing select {0}, '2020-01-01'::timestamptz + s * interval '1 day', 20 from generate_series(1, {1}) as s;
insert into bench_cascade.history values ({0}, 'trained');
)sql",
                                                 subject, sessions, trials)});
    };
    for (int subject = 1; subject <= 24; ++subject) fill(subject);
    session.exec({"vacuum", "vacuum analyze"});
    std::vector<double> by_hand, cascade;
    for (int i = 0; i < 5; ++i) {
        const int hand_subject = 1 + 2 * i, cascade_subject = 2 + 2 * i;
        by_hand.push_back(seconds_of([&] {
            db::Transaction transaction(session);
            const auto sessions_of =
                fmt::format("(select session_id from bench_cascade.session where subject_id = {})",
                            hand_subject);
            for (const char* table : {"fit", "total_part", "total", "trial_fit", "trial"}) {
                session.exec(
                    {"by hand", fmt::format("delete from bench_cascade.{} where session_id in {}",
                                            table, sessions_of)});
            }
            for (const char* table : {"session", "weighing", "history", "subject"}) {
                session.exec(
                    {"by hand", fmt::format("delete from bench_cascade.{} where subject_id = {}",
                                            table, hand_subject)});
            }
            transaction.commit();
        }));
        cascade.push_back(seconds_of([&] {
            db::Transaction transaction(session);
            session.exec(
                {"collect",
                 fmt::format("select * from engine.cascade_collect('bench_cascade.subject', "
                             "'subject_id = {}', true)",
                             cascade_subject)});
            const auto rows = session.exec({"delete", "select engine.cascade_delete()"})
                                  .get<std::int64_t>(0, std::size_t{0});
            require(rows == 1 + 4L * sessions + 2L * sessions * trials + 9L * sessions + 1,
                    fmt::format("rows of the cascade: {}", rows));
            transaction.commit();
        }));
    }
    std::sort(by_hand.begin(), by_hand.end());
    std::sort(cascade.begin(), cascade.end());
    std::printf(
        "{\"bench\": \"cascade_delete\", \"sessions\": %d, \"trials\": %d, \"by_hand_s\": %.4f, "
        "\"cascade_s\": %.4f, \"ratio\": %.2f}\n",
        sessions, trials, by_hand[2], cascade[2], cascade[2] / by_hand[2]);
    session.exec_script({"clean", "drop schema bench_cascade cascade"});
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    bool smoke = false;
    std::string only;
    std::int64_t keys = 100000;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--smoke") == 0) smoke = true;
        if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
        if (std::strcmp(argv[i], "--keys") == 0 && i + 1 < argc) keys = std::stoll(argv[++i]);
    }
    spdlog::set_level(spdlog::level::off);
    try {
        const BenchServer server;
        server.session().exec_script({"schema", schema});
        const auto wanted = [&](const char* name) { return only.empty() || only == name; };
        if (smoke) keys = 500;
        if (wanted("trivial")) {
            measure_trivial(server, "trivial_grouped", keys, 1, 500);
            measure_trivial(server, "trivial_grouped", keys, 2, 500);
        }
        if (wanted("trivial") || wanted("single")) {
            measure_trivial(server, "trivial_single", smoke ? 100 : keys / 5, 1, 1);
            measure_trivial(server, "trivial_single", smoke ? 100 : keys / 5, 2, 1);
            measure_trivial(server, "trivial_single_slow_flush", smoke ? 100 : keys / 20, 2, 1,
                            2000);
        }
        if (wanted("trivial"))
            measure_trivial(server, "trivial_grouped_slow_flush", keys, 2, 500, 2000);
        if (wanted("eight")) measure_eight(server, keys);
        if (wanted("million") && !smoke)
            measure_trivial(server, "trivial_million", 1000000, 2, 500);
        if (wanted("queue")) measure_queueing(server, smoke ? 500 : 100000);
        if (wanted("cascade")) measure_cascade(server, smoke ? 5 : 50, smoke ? 20 : 500);
        if (wanted("busy")) measure_busy(server, smoke ? 8 : 1000, 0.05, 2);
        if (wanted("claims"))
            measure_claims(server, smoke ? 100 : 1000, smoke ? 500 : 1000000, smoke ? 5 : 41);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_engine: %s\n", error.what());
        return 1;
    }
    return 0;
}
