#include "tests/src/populate/lab_world.hpp"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace tb::testing {

namespace {

constexpr const char* lab_schema = R"sql(
create schema lab;
create table lab.subject (subject_id uuid primary key, note text);
create table lab.session (
    session_id uuid primary key,
    subject_id uuid not null references lab.subject on delete cascade,
    behaviour text not null default 'ok',
    n integer,
    note text
);
create index session_subject_idx on lab.session (subject_id);
create table lab.params (params_id text primary key, scale double precision not null);
create table lab.trial (
    session_id uuid not null references lab.session on delete cascade,
    trial integer not null,
    v double precision,
    remark text,
    primary key (session_id, trial)
);
create table lab.total (
    session_id uuid not null references lab.session on delete cascade,
    params_id text not null references lab.params on delete cascade,
    total double precision not null check (total <> -666),
    n integer,
    primary key (session_id, params_id)
);
create index total_params_idx on lab.total (params_id);
create table lab.total_item (
    session_id uuid not null,
    params_id text not null,
    item integer not null,
    v double precision,
    primary key (session_id, params_id, item),
    foreign key (session_id, params_id) references lab.total on delete cascade
);
create table lab.child (
    session_id uuid not null,
    params_id text not null,
    doubled double precision,
    primary key (session_id, params_id),
    foreign key (session_id, params_id) references lab.total on delete cascade
);
create table lab.big (
    session_id uuid primary key references lab.session on delete cascade,
    value double precision
);
create table lab.big_child (
    session_id uuid primary key references lab.big on delete cascade,
    value double precision
);
create table lab.history (
    subject_id uuid primary key references lab.subject on delete cascade,
    sessions integer,
    trial_sum double precision,
    total_sum double precision
);
select engine.set_tier('lab.subject', 'imported');
select engine.set_tier('lab.session', 'imported');
select engine.set_tier('lab.trial', 'imported');
select engine.set_tier('lab.params', 'lookup');
select engine.register_computed('lab.total', about => 'Sums.', parts => array['lab.total_item'],
    inputs => array[engine.input('lab.session', owner => 'session_id', columns => array['behaviour']),
                    engine.input('lab.trial', owner => 'session_id', columns => array['trial', 'v']),
                    engine.input('lab.params', owner => 'params_id')]);
select engine.register_computed('lab.child', about => 'Twice the sums.',
    inputs => array[engine.input('lab.total', owner => 'session_id, params_id')]);
select engine.register_computed('lab.big', about => 'Sums of large sessions.',
    restriction => 'session.n >= 100',
    inputs => array[engine.input('lab.trial', owner => 'session_id', columns => array['v'])]);
select engine.register_computed('lab.big_child', about => 'Those plus one.',
    inputs => array[engine.input('lab.big', owner => 'session_id')]);
select engine.register_computed('lab.history', about => 'Sums over the sessions of a subject.',
    inputs => array[
        engine.input('lab.session', owner => 'subject_id', columns => array['session_id', 'subject_id']),
        engine.input('lab.trial', owner => 'subject_id', columns => array['v'], via => 'lab.session'),
        engine.input('lab.total', owner => 'subject_id', columns => array['total'], via => 'lab.session')]);
select engine.regenerate();
insert into lab.params values ('one', 1);
insert into lab.subject (subject_id)
select ('00000000-0000-0000-0001-' || lpad(g::text, 12, '0'))::uuid from generate_series(1, 5) as g;
grant usage on schema lab to trialbase_worker, trialbase_ingest, trialbase_analyst;
grant select on all tables in schema lab to trialbase_worker, trialbase_ingest, trialbase_analyst;
grant insert, update, delete on lab.subject, lab.session, lab.trial to trialbase_ingest;
)sql";

double sum_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

struct Table {
    std::string name;
    std::vector<std::string> key;

    [[nodiscard]] std::string keys(const std::string& alias = {}) const {
        std::string out;
        for (const auto& k : key)
            out += (out.empty() ? "" : ", ") + (alias.empty() ? k : alias + "." + k);
        return out;
    }
    [[nodiscard]] std::string key_text(const std::string& alias) const {
        std::string out;
        for (const auto& k : key)
            out += fmt::format("{}'{}{}=' || {}.{}::text", out.empty() ? "" : " || ",
                               out.empty() ? "" : ",", k, alias, k);
        return out;
    }
};

const std::vector<Table>& table_list() {
    static const std::vector<Table> all{{"lab.total", {"session_id", "params_id"}},
                                        {"lab.child", {"session_id", "params_id"}},
                                        {"lab.big", {"session_id"}},
                                        {"lab.big_child", {"session_id"}},
                                        {"lab.history", {"subject_id"}}};
    return all;
}

/// Faults of one table's books, as SQL that gives one line of text per fault.
std::string books_sql(const Table& t) {
    return fmt::format(
        R"sql(
select '{0}: row names a run that is not its own: ' || {3} from {0} as t
where t.run_id is not null and not exists (
    select from engine.run as r join engine.table_info as i using (table_no)
    where r.run_id = t.run_id and i.table_name = '{0}' and r.key_text = {3})
union all
select '{0}: run without its row: ' || r.key_text from engine.run as r join engine.table_info as i using (table_no)
where i.table_name = '{0}' and not exists (select from {0} as t where t.run_id = r.run_id)
union all
select '{0}: done and open, ' || j.state || ': ' || {4} from {0}_job as j
where not j.is_stale and exists (select from {0} as t where ({1}) = ({2}))
union all
select '{0}: stale without a result, ' || j.state || ': ' || {4} from {0}_job as j
where j.is_stale and not exists (select from {0} as t where ({1}) = ({2}))
union all
select '{0}: settled with a result: ' || {4} from {0}_job as j
where j.state = 'settled' and exists (select from {0} as t where ({1}) = ({2}))
union all
select '{0}: row by hand is stale: ' || {3} from {0} as t
where t.run_id is null and exists (select from {0}_job as j where ({1}) = ({2}))
union all
select '{0}: job outside the key source: ' || {4} from {0}_job as j
where not exists (select from {6} as t where ({1}) = ({2}))
union all
select '{0}: key without result and without job: ' || {3} from {6} as t
where not exists (select from {0}_job as j where ({1}) = ({2}))
  and not exists (select from {0} as r where ({5}) = ({1}))
union all
select '{0}: claim in state ' || j.state || ': ' || {4} from {0}_job as j
where (j.state = 'running') is distinct from (j.claim_id is not null)
   or (j.state = 'running' and j.worker_id is null)
)sql",
        t.name, t.keys("t"), t.keys("j"), t.key_text("t"), t.key_text("j"), t.keys("r"),
        "engine_key.lab__" + t.name.substr(4));
}

/// Results that claim to be current and are not what their inputs give now; keys set aside for a
/// reason that no longer holds.
constexpr const char* values_sql = R"sql(
select 'lab.total: wrong value: ' || t.session_id || ' ' || t.params_id || ' ' || t.total
from lab.total as t join lab.session as s using (session_id) join lab.params as p using (params_id)
cross join lateral (select coalesce(sum(v), 0) as v, count(*) as n from lab.trial as x
                    where x.session_id = t.session_id) as x
where t.run_id is not null
  and not exists (select from lab.total_job as j where (j.session_id, j.params_id) = (t.session_id, t.params_id) and j.is_stale)
  and (s.behaviour <> 'ok' or t.total <> x.v * p.scale or t.n <> x.n
       or (select coalesce(string_agg(i.item || ':' || i.v, ',' order by i.item), '') from lab.total_item as i
           where (i.session_id, i.params_id) = (t.session_id, t.params_id))
          is distinct from
          (select coalesce(string_agg(y.trial || ':' || y.v, ',' order by y.trial), '') from lab.trial as y
           where y.session_id = t.session_id))
union all
select 'lab.child: wrong value: ' || c.session_id || ' ' || c.params_id
from lab.child as c join lab.total as t using (session_id, params_id)
where c.run_id is not null and c.doubled is distinct from 2 * t.total
  and not exists (select from lab.child_job as j where (j.session_id, j.params_id) = (c.session_id, c.params_id) and j.is_stale)
union all
select 'lab.child: current on a stale input: ' || c.session_id || ' ' || c.params_id
from lab.child as c join lab.total_job as u using (session_id, params_id)
where c.run_id is not null and u.is_stale
  and not exists (select from lab.child_job as j where (j.session_id, j.params_id) = (c.session_id, c.params_id) and j.is_stale)
union all
select 'lab.big: wrong value: ' || b.session_id
from lab.big as b join engine_key.lab__big as k using (session_id)
where b.run_id is not null
  and b.value <> (select coalesce(sum(v), 0) from lab.trial as x where x.session_id = b.session_id)
  and not exists (select from lab.big_job as j where j.session_id = b.session_id and j.is_stale)
union all
select 'lab.big_child: wrong value: ' || c.session_id
from lab.big_child as c join lab.big as b using (session_id)
where c.run_id is not null and c.value is distinct from 1 + b.value
  and not exists (select from lab.big_child_job as j where j.session_id = c.session_id and j.is_stale)
union all
select 'lab.history: wrong value: ' || h.subject_id
from lab.history as h
where h.run_id is not null
  and not exists (select from lab.history_job as j where j.subject_id = h.subject_id and j.is_stale)
  and (h.sessions <> (select count(*) from lab.session as s where s.subject_id = h.subject_id)
       or h.trial_sum <> (select coalesce(sum(v), 0) from lab.trial as x join lab.session as s using (session_id)
                          where s.subject_id = h.subject_id)
       or h.total_sum <> (select coalesce(sum(total), 0) from lab.total as x join lab.session as s using (session_id)
                          where s.subject_id = h.subject_id))
union all
select 'lab.total: settled, but there is something to compute: ' || j.session_id || ' ' || j.params_id
from lab.total_job as j join lab.session as s using (session_id)
where j.state = 'settled' and s.behaviour <> 'nothing'
union all
select 'lab.total: failed on inputs that have changed: ' || j.session_id || ' ' || j.params_id
from lab.total_job as j join lab.session as s using (session_id)
where j.state = 'error' and j.error_type <> 'InputsChanged'
  and (s.behaviour in ('ok', 'nothing') or (s.behaviour = 'throw') <> (j.error_type = 'InsufficientTrials'))
union all
select 'lab.child: settled, but there is something to compute: ' || j.session_id || ' ' || j.params_id
from lab.child_job as j join lab.total as t using (session_id, params_id)
where j.state = 'settled' and mod(t.total::integer, 7) <> 5
)sql";

}  // namespace

std::string LabWorld::script() {
    return lab_schema;
}

LabWorld::LabWorld(std::string conninfo) : conninfo_(std::move(conninfo)) {
    db::Session session({conninfo_, "trialbase tests", {}});
    if (session.exec({"has lab", "select to_regnamespace('lab') is null"})
            .get<bool>(0, std::size_t{0}))
        session.exec_script({"lab schema", lab_schema});

    ComputedTable total;
    total.name = "lab.total";
    total.keys_per_transaction = 10;
    total.fetches = {
        {"session",
         "select key_no, behaviour from key join lab.session using (session_id) order by key_no"},
        {"params",
         "select key_no, scale from key join lab.params using (params_id) order by key_no"},
        {"trials",
         "select key_no, trial, v from key join lab.trial using (session_id) order by key_no, "
         "trial"}};
    total.compute = [this](const Inputs& inputs, Output& output) {
        // Asked before the change that `during` may make.
        const auto behaviour = inputs["session"].texts("behaviour")[0];
        if (during) during("lab.total");
        if (behaviour == "throw")
            throw Error(ErrorKind::data, "this session cannot be computed", "",
                        "InsufficientTrials");
        if (behaviour == "nothing") return output.nothing_to_compute("no trial in the asked block");
        if (behaviour == "no rows") return;
        const auto v = inputs["trials"].numbers("v");
        const auto trial = inputs["trials"].integers("trial");
        const double scale = inputs["params"].numbers("scale")[0];
        const double sum = behaviour == "violates" ? -666 : sum_of(v) * scale;
        output.master().set("total", sum).set("n", v.size());
        for (std::size_t i = 0; i < v.size(); ++i)
            output.part("total_item").set("item", trial[i]).set("v", v[i]);
    };
    ComputedTable child;
    child.name = "lab.child";
    child.fetches = {{"total",
                      "select key_no, total from key join lab.total using (session_id, params_id) "
                      "order by key_no"}};
    child.keys_per_transaction = 1;
    child.compute = [this](const Inputs& inputs, Output& output) {
        if (during) during("lab.child");
        const auto sum = inputs["total"].numbers("total")[0];
        const auto rest = std::fmod(sum, 7.0);
        if (rest == 3)
            throw Error(ErrorKind::data, "a total that is 3 modulo 7", "", "QCValidationError");
        if (rest == 5) return output.nothing_to_compute("a total that is 5 modulo 7");
        output.master().set("doubled", 2 * sum);
    };
    ComputedTable big;
    big.name = "lab.big";
    big.fetches = {
        {"trials",
         "select key_no, v from key join lab.trial using (session_id) order by key_no, trial"}};
    big.compute = [](const Inputs& inputs, Output& output) {
        output.master().set("value", sum_of(inputs["trials"].numbers("v")));
    };
    ComputedTable big_child;
    big_child.name = "lab.big_child";
    big_child.fetches = {
        {"big", "select key_no, value from key join lab.big using (session_id) order by key_no"}};
    big_child.compute = [](const Inputs& inputs, Output& output) {
        output.master().set("value", 1 + inputs["big"].numbers("value")[0]);
    };
    ComputedTable history;
    history.name = "lab.history";
    history.fetches = {
        {"sessions",
         "select key_no, session_id from key join lab.session using (subject_id) order by key_no"},
        {"trials",
         "select key_no, v from key join lab.session using (subject_id) join lab.trial using "
         "(session_id) "
         "order by key_no"},
        {"totals",
         "select key_no, total from key join lab.session using (subject_id) join lab.total using "
         "(session_id) order by key_no"}};
    history.compute = [this](const Inputs& inputs, Output& output) {
        if (during) during("lab.history");
        output.master()
            .set("sessions", inputs["sessions"].size())
            .set("trial_sum", sum_of(inputs["trials"].numbers("v")))
            .set("total_sum", sum_of(inputs["totals"].numbers("total")));
    };
    registry = {total, child, big, big_child, history};
}

populate::WorkerOptions LabWorld::options() const {
    populate::WorkerOptions options;
    options.connect.conninfo = conninfo_;
    options.tables = tables();
    options.registry = &registry;
    return options;
}

const std::vector<std::string>& LabWorld::tables() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& table : table_list()) all.push_back(table.name);
        return all;
    }();
    return names;
}

std::string LabWorld::session_id(int number) {
    return fmt::format("00000000-0000-0000-0000-{:012}", number);
}

std::string LabWorld::subject_id(int number) {
    return fmt::format("00000000-0000-0000-0001-{:012}", number);
}

void LabWorld::add_sessions(db::Session& session, int first, int last) {
    session.exec_script(
        {"add sessions",
         fmt::format("insert into lab.session (session_id, subject_id, n) "
                     "select ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, "
                     "('00000000-0000-0000-0001-' || lpad((1 + g % 5)::text, 12, '0'))::uuid, 100 "
                     "* (g % 2) "
                     "from generate_series({0}, {1}) as g;"
                     "insert into lab.trial (session_id, trial, v) "
                     "select ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, t, g "
                     "from generate_series({0}, {1}) as g, generate_series(1, 3) as t",
                     first, last)});
}

std::string find_faults(db::Session& session) {
    std::string faults;
    {
        const db::Transaction transaction(session);
        for (const auto& table : table_list()) {
            const auto jobs =
                fmt::format("engine_job.{}__{}", table.name.substr(0, table.name.find('.')),
                            table.name.substr(table.name.find('.') + 1));
            session.exec_script(
                {"jobs before", fmt::format("drop table if exists job_before; create temporary "
                                            "table job_before on commit drop as table {}",
                                            jobs)});
            const auto mended = session.exec(
                {"refresh " + table.name, "select added, removed, changed from engine.refresh($1)"},
                db::Params().text(table.name));
            const auto added = mended.get<std::int64_t>(0, "added");
            const auto removed = mended.get<std::int64_t>(0, "removed");
            const auto changed = mended.get<std::int64_t>(0, "changed");
            if (added + removed + changed > 0)
                faults += fmt::format("{}: refresh would add {}, remove {}, change {}\n",
                                      table.name, added, removed, changed);
            if (changed == 0) continue;
            const auto rows = session.exec(
                {"changed jobs", fmt::format("(table job_before except table {}) limit 5", jobs)});
            for (std::size_t row = 0; row < rows.rows(); ++row) {
                faults += "  before:";
                for (std::size_t column = 0; column < rows.columns(); ++column) {
                    faults +=
                        rows.is_null(row, column) ? " -" : " " + rows.get<std::string>(row, column);
                }
                faults += "\n";
            }
        }
    }
    static const std::string sql = [] {
        std::string all = values_sql;
        for (const auto& table : table_list()) all += " union all " + books_sql(table);
        return all;
    }();
    const auto found = session.exec_prepared({"find faults", sql});
    for (std::size_t row = 0; row < found.rows() && row < 10; ++row)
        faults += found.get<std::string>(row, std::size_t{0}) + "\n";
    return faults;
}

}  // namespace tb::testing
