// The engine's own cost: keys per second of a trivial computed table, claims against a long past,
// queueing, cascading deletes, overhead of a busy make, many workers. One JSON line per
// measurement; every answer is checked. bench_engine [--smoke] [--only NAME] [--keys N]
#include "bench/bench_arguments.hpp"
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
create table bench.few_session (like bench.session including all);
create table bench.few_label (like bench.label including all);
select engine.set_tier('bench.' || t, 'imported') from unnest(array['session', 'label', 'few_session', 'few_label']) as t;
create table bench.trivial (
    session_id uuid primary key references bench.session on delete cascade, y double precision not null);
create table bench.by_label (
    name text not null, at timestamptz not null, y double precision not null, primary key (name, at),
    foreign key (name, at) references bench.label on delete cascade);
create table bench.few_trivial (
    session_id uuid primary key references bench.few_session on delete cascade, y double precision not null);
create table bench.few_by_label (
    name text not null, at timestamptz not null, y double precision not null, primary key (name, at),
    foreign key (name, at) references bench.few_label on delete cascade);
select engine.register_computed('bench.' || prefix || 'trivial', about => 'x plus one.',
    inputs => array[engine.input('bench.' || prefix || 'session', owner => 'session_id', columns => array['x'])])
from unnest(array['', 'few_']) as prefix;
select engine.register_computed('bench.' || prefix || 'by_label', about => 'x plus one.',
    inputs => array[engine.input('bench.' || prefix || 'label', owner => 'name, at', columns => array['x'])])
from unnest(array['', 'few_']) as prefix;
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

/// Processor time of the session's own server process [s]: says more than a clock on a busy
/// machine.
double server_cpu_s(db::Session& session) {
    return 1e-9 * session
                      .exec({"processor time",
                             "select split_part(pg_read_file('/proc/self/schedstat'), ' ', "
                             "1)::double precision"})
                      .get<double>(0, std::size_t{0});
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

constexpr const char* bench_worker = "00000000-0000-0000-0000-0000000000bb";

/// A table with many done keys and 10 pending ones.
struct LongPast {
    populate::TableInfo table;
    std::vector<double> ms;      // of each claim
    std::vector<double> blocks;  // blocks that it looked at
};

LongPast long_past(const BenchServer& server, const std::string& prefix, bool by_label,
                   std::int64_t done) {
    auto session = server.session();
    const auto parent = "bench." + prefix + (by_label ? "label" : "session");
    const auto name = "bench." + prefix + (by_label ? "by_label" : "trivial");
    const auto fill = [&](const char* animal, const char* day, std::int64_t from, std::int64_t to) {
        session.exec(
            {"parents",
             by_label
                 ? fmt::format("insert into {} select '{} ' || g % 1000, '{}'::timestamptz "
                               "+ g * interval '1 minute', g from generate_series({}, {}) as g",
                               parent, animal, day, from, to)
                 : fmt::format("insert into {} select md5(g::text)::uuid, g from "
                               "generate_series({}::bigint, {}::bigint) as g",
                               parent, from, to)});
    };
    fill("animal", "2020-01-01", 1, done);
    const std::vector<ComputedTable> registry{
        trivial(name, parent, by_label ? "name, at" : "session_id")};
    (void)populate_all(server, registry, name, 2, 500);
    session.exec({"vacuum", "vacuum analyze"});
    fill("late", "2030-01-01", done + 1, done + 10);
    return {populate::select_tables(populate::read_tables(session), {name})[0], {}, {}};
}

/// One claim from the queue's start, handed back.
void claim_once(db::Session& session, LongPast& past) {
    std::vector<populate::ClaimedKey> keys;
    past.ms.push_back(1000 * seconds_of([&] {
                          keys = populate::claim(session, past.table, bench_worker, 1, 100,
                                                 -2147483647, 0);
                      }));
    require(keys.size() == 10, fmt::format("10 pending keys, claimed {}", keys.size()));
    const auto hand_back = [&] {
        session.exec({"hand back", fmt::format("update {} set state = 'pending', claim_id = null, "
                                               "worker_id = null where state = 'running'",
                                               past.table.job_table())});
    };
    hand_back();
    const auto plan =
        session.exec({"blocks", fmt::format("explain (analyze, buffers, format json) select * from "
                                            "{}__claim('{}', 1, 100, -2147483647, 0)",
                                            past.table.function_stem(), bench_worker)});
    const auto text = plan.get<std::string>(0, std::size_t{0});
    double blocks = 0;
    for (const std::string what : {"\"Shared Hit Blocks\": ", "\"Shared Read Blocks\": "})
        blocks += std::stod(text.substr(text.find(what) + what.size()));
    past.blocks.push_back(blocks);
    hand_back();
}

/// Claims of 10 pending keys beside few and beside many done ones, by turns, so that what else the
/// machine does meets both.
void measure_claims(const BenchServer& server, std::int64_t few, std::int64_t many, int repeats) {
    auto session = server.session();
    session.exec({"worker", "select engine.worker_start($1::uuid, 'h', 1, 'u', 'v', 'r', '1 day')"},
                 db::Params().text(bench_worker));
    clear(session);
    for (const bool by_label : {false, true}) {
        auto small = long_past(server, "few_", by_label, few);
        auto large = long_past(server, "", by_label, many);
        session.exec({"checkpoint", "checkpoint"});
        for (int i = 0; i < repeats; ++i) {
            claim_once(session, i % 2 == 0 ? small : large);
            claim_once(session, i % 2 == 0 ? large : small);
        }
        const auto blocks = median(large.blocks) / median(small.blocks);
        std::printf(
            "{\"bench\": \"claim_10_pending\", \"key\": \"%s\", \"ms_beside_%lld_done\": %.3f, "
            "\"ms_beside_%lld_done\": %.3f, \"ratio\": %.2f, \"blocks\": [%.0f, %.0f], "
            "\"blocks_ratio\": %.2f}\n",
            by_label ? "text, timestamptz" : "uuid", static_cast<long long>(few), median(small.ms),
            static_cast<long long>(many), median(large.ms), median(large.ms) / median(small.ms),
            median(small.blocks), median(large.blocks), blocks);
        std::fflush(stdout);
        require(blocks <= 1.5, fmt::format("a claim beside {} done keys looks at {:.2f} times the "
                                           "blocks of one beside {}",
                                           many, blocks, few));
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
    session.exec({"worker", "select engine.worker_start($1::uuid, 'h', 1, 'u', 'v', 'r', '1 day')"},
                 db::Params().text(bench_worker));
    const auto tables = populate::select_tables(
        populate::read_tables(session),
        {"bench_queue.t1", "bench_queue.t2", "bench_queue.t3", "bench_queue.t4", "bench_queue.t5"});
    const auto claim_all = [&] {
        std::int64_t claimed = 0;
        const auto seconds = seconds_of([&] {
            for (const auto& table : tables) {
                std::int64_t after = 0;
                while (true) {
                    const auto keys =
                        populate::claim(session, table, bench_worker, 1, 500, -2147483647, after);
                    if (keys.empty()) break;
                    after = keys.back().queue_no;
                    claimed += static_cast<std::int64_t>(keys.size());
                }
            }
        });
        require(claimed == 5 * sessions, fmt::format("five jobs a session claimed: {}", claimed));
        return seconds;
    };
    // The least of three by turns, by the clock and by the server process's own time.
    struct Least {
        double wall_s = 1e9, cpu_s = 1e9;
        void take(db::Session& in, const std::function<double()>& work) {
            const auto before = server_cpu_s(in);
            wall_s = std::min(wall_s, work());
            cpu_s = std::min(cpu_s, server_cpu_s(in) - before);
        }
    } bare, queued, claims;
    insert("bare", 1 + 10 * sessions);  // warm
    for (int round = 0; round < 3; ++round) {
        session.exec({"checkpoint", "checkpoint"});
        bare.take(session, [&] { return insert("bare", 1 + round * sessions); });
        queued.take(session, [&] { return insert("session", 1 + round * sessions); });
        claims.take(session, claim_all);
    }
    require(session.exec({"check",
                          "select count(*) from engine.job where table_name like 'bench_queue.%' "
                          "and state = 'running'"})
                    .get<std::int64_t>(0, std::size_t{0}) == 15 * sessions,
            "five jobs a session");
    const auto jobs = static_cast<double>(5 * sessions);
    for (const bool by_clock : {true, false}) {
        const auto of = [&](const Least& least) { return by_clock ? least.wall_s : least.cpu_s; };
        std::printf(
            "{\"bench\": \"queue_5_tables\", \"time\": \"%s\", \"sessions\": %lld, \"bare_s\": "
            "%.3f, "
            "\"queued_s\": %.3f, \"claims_s\": %.3f, \"ratio\": %.2f, \"ratio_with_claims\": %.2f, "
            "\"us_per_job\": %.2f, \"us_per_claim\": %.2f}\n",
            by_clock ? "clock" : "server process", static_cast<long long>(sessions), of(bare),
            of(queued), of(claims), of(queued) / of(bare), (of(queued) + of(claims)) / of(bare),
            (of(queued) - of(bare)) / jobs * 1e6, of(claims) / jobs * 1e6);
    }
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
    const tb::bench::Arguments arguments(
        argc, argv, "Keys per second, claims, queueing, cascades and overhead of the engine.",
        {{"--only", "NAME", "one of the measurements: a name in brackets in bench/README.md"},
         {"--keys", "N", "of the large tables (100000)"}});
    const bool smoke = arguments.is_smoke;
    const auto only = arguments.text("--only");
    std::int64_t keys = arguments.number("--keys", 100000);
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
