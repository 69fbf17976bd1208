#include "src/populate/arrays.hpp"
#include "src/store/array_rows.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::populate {

std::string uuid_bytes(std::string_view text) {
    std::string bytes;
    int high = -1;
    for (const char c : text) {
        if (c == '-') continue;
        const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            bytes += static_cast<char>(high * 16 + digit);
            high = -1;
        }
    }
    return bytes;
}

namespace {

std::string timestamptz_bytes(std::chrono::system_clock::time_point time) {
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    const auto value = static_cast<std::uint64_t>(since_1970 - 946684800000000LL);
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<char>(value >> (56 - 8 * i));
    return bytes;
}

std::string float8_bytes(double number) {
    const auto value = std::bit_cast<std::uint64_t>(number);
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<char>(value >> (56 - 8 * i));
    return bytes;
}

/// Columns to write, in table order: the key, what any row sets, and for a master its run.
std::vector<std::string> columns_to_write(
    const TableInfo& table, const std::string& target, const std::vector<ColumnInfo>& columns,
    const std::vector<std::pair<const ClaimedKey*, const Row*>>& rows, bool is_master) {
    std::set<std::string> used;
    for (const auto& [key, row] : rows) {
        for (const auto& [name, value] : row->values()) used.insert(name);
    }
    if (is_master) used.insert("run_id");
    for (const auto& column : table.key) used.insert(column.name);
    std::vector<std::string> names;
    for (const auto& column : columns) {
        if (used.erase(column.name) > 0) names.push_back(column.name);
    }
    if (!used.empty()) {
        throw Error(ErrorKind::internal, fmt::format("{} has no column {}", target, *used.begin()),
                    "The computation and the migration disagree.");
    }
    return names;
}

void put_value(db::CopyIn& copy, const Value& value) {
    std::visit(
        [&](const auto& v) {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
                copy.put_null();
            } else if constexpr (std::is_same_v<T, std::string>) {
                copy.put(std::string_view(v));
            } else {
                copy.put(v);
            }
        },
        value);
}

void copy_rows(db::Session& session, const TableInfo& table, const std::string& target,
               const std::vector<ColumnInfo>& columns,
               const std::vector<std::pair<const ClaimedKey*, const Row*>>& rows, bool is_master,
               std::int64_t& statements) {
    if (rows.empty()) return;
    const auto names = columns_to_write(table, target, columns, rows, is_master);
    // Position of each written column: in the key, or -1.
    std::vector<int> key_position(names.size(), -1);
    for (std::size_t c = 0; c < names.size(); ++c) {
        for (std::size_t k = 0; k < table.key.size(); ++k) {
            if (table.key[k].name == names[c]) key_position[c] = static_cast<int>(k);
        }
    }
    db::CopyIn copy(session, target, names);
    ++statements;
    static const Value null;
    for (const auto& [key, row] : rows) {
        copy.next_row();
        for (std::size_t c = 0; c < names.size(); ++c) {
            if (key_position[c] >= 0) {
                copy.put_binary(key->parts[static_cast<std::size_t>(key_position[c])]);
                continue;
            }
            if (is_master && names[c] == "run_id") {
                copy.put(std::string_view(key->run_id));
                continue;
            }
            const auto& values = row->values();
            const auto found = std::find_if(values.begin(), values.end(),
                                            [&](const auto& v) { return v.first == names[c]; });
            put_value(copy, found == values.end() ? null : found->second);
        }
    }
    copy.finish();
}

/// What engine.refuse_hand_made raised, under its name; other errors as they are.
[[noreturn]] void throw_rows_in_use(const Error& error) {
    if (error.sqlstate != "TB015") throw error;
    std::string message = error.what();
    if (const auto colon = message.find(": "); colon != std::string::npos)
        message = message.substr(colon + 2);
    Error refused(ErrorKind::conflict, message, error.hint(), "RowsInUse");
    refused.sqlstate = error.sqlstate;
    throw refused;
}

/// Refuses, when rows that people made hang on rows of a result that are about to go.
void refuse_hand_made(db::Session& session, const std::string& table, const db::Params& places) {
    auto params = places;
    params.text(table);
    try {
        session.exec_prepared(
            {"rows in use", "select engine.refuse_hand_made($3, $1::oid[], $2::tid[])"}, params);
    } catch (const Error& error) {
        throw_rows_in_use(error);
    }
}

/// Name of the temporary table that rows of a table wait in; of one length, whatever the table's.
std::string stage_of(const std::string& table) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (const char c : table) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return fmt::format("pg_temp.stage_{:016x}", hash);
}

/// `p.block, p.n` for the columns that pass.
template <class Passes>
std::string column_list(const std::vector<ColumnInfo>& columns, const std::string& prefix,
                        const Passes& passes) {
    std::string list;
    for (const auto& column : columns) {
        if (passes(column)) list += (list.empty() ? "" : ", ") + prefix + column.sql_name;
    }
    return list;
}

/// Makes the part rows of some keys those given: rows whose key stays are kept, changed where they
/// differ and untouched where not, so that what people hang on them stays; others come and go.
/// @throws tb::Error (conflict, RowsInUse) when rows made by hand hang on one that would go
void replace_part(db::Session& session, const TableInfo& table, const PartInfo& part,
                  const std::vector<const ClaimedKey*>& keys,
                  const std::vector<std::pair<const ClaimedKey*, const Row*>>& rows,
                  std::int64_t& statements) {
    const auto is_key = [](const ColumnInfo& column) { return column.is_primary; };
    const auto is_other = [](const ColumnInfo& column) { return !column.is_primary; };
    const auto any = [](const ColumnInfo&) { return true; };
    const auto key_list = column_list(part.columns, "", is_key);
    db::Params params;
    add_key_arrays(params, table, keys);
    const auto of_keys = fmt::format("({}) in (select * from unnest({}))", table.key_list(),
                                     table.key_parameters(1));
    if (key_list.empty()) {  // nothing can refer to its rows, nor tell them apart
        session.exec_prepared(
            {part.name + " replace", fmt::format("delete from {} where {}", part.name, of_keys)},
            params);
        ++statements;
        return copy_rows(session, table, part.name, part.columns, rows, false, statements);
    }
    const auto stage = stage_of(part.name);
    session.exec({"stage", fmt::format("create temporary table if not exists {} (like {} including "
                                       "defaults, primary key ({})) on commit delete rows",
                                       stage.substr(8), part.name, key_list)});
    copy_rows(session, table, stage, part.columns, rows, false, statements);
    const auto same = fmt::format("({}) = ({})", column_list(part.columns, "s.", is_key),
                                  column_list(part.columns, "p.", is_key));
    // Planned each time: how full the stage is differs from batch to batch.
    const auto gone = session.exec(
        {part.name + " gone",
         fmt::format("select array_agg(x.tableoid)::text, array_agg(x.ctid)::text from (select "
                     "p.tableoid, p.ctid from {} as p where {} and not exists (select from {} as s "
                     "where {}) for update of p) as x",
                     part.name, of_keys, stage, same)},
        params);
    statements += 2;
    if (!gone.is_null(0, 0)) {
        db::Params places;
        places.text(gone.get<std::string>(0, std::size_t{0}))
            .text(gone.get<std::string>(0, std::size_t{1}));
        refuse_hand_made(session, part.name, places);
        session.exec_prepared(
            {part.name + " replace",
             fmt::format("delete from {} as p where p.ctid = any ($2::tid[]) and (p.tableoid, "
                         "p.ctid) in (select * from unnest($1::oid[], $2::tid[]))",
                         part.name)},
            places);
        statements += 2;
    }
    std::string updates;
    for (const auto& column : part.columns) {
        if (!column.is_primary)
            updates += fmt::format("{}{} = s.{}", updates.empty() ? "" : ", ", column.sql_name,
                                   column.sql_name);
    }
    if (!updates.empty()) {
        session.exec(
            {part.name + " change",
             fmt::format("update {} as p set {} from {} as s where {} and row({})::record *<> "
                         "row({})::record",
                         part.name, updates, stage, same, column_list(part.columns, "p.", is_other),
                         column_list(part.columns, "s.", is_other))});
        ++statements;
    }
    session.exec(
        {part.name + " add",
         fmt::format("insert into {0} ({1}) select {1} from {2} as s where not exists "
                     "(select from {0} as p where {3}) order by {4}",
                     part.name, column_list(part.columns, "", any), stage, same, key_list)});
    ++statements;
}

/// A row that states a key column must state its own key's value.
void check_own_key(const TableInfo& table, const ClaimedKey& key, const std::string& target,
                   const Row& row) {
    for (const auto& [name, value] : row.values()) {
        const auto column = std::find_if(table.key.begin(), table.key.end(),
                                         [&](const auto& k) { return k.name == name; });
        if (column == table.key.end()) continue;
        std::string stated;
        if (const auto* text = std::get_if<std::string>(&value)) stated = *text;
        if (const auto* number = std::get_if<std::int64_t>(&value))
            stated = std::to_string(*number);
        if (("," + key.text + ",").find("," + name + "=" + stated + ",") == std::string::npos) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: the computation of {} made a row with {}={}", target,
                                    key.text, name, stated),
                        "A computation may write rows of its own key alone.", "RowOfAnotherKey");
        }
    }
}

db::Params begin_write_params(const TableInfo& table, int code_version,
                              const std::string& worker_id,
                              const std::vector<const ClaimedKey*>& keys) {
    db::Params params;
    params.integer(keys.front()->claim_id);
    add_key_arrays(params, table, keys);
    std::vector<std::optional<std::string>> runs, starts, fetches, computes;
    std::vector<std::int64_t> stamps;
    for (const auto* key : keys) {
        runs.emplace_back(uuid_bytes(key->run_id));
        starts.emplace_back(timestamptz_bytes(key->started_at));
        fetches.emplace_back(float8_bytes(key->fetch_s));
        computes.emplace_back(float8_bytes(key->compute_s));
        stamps.insert(stamps.end(), key->stamps.begin(), key->stamps.end());
    }
    params.binary_array(db::oid::uuid, runs);
    params.int8_array(stamps);
    params.binary_array(db::oid::timestamptz, starts);
    params.binary_array(db::oid::float8, fetches);
    params.binary_array(db::oid::float8, computes);
    params.integer(code_version).text(worker_id);
    return params;
}

db::Sql begin_write_sql(const TableInfo& table) {
    auto n = static_cast<int>(table.key.size()) + 2;
    return {table.name + " begin write",
            fmt::format("select key_no, verdict from {}__begin_write($1::bigint, {}, ${}::uuid[], "
                        "${}::bigint[], ${}::timestamptz[], "
                        "${}::double precision[], ${}::double precision[], ${}::integer, "
                        "${}::uuid)",
                        table.function_stem(), table.key_parameters(2), n, n + 1, n + 2, n + 3,
                        n + 4, n + 5, n + 6)};
}

/// As begin_write, for one key: nothing comes back, or SQLSTATE TB011.
db::Session::Step begin_write_one_step(const TableInfo& table, int code_version,
                                       const std::string& worker_id, const ClaimedKey& key) {
    db::Params params;
    params.integer(key.claim_id);
    std::string places;
    int n = 1;
    for (std::size_t k = 0; k < table.key.size(); ++k) {
        places += fmt::format("${}::{}, ", ++n, table.key[k].type_name);
        params.binary(table.key[k].type_oid, key.parts[k]);
    }
    params.text(key.run_id)
        .int8_array(key.stamps)
        .binary(db::oid::timestamptz, timestamptz_bytes(key.started_at))
        .binary(db::oid::float8, float8_bytes(key.fetch_s))
        .binary(db::oid::float8, float8_bytes(key.compute_s))
        .integer(code_version)
        .text(worker_id);
    ++n;
    return {
        {table.name + " begin write one",
         fmt::format("select {}__begin_write_one($1::bigint, {}${}::uuid, ${}::bigint[], "
                     "${}::timestamptz, ${}::double precision, ${}::double precision, "
                     "${}::integer, ${}::uuid)",
                     table.function_stem(), places, n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6)},
        params,
        db::Format::text};
}

Verdict verdict_of(const std::string& text) {
    if (text == "ok") return Verdict::ok;
    if (text == "lost") return Verdict::lost;
    if (text == "changed") return Verdict::changed;
    return Verdict::busy;
}

std::string value_text(const Value& value, bool& is_null) {
    is_null = false;
    if (const auto* b = std::get_if<bool>(&value)) return *b ? "t" : "f";
    if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
    if (const auto* s = std::get_if<std::string>(&value)) return *s;
    if (const auto* d = std::get_if<double>(&value); d != nullptr && *d == *d)
        return fmt::format("{:.17g}", *d);
    is_null = true;
    return {};
}

/// begin, check, insert, commit sent together: for a table that asks for a transaction a key and
/// has no parts to write.
std::vector<db::Session::Step> steps_of_one(const db::Session& session, const TableInfo& table,
                                            int code_version, const std::string& worker_id,
                                            const ClaimedKey& key) {
    const auto& row = *key.output.master_row;
    std::string names, places;
    db::Params params;
    int n = 0;
    for (std::size_t k = 0; k < table.key.size(); ++k) {
        names += (n > 0 ? ", " : "") + table.key[k].sql_name;
        places += fmt::format("{}${}::{}", n > 0 ? ", " : "", n + 1, table.key[k].type_name);
        params.binary(table.key[k].type_oid, key.parts[k]);
        ++n;
    }
    names += ", run_id";
    places += fmt::format(", ${}::uuid", ++n);
    params.text(key.run_id);
    for (const auto& column : table.columns) {
        const auto& values = row.values();
        const auto found = std::find_if(values.begin(), values.end(),
                                        [&](const auto& v) { return v.first == column.name; });
        if (found == values.end() ||
            std::any_of(table.key.begin(), table.key.end(),
                        [&](const auto& k) { return k.name == column.name; })) {
            continue;
        }
        names += ", " + column.sql_name;
        places += fmt::format(", ${}::{}", ++n, column.type_name);
        bool is_null = false;
        auto text = value_text(found->second, is_null);
        is_null ? params.null() : params.text(text);
    }
    std::vector<db::Session::Step> steps;
    steps.push_back({{"begin write", "begin"}, {}, db::Format::text, true});
    if (const auto limit = session.limit_step()) steps.push_back(*limit);
    steps.push_back(begin_write_one_step(table, code_version, worker_id, key));
    if (key.file) steps.push_back(store::insert_arrays_step(stored_arrays({&key})));
    steps.push_back({{table.name + " insert",
                      fmt::format("insert into {} ({}) values ({})", table.name, names, places)},
                     params,
                     db::Format::text});
    steps.push_back({{"commit write", "commit"}, {}, db::Format::text, true});
    return steps;
}

/// True for a fresh key whose rows are one master row of known columns.
bool is_plain(const TableInfo& table, const ClaimedKey& key) {
    if (!key.output.master_row || !key.output.part_rows.empty() || key.is_stale) return false;
    const auto& values = key.output.master_row->values();
    return std::all_of(values.begin(), values.end(), [&](const auto& v) {
        return std::any_of(table.columns.begin(), table.columns.end(),
                           [&](const auto& c) { return c.name == v.first; });
    });
}

}  // namespace

std::vector<std::optional<Error>> write_each(std::vector<std::unique_ptr<db::Session>>& sessions,
                                             const TableInfo& table, int code_version,
                                             const std::string& worker_id,
                                             const std::vector<ClaimedKey*>& keys,
                                             std::int64_t& statements) {
    std::vector<std::optional<Error>> errors(
        keys.size(), Error(ErrorKind::internal, "not a plain row", "", "NotPlain"));
    std::vector<std::size_t> plain;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (is_plain(table, *keys[k])) plain.push_back(k);
    }
    // A ring: the oldest transaction under way is waited for only when its session is needed again,
    // so that one flush of the disk serves many commits while the next ones are being made.
    std::vector<std::optional<std::size_t>> under_way(sessions.size());
    const auto receive = [&](std::size_t slot) {
        if (!under_way[slot]) return;
        const std::size_t k = *std::exchange(under_way[slot], std::nullopt);
        try {
            (void)sessions[slot]->pipeline_receive();
        } catch (const Error& error) {
            sessions[slot]->rollback();
            errors[k] = error;
        }
    };
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const std::size_t slot = i % sessions.size();
        receive(slot);
        const auto& key = *keys[plain[i]];
        try {
            check_own_key(table, key, table.name, *key.output.master_row);
            const auto steps = steps_of_one(*sessions[slot], table, code_version, worker_id, key);
            statements += static_cast<std::int64_t>(steps.size());
            sessions[slot]->pipeline_send(steps);
            under_way[slot] = plain[i];
            errors[plain[i]] = std::nullopt;
        } catch (const Error& error) {
            errors[plain[i]] = error;
        }
    }
    for (std::size_t i = 0; i < sessions.size(); ++i) receive((plain.size() + i) % sessions.size());
    return errors;
}

std::vector<Verdict> write_keys(db::Session& session, const TableInfo& table, int code_version,
                                const std::string& worker_id, const std::vector<ClaimedKey*>& keys,
                                std::int64_t& statements) {
    for (const auto* key : keys) {
        if (key->output.master_row) check_own_key(table, *key, table.name, *key->output.master_row);
        for (const auto& [part, rows] : key->output.part_rows) {
            for (const auto& row : rows) check_own_key(table, *key, part, row);
        }
    }
    if (keys.size() == 1 && is_plain(table, *keys[0])) {
        const auto steps = steps_of_one(session, table, code_version, worker_id, *keys[0]);
        statements += static_cast<std::int64_t>(steps.size());
        try {
            (void)session.pipeline(steps);
            return {Verdict::ok};
        } catch (const Error& error) {
            session.rollback();
            if (error.sqlstate != "TB011") throw;
        }  // lost, changed or busy: asked again below, without haste
    }

    db::Transaction transaction(session);
    session.limit_statements();
    const std::vector<const ClaimedKey*> constant(keys.begin(), keys.end());
    const auto judged = session.exec_prepared(
        begin_write_sql(table), begin_write_params(table, code_version, worker_id, constant));
    statements += 3;  // begin, this, commit
    std::vector<Verdict> verdicts(keys.size(), Verdict::lost);
    for (std::size_t row = 0; row < judged.rows(); ++row) {
        verdicts.at(static_cast<std::size_t>(judged.get<std::int64_t>(row, 0) - 1)) =
            verdict_of(judged.get<std::string>(row, 1));
    }

    using KeyRow = std::pair<const ClaimedKey*, const Row*>;
    std::vector<KeyRow> fresh, replaced;
    std::vector<const ClaimedKey*> settled, replaced_keys;
    std::map<std::string, std::vector<KeyRow>> part_rows, replaced_part_rows;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (verdicts[k] != Verdict::ok) continue;
        const auto& key = *keys[k];
        if (key.output.settled_reason) {
            settled.push_back(&key);
            continue;
        }
        (key.is_stale ? replaced : fresh).emplace_back(&key, &*key.output.master_row);
        if (key.is_stale) replaced_keys.push_back(&key);
        for (const auto& [name, rows] : key.output.part_rows) {
            const auto part =
                std::find_if(table.parts.begin(), table.parts.end(),
                             [&](const PartInfo& p) { return is_named(p.name, name); });
            if (part == table.parts.end()) {
                throw Error(ErrorKind::internal,
                            fmt::format("{} has no part {}", table.name, name));
            }
            auto& of_part = (key.is_stale ? replaced_part_rows : part_rows)[part->name];
            for (const auto& row : rows) of_part.emplace_back(&key, &row);
        }
    }

    std::vector<const ClaimedKey*> written;  // arrays first: rows refer to them
    for (const auto* rows : {&fresh, &replaced}) {
        for (const auto& [key, row] : *rows) written.push_back(key);
    }
    if (const auto arrays = stored_arrays(written); !arrays.empty()) {
        store::insert_arrays(session, arrays);
        ++statements;
    }
    copy_rows(session, table, table.name, table.columns, fresh, true, statements);
    if (!replaced.empty()) {
        // Masters are upserted (their children's foreign keys stay satisfied), parts merged.
        const auto stage = stage_of(table.name);
        session.exec({"stage", fmt::format("create temporary table if not exists {} (like {} "
                                           "including defaults) on commit delete rows",
                                           stage.substr(8), table.name)});
        copy_rows(session, table, stage, table.columns, replaced, true, statements);
        std::string names, updates;
        for (const auto& column : table.columns) {
            names += (names.empty() ? "" : ", ") + column.sql_name;
            const bool is_key = std::any_of(table.key.begin(), table.key.end(),
                                            [&](const auto& k) { return k.name == column.name; });
            if (!is_key)
                updates += fmt::format("{}{} = excluded.{}", updates.empty() ? "" : ", ",
                                       column.sql_name, column.sql_name);
        }
        session.exec_prepared({table.name + " replace",
                               fmt::format("insert into {0} ({1}) select {1} from {2} order by {3} "
                                           "on conflict ({3}) do update set {4}",
                                           table.name, names, stage, table.key_list(), updates)});
        statements += 2;
        for (const auto& part : table.parts) {
            replace_part(session, table, part, replaced_keys, replaced_part_rows[part.name],
                         statements);
        }
    }
    for (const auto& part : table.parts) {
        const auto found = part_rows.find(part.name);
        if (found != part_rows.end())
            copy_rows(session, table, part.name, part.columns, found->second, false, statements);
    }
    if (!settled.empty()) {
        db::Params params;
        params.integer(settled.front()->claim_id);
        add_key_arrays(params, table, settled);
        std::vector<std::optional<std::string>> runs;
        std::vector<std::string> reasons;
        for (const auto* key : settled) {
            runs.emplace_back(uuid_bytes(key->run_id));
            reasons.push_back(*key->output.settled_reason);
        }
        params.binary_array(db::oid::uuid, runs)
            .text_array(reasons)
            .integer(code_version)
            .text(worker_id);
        const auto n = static_cast<int>(table.key.size()) + 2;
        try {
            session.exec_prepared(
                {table.name + " settle",
                 fmt::format("select {}__settle($1::bigint, {}, ${}::uuid[], ${}::text[], "
                             "${}::integer, ${}::uuid)",
                             table.function_stem(), table.key_parameters(2), n, n + 1, n + 2,
                             n + 3)},
                params);
        } catch (const Error& error) {
            throw_rows_in_use(error);
        }
        ++statements;
    }
    transaction.commit();
    return verdicts;
}

}  // namespace tb::populate
