#include "src/db/schema_contents.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tb::db {
namespace {

using CsvRow = std::vector<std::optional<std::string>>;

/// CSV as PostgreSQL writes it: an empty field is NULL, `""` the empty text.
std::vector<CsvRow> read_csv(const Sql& file) {
    std::vector<CsvRow> rows;
    CsvRow row;
    std::string field;
    bool quoted = false;
    bool was_quoted = false;
    std::size_t line = 1;
    const auto end_field = [&] {
        row.push_back(field.empty() && !was_quoted ? std::nullopt : std::optional(field));
        field.clear();
        was_quoted = false;
    };
    const auto end_row = [&] {
        if (row.empty() && field.empty() && !was_quoted) return;  // an empty line
        end_field();
        if (!rows.empty() && row.size() != rows.front().size()) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {} line {}: {} fields for {} columns", file.name,
                                    line, row.size(), rows.front().size()));
        }
        rows.push_back(std::move(row));
        row.clear();
    };
    const std::string& text = file.text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
                field += '"';
                ++i;
            } else if (c == '"') {
                quoted = false;
            } else {
                field += c;
            }
        } else if (c == '"') {
            quoted = true;
            was_quoted = true;
        } else if (c == ',') {
            end_field();
        } else if (c == '\n') {
            end_row();
        } else if (c != '\r') {
            field += c;
        }
        if (c == '\n') ++line;
    }
    if (quoted)
        throw Error(ErrorKind::usage, fmt::format("contents {}: a quote is not closed", file.name));
    end_row();
    if (rows.empty())
        throw Error(ErrorKind::usage, fmt::format("contents {}: no header line", file.name));
    return rows;
}

struct Target {
    const Sql* file = nullptr;
    std::string sql_name;              // quoted schema.table
    std::vector<std::string> primary;  // key columns
    std::set<std::string> parents;     // tables with contents that it refers to, by file name
};

/// Tables that have contents, each after the tables it refers to.
std::vector<Target> targets_in_order(Session& session, const std::vector<Sql>& contents) {
    std::map<std::string, Target> targets;
    for (const auto& file : contents) {
        Target target;
        target.file = &file;
        const auto found = session.exec({"contents " + file.name, R"(
select
    c.oid::regclass::text as table_name,
    a.attname
from pg_catalog.pg_class as c
join pg_catalog.pg_index as i on i.indrelid = c.oid and i.indisprimary
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = any (i.indkey)
where c.oid = to_regclass($1)
order by array_position(i.indkey::smallint[], a.attnum))"},
                                        Params().text(file.name));
        if (found.rows() == 0) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {}.csv: there is no such table with a primary key",
                                    file.name));
        }
        target.sql_name = found.get<std::string>(0, "table_name");
        for (std::size_t i = 0; i < found.rows(); ++i) {
            target.primary.push_back(found.get<std::string>(i, "attname"));
        }
        targets.emplace(file.name, std::move(target));
    }
    for (auto& [name, target] : targets) {
        for (const auto& [other_name, other] : targets) {
            if (other_name == name) continue;
            const auto refers = session.exec({"parents of contents", R"(
select 1
from pg_catalog.pg_constraint
where contype = 'f' and conrelid = to_regclass($1) and confrelid = to_regclass($2))"},
                                             Params().text(name).text(other_name));
            if (refers.rows() > 0) target.parents.insert(other_name);
        }
    }
    std::vector<Target> ordered;
    while (!targets.empty()) {
        const auto next = std::find_if(targets.begin(), targets.end(), [&](const auto& one) {
            return std::none_of(one.second.parents.begin(), one.second.parents.end(),
                                [&](const auto& parent) { return targets.contains(parent); });
        });
        if (next == targets.end()) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents of {} refer to each other in a circle",
                                    targets.begin()->first));
        }
        ordered.push_back(std::move(next->second));
        targets.erase(next);
    }
    return ordered;
}

std::int64_t apply_table(Session& session, const Target& target) {
    const auto rows = read_csv(*target.file);
    std::string names;
    std::string places;
    std::string updates;
    std::string old_values;
    std::string new_values;
    for (std::size_t i = 0; i < rows.front().size(); ++i) {
        if (!rows.front()[i]) {
            throw Error(ErrorKind::usage,
                        fmt::format("contents {}: a column without a name", target.file->name));
        }
        const auto& plain = *rows.front()[i];
        const auto name = session.quote_identifier(plain);
        const auto* comma = names.empty() ? "" : ", ";
        names += comma + name;
        places += fmt::format("{}${}", comma, i + 1);
        if (std::find(target.primary.begin(), target.primary.end(), plain) != target.primary.end())
            continue;
        comma = updates.empty() ? "" : ", ";
        updates += fmt::format("{}{} = excluded.{}", comma, name, name);
        old_values += fmt::format("{}t.{}", comma, name);
        new_values += fmt::format("{}excluded.{}", comma, name);
    }
    std::string keys;
    for (const auto& key : target.primary) {
        keys += (keys.empty() ? "" : ", ") + session.quote_identifier(key);
    }
    const auto on_conflict =
        updates.empty() ? "do nothing"
                        : fmt::format("do update set {} where row({}) is distinct from row({})",
                                      updates, old_values, new_values);
    const auto text = fmt::format("insert into {} as t ({}) values ({}) on conflict ({}) {}",
                                  target.sql_name, names, places, keys, on_conflict);
    std::vector<Session::Step> steps;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        Session::Step step;
        step.sql = {fmt::format("contents {}.csv row {}", target.file->name, i), text};
        for (const auto& value : rows[i]) step.params.text(value);
        steps.push_back(std::move(step));
    }
    std::int64_t changed = 0;
    for (const auto& result : session.pipeline(steps)) changed += result.affected();
    return changed;
}

}  // namespace

std::int64_t apply_contents(Session& session, const std::vector<Sql>& contents) {
    std::int64_t changed = 0;
    for (const auto& target : targets_in_order(session, contents))
        changed += apply_table(session, target);
    return changed;
}

}  // namespace tb::db
