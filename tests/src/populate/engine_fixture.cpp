#include "tests/src/populate/engine_fixture.hpp"

#include <numeric>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tb::testing {

namespace {

constexpr const char* toy_schema = R"sql(
create schema toy;
create table toy.session (
    session_id uuid primary key,
    behaviour text not null default 'ok',
    note text,
    n integer
);
create table toy.params (params_id text primary key, scale double precision not null);
create table toy.trial (
    session_id uuid not null references toy.session on delete cascade,
    trial integer not null,
    v double precision,
    remark text,
    primary key (session_id, trial)
);
create table toy.total (
    session_id uuid not null references toy.session on delete cascade,
    params_id text not null references toy.params on delete cascade,
    total double precision not null check (total <> 666),
    n integer,
    primary key (session_id, params_id)
);
create table toy.total_item (
    session_id uuid not null,
    params_id text not null,
    item integer not null,
    v double precision,
    primary key (session_id, params_id, item),
    foreign key (session_id, params_id) references toy.total on delete cascade
);
create table toy.child (
    session_id uuid not null,
    params_id text not null,
    doubled double precision,
    primary key (session_id, params_id),
    foreign key (session_id, params_id) references toy.total on delete cascade
);
select engine.set_tier('toy.session', 'imported');
select engine.set_tier('toy.trial', 'imported');
select engine.set_tier('toy.params', 'lookup');
select engine.register_computed('toy.total', about => 'Sums.', parts => array['toy.total_item'],
    inputs => array[engine.input('toy.session', owner => 'session_id', columns => array['behaviour']),
                    engine.input('toy.trial', owner => 'session_id', columns => array['v']),
                    engine.input('toy.params', owner => 'params_id')]);
select engine.register_computed('toy.child', about => 'Twice the sums.',
    inputs => array[engine.input('toy.total', owner => 'session_id, params_id')]);
select engine.regenerate();
insert into toy.params values ('one', 1);
grant usage on schema toy to trialbase_worker, trialbase_ingest, trialbase_analyst;
grant select on all tables in schema toy to trialbase_worker, trialbase_ingest, trialbase_analyst;
grant insert, update, delete on toy.session, toy.trial to trialbase_ingest;
)sql";

}  // namespace

engine::engine() : database_("toy", toy_schema), session_(database_.session()) {
    spdlog::set_level(spdlog::level::off);  // failing keys are the point of these tests
    ComputedTable total;
    total.name = "toy.total";
    total.fetches = {
        {"session",
         "select key_no, behaviour from key join toy.session using (session_id) order by key_no"},
        {"params",
         "select key_no, scale from key join toy.params using (params_id) order by key_no"},
        {"trials",
         "-- values in trial order\nselect key_no, trial, v from key join toy.trial using "
         "(session_id) order by key_no, trial"}};
    total.compute = [this](const Inputs& inputs, Output& output) {
        ++calls_;
        if (during_) during_(inputs);
        const auto& behaviour = inputs["session"].texts("behaviour")[0];
        if (behaviour == "throw")
            throw Error(ErrorKind::data, "this session cannot be computed", "",
                        "InsufficientTrials");
        if (behaviour == "long message")
            throw Error(ErrorKind::data, std::string(100'000, 'x'), "", "QCValidationError");
        if (behaviour == "odd message")
            throw Error(ErrorKind::data, std::string("it's \"odd\" \xff\xfe and \0 more", 24));
        if (behaviour == "std") throw std::out_of_range("beyond the end");
        if (behaviour == "nothing") return output.nothing_to_compute("no trial in the asked block");
        if (behaviour == "no rows") return;
        if (behaviour == "part only") {
            output.part("total_item").set("item", 1);
            return;
        }
        const auto v = inputs["trials"].numbers("v");
        const double scale = inputs["params"].numbers("scale")[0];
        double sum = std::accumulate(v.begin(), v.end(), 0.0) * scale;
        if (behaviour == "violates") sum = 666;
        auto& row = output.master();
        row.set("total", sum).set("n", v.size());
        if (behaviour == "other key") row.set("session_id", "00000000-0000-0000-0000-00000000ffff");
        if (behaviour == "late violation") {  // the second part row repeats the first one's key
            output.part("total_item").set("item", 1);
            output.part("total_item").set("item", 1);
        }
        for (std::size_t i = 0; i < v.size() && behaviour != "late violation"; ++i)
            output.part("total_item").set("item", i + 1).set("v", v[i]);
    };
    ComputedTable child;
    child.name = "toy.child";
    child.fetches = {{"total",
                      "select key_no, total from key join toy.total using (session_id, params_id) "
                      "order by key_no"}};
    child.compute = [](const Inputs& inputs, Output& output) {
        output.master().set("doubled", 2 * inputs["total"].numbers("total")[0]);
    };
    registry_ = {total, child};
}

std::string engine::session_id(int number) {
    return fmt::format("00000000-0000-0000-0000-{:012}", number);
}

void engine::add_sessions(int first, int last, const std::string& behaviour) {
    run(fmt::format(
        "insert into toy.session (session_id, behaviour) select ('00000000-0000-0000-0000-' || "
        "lpad(g::text, 12, '0'))::uuid, {2} from generate_series({0}, {1}) as g;"
        "insert into toy.trial (session_id, trial, v) select ('00000000-0000-0000-0000-' || "
        "lpad(g::text, 12, '0'))::uuid, t, g from generate_series({0}, {1}) as g, "
        "generate_series(1, 3) as t",
        first, last, session_.quote_literal(behaviour)));
}

populate::WorkerOptions engine::options() const {
    populate::WorkerOptions options;
    options.connect.conninfo = database_.conninfo();
    options.tables = {"toy.total", "toy.child"};
    options.registry = &registry_;
    options.lease = std::chrono::milliseconds(30000);
    return options;
}

engine::Counted engine::populate(const std::function<void(populate::WorkerOptions&)>& change,
                                 std::int64_t limit) {
    auto with = options();
    if (change) change(with);
    populate::Counters counters;
    counters.budget = limit;
    populate::run_worker(with, counters);
    return {counters.done, counters.settled, counters.errors,    counters.retried,
            counters.lost, counters.commits, counters.statements};
}

populate::TableStatus engine::status(const std::string& table) {
    return populate::read_status(session_,
                                 populate::select_tables(populate::read_tables(session_), {table}))
        .at(0);
}

std::string engine::jobs(const std::string& table) {
    return value(
        fmt::format("select coalesce(string_agg(state || ' ' || n, ', ' order by state::text), '') "
                    "from (select state, count(*) as n from {}_job group by state) as s",
                    table));
}

std::int64_t engine::mended() {
    std::int64_t sum = 0;
    for (const auto& r :
         populate::refresh(session_, populate::select_tables(populate::read_tables(session_),
                                                             {"toy.total", "toy.child"}))) {
        sum += r.added + r.removed + r.changed;
    }
    return sum;
}

}  // namespace tb::testing
