#include "ingest/load/project_table_loader.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using allen::CellValue;
using allen::ProjectRow;
using allen::ProjectTable;
using allen::ProjectTableKind;
using nlohmann::json;

json to_json(const CellValue& value) {
    return std::visit(
        [](const auto& one) {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
                return json();
            } else {
                return json(one);
            }
        },
        value);
}

std::int64_t integer(const CellValue& value) {
    return std::get<std::int64_t>(value);
}

std::optional<std::string> text(const CellValue& value) {
    const auto* found = std::get_if<std::string>(&value);
    return found != nullptr ? std::optional(*found) : std::nullopt;
}

/// Columns whose names carry their unit, or read as statements, in the database.
std::string column_name(std::string_view name) {
    if (name == "imaging_depth" || name == "targeted_imaging_depth")
        return std::string(name) + "_um";
    if (name == "passive") return "is_passive";
    return std::string(name);
}

/// The day that lies some days before a date (YYYY-MM-DD...).
std::string days_before(const std::string& date, std::int64_t days) {
    using namespace std::chrono;
    const sys_days day =
        year_month_day{year{std::stoi(date.substr(0, 4))},
                       month{static_cast<unsigned>(std::stoi(date.substr(5, 2)))},
                       std::chrono::day{static_cast<unsigned>(std::stoi(date.substr(8, 2)))}};
    const year_month_day before{day - std::chrono::days{days}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(before.year()),
                       static_cast<unsigned>(before.month()), static_cast<unsigned>(before.day()));
}

/// What the tables say of a session, by the first of them that names it.
struct SessionFacts {
    std::string session_id, mouse_id, start_time, session_date;
    std::optional<std::string> session_type, rig, project_code;
    std::set<std::string> aliases;
};

/// What they say of a mouse: one value, or several that do not agree.
struct MouseFacts {
    std::set<std::string> sexes, genotypes, birth_dates;
};

json only(const std::set<std::string>& values) {
    return values.size() == 1 ? json(*values.begin()) : json();
}

class Loader {
  public:
    Loader(db::Session& session, const ProjectLoadOptions& options)
        : session_(session), options_(options) {}

    ProjectSummary run(std::vector<ProjectTable> tables) {
        db::Transaction transaction(session_);
        // Loads of tables follow each other.
        session_.exec({"lock", "lock table task.behavior_session in share row exclusive mode"});
        for (const auto& table : tables) read_faults(table);
        leave_out_other_sources(tables);
        leave_out_other_labs(tables);
        write_rows(tables);
        write_failures(tables);
        summary_.subjects = mice_.size();
        summary_.sessions = sessions_.size();
        if (!options_.dry_run) transaction.commit();
        return std::move(summary_);
    }

  private:
    void write_rows(const std::vector<ProjectTable>& tables) {
        const bool has_sessions = std::ranges::any_of(tables, [](const auto& table) {
            return table.kind != &allen::ophys_cells_table() && !table.rows.empty();
        });
        if (has_sessions) find_zone();
        // The table of behaviour sessions is heard first.
        for (const auto* kind : session_kinds())
            for (const auto& table : tables)
                if (table.kind == kind) gather(table);
        write_subjects();
        write_sessions();
        for (const auto* kind : session_kinds())
            for (const auto& table : tables)
                if (table.kind == kind) write_table(table);
        for (const auto& table : tables)
            if (table.kind == &allen::ophys_cells_table()) write_cells(table);
        session_.exec(statement("allen_cells_found"));
        write_issues(tables);
    }

    static std::vector<const ProjectTableKind*> session_kinds() {
        return {&allen::behavior_session_table(), &allen::ophys_session_table(),
                &allen::ophys_experiment_table()};
    }

    void find_zone() {
        session_.exec(statement("allen_lab"), db::Params().text(options_.lab));
        zone_ = session_
                    .exec({"zone", "select time_zone from core.lab where lab_name = $1"},
                          db::Params().text(options_.lab))
                    .get<std::string>(0, std::size_t{0});
    }

    /// A date on the lab's clock, or with an offset of its own, as PostgreSQL reads it.
    std::string moment(const std::string& date) const {
        constexpr std::size_t length_without_offset = 26;
        return date.size() > length_without_offset ? date : date + " " + zone_;
    }

    std::string session_key(const ProjectTable& table, const ProjectRow& row) const {
        return source_uuid(options_.source,
                           std::to_string(integer(row.at(*table.kind, "behavior_session_id"))))
            .to_string();
    }

    ProjectTableSummary& summary_of(const ProjectTable& table) {
        const auto file = table.file.string();
        const auto found = std::ranges::find_if(summary_.tables, [&](const auto& one) {
            return one.table == table.kind->name && one.file == file;
        });
        if (found != summary_.tables.end()) return *found;
        summary_.tables.push_back({std::string(table.kind->name), file, table.n_rows, 0, 0, 0, 0});
        return summary_.tables.back();
    }

    void fail(const ProjectTable& table, const std::string& key, std::size_t line,
              const std::string& column, const std::string& type, const std::string& message,
              const std::string& hint = "The row is left out; mend it and load the table again.") {
        summary_.failures.push_back(
            {options_.source,
             fmt::format("{}/{}", table.kind->name,
                         key.empty() ? fmt::format("line {}", line) : key),
             options_.lab, type,
             fmt::format("{}, line {}{}{}: {}", table.kind->name, line,
                         column.empty() ? "" : ", column ", column, message),
             hint, std::filesystem::absolute(table.file).lexically_normal().string()});
    }

    void read_faults(const ProjectTable& table) {
        std::set<std::size_t> lines;
        for (const auto& fault : table.faults) {
            fail(table, fault.key, fault.line, fault.column, fault.type, fault.message);
            lines.insert(fault.line);
        }
        auto& counts = summary_of(table);
        counts.refused = table.n_rows - table.rows.size();
    }

    /// Rows with a number that a session of another source has: it would be there twice, or take
    /// the other's place.
    void leave_out_other_sources(std::vector<ProjectTable>& tables) {
        const auto held = held_numbers(tables);
        if (held.empty()) return;
        for (auto& table : tables) {
            const auto n_before = table.rows.size();
            std::erase_if(table.rows, [&](const ProjectRow& row) {
                for (const auto& [column, number] : numbers_of(table, row)) {
                    const auto found = held.find({column, number});
                    if (found == held.end()) continue;
                    fail(table, std::to_string(integer(row.values[0])), row.line,
                         std::string(column), "OtherSource",
                         fmt::format("{} is a number of source {} already, and cannot be one of "
                                     "source {}",
                                     number, found->second, options_.source),
                         "The row is left out. Name the source with --source, or delete the "
                         "other's sessions first (trialbase delete core.session).");
                    return true;
                }
                return false;
            });
            summary_of(table).refused += n_before - table.rows.size();
        }
    }

    using Number = std::pair<std::string_view, std::int64_t>;  // with its column's name

    /// Columns of numbers that no two sources may share.
    static constexpr std::array<std::string_view, 5> numbered{
        "behavior_session_id", "ophys_session_id", "ophys_experiment_id", "ophys_container_id",
        "cell_roi_id"};

    static std::vector<Number> numbers_of(const ProjectTable& table, const ProjectRow& row) {
        std::vector<Number> numbers;
        for (std::size_t c = 0; c < table.kind->columns.size(); ++c) {
            const auto name = std::ranges::find(numbered, table.kind->columns[c].name);
            if (name == numbered.end()) continue;
            const auto& value = row.values[c];
            if (const auto* one = std::get_if<std::int64_t>(&value))
                numbers.emplace_back(*name, *one);
            if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
                for (const auto one : *list) numbers.emplace_back(*name, one);
        }
        return numbers;
    }

    /// Which of the tables' numbers other sources hold, and which source.
    std::map<Number, std::string> held_numbers(const std::vector<ProjectTable>& tables) {
        std::map<std::string_view, std::vector<std::int64_t>> named;
        for (const auto& table : tables)
            for (const auto& row : table.rows)
                for (const auto& [column, number] : numbers_of(table, row))
                    named[column].push_back(number);
        db::Params params;
        params.text(options_.source);
        for (const auto column : numbered) params.int8_array(named[column]);
        const auto rows = session_.exec(statement("allen_numbers_held"), params);
        std::map<Number, std::string> held;
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            const auto* const column =
                std::ranges::find(numbered, rows.get<std::string>(i, "column_name"));
            held[{*column, rows.get<std::int64_t>(i, "id")}] = rows.get<std::string>(i, "source");
        }
        return held;
    }

    /// Labs that sessions (by their keys) and mice are held in.
    struct HeldLabs {
        std::map<std::string, std::string> sessions, mice;
        std::set<std::string> labs;
    };

    HeldLabs held_labs(const std::vector<ProjectTable>& tables) {
        std::vector<std::string> keys, mice;
        for (const auto* kind : session_kinds())
            for (const auto& table : tables)
                for (const auto& row : table.rows) {
                    if (table.kind != kind) continue;
                    keys.push_back(session_key(table, row));
                    mice.push_back(*text(row.at(*kind, "mouse_id")));
                }
        const auto rows =
            session_.exec(statement("allen_labs_held"),
                          db::Params().text_array(keys).text(options_.source).text_array(mice));
        HeldLabs held;
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            const auto lab = rows.get<std::string>(i, "lab_name");
            held.labs.insert(lab);
            if (const auto mouse = rows.optional<std::string>(i, "mouse_id"))
                held.mice[*mouse] = lab;
            else
                held.sessions[rows.get<std::string>(i, "session_id")] = lab;
        }
        return held;
    }

    /// Rows of sessions and mice that are of another lab: a table's are one failure, for they are
    /// mostly all of its rows.
    void leave_out_other_labs(std::vector<ProjectTable>& tables) {
        const auto held = held_labs(tables);
        if (!options_.is_lab_asked && held.labs.size() == 1) options_.lab = *held.labs.begin();
        for (auto& table : tables) {
            if (table.kind == &allen::ophys_cells_table()) continue;
            std::size_t left_out = 0, first_line = 0;
            std::string first;
            std::set<std::string> labs;
            std::erase_if(table.rows, [&](const ProjectRow& row) {
                const auto mouse_id = *text(row.at(*table.kind, "mouse_id"));
                const auto session = held.sessions.find(session_key(table, row));
                const auto mouse = held.mice.find(mouse_id);
                const bool is_session =
                    session != held.sessions.end() && session->second != options_.lab;
                const bool is_mouse = mouse != held.mice.end() && mouse->second != options_.lab;
                if (!is_session && !is_mouse) return false;
                labs.insert(is_session ? session->second : mouse->second);
                if (left_out++ > 0) return true;
                first_line = row.line;
                first = is_session
                            ? fmt::format("behaviour session {}",
                                          integer(row.at(*table.kind, "behavior_session_id")))
                            : fmt::format("mouse {}", mouse_id);
                return true;
            });
            if (left_out == 0) continue;
            summary_of(table).refused += left_out;
            fail_lab(table, left_out, fmt::format("{}, line {}", first, first_line), labs);
        }
    }

    void fail_lab(const ProjectTable& table, std::size_t left_out, const std::string& first,
                  const std::set<std::string>& labs) {
        const auto held = fmt::format("'{}'", fmt::join(labs, "', '"));
        summary_.failures.push_back(
            {options_.source, fmt::format("{}/lab {}", table.kind->name, options_.lab),
             options_.lab, "Contradiction",
             fmt::format(
                 "{}: {} of {} rows are of sessions or mice of lab {} (the first: {}), {} '{}'",
                 table.kind->name, left_out, table.n_rows, held, first,
                 options_.is_lab_asked ? "the option --lab says" : "the table is loaded into lab",
                 options_.lab),
             fmt::format("{}; to move sessions, delete them first (trialbase delete core.session).",
                         options_.is_lab_asked ? "Leave the option away, or name their lab"
                                               : "Name their lab with --lab"),
             std::filesystem::absolute(table.file).lexically_normal().string()});
    }

    void gather(const ProjectTable& table) {
        const auto& kind = *table.kind;
        for (const auto& row : table.rows) {
            const auto id = integer(row.at(kind, "behavior_session_id"));
            const auto mouse_id = *text(row.at(kind, "mouse_id"));
            const auto date = *text(row.at(kind, "date_of_acquisition"));
            const auto [place, is_new] = sessions_.try_emplace(id);
            auto& facts = place->second;
            if (is_new) {
                facts.session_id = session_key(table, row);
                facts.mouse_id = mouse_id;
                facts.start_time = moment(date);
                facts.session_date = date.substr(0, 10);
                facts.session_type = text(row.at(kind, "session_type"));
                facts.rig = text(row.at(kind, "equipment_name"));
                facts.project_code = text(row.at(kind, "project_code"));
                facts.aliases.insert(std::to_string(id));
            }
            if (const auto& imaging = row.at(kind, "ophys_session_id"); imaging.index() != 0)
                facts.aliases.insert(std::to_string(integer(imaging)));
            const auto& experiment = row.at(kind, "ophys_experiment_id");
            if (const auto* list = std::get_if<std::vector<std::int64_t>>(&experiment)) {
                for (const auto one : *list) facts.aliases.insert(std::to_string(one));
            } else if (experiment.index() != 0) {
                facts.aliases.insert(std::to_string(integer(experiment)));
            }
            auto& mouse = mice_[mouse_id];
            if (const auto sex = text(row.at(kind, "sex"))) mouse.sexes.insert(*sex);
            if (const auto genotype = text(row.at(kind, "full_genotype")))
                mouse.genotypes.insert(*genotype);
            if (const auto& age = row.at(kind, "age_in_days"); age.index() != 0) {
                constexpr std::int64_t oldest = 36525;
                if (integer(age) >= 0 && integer(age) < oldest)
                    mouse.birth_dates.insert(days_before(date, integer(age)));
            }
        }
    }

    void write_subjects() {
        auto rows = json::array();
        for (const auto& [mouse_id, mouse] : mice_) {
            rows.push_back(
                {{"subject_id",
                  source_uuid(options_.source, options_.lab + "/" + mouse_id).to_string()},
                 {"mouse_id", mouse_id},
                 {"sex", only(mouse.sexes)},
                 {"full_genotype", only(mouse.genotypes)},
                 {"birth_date", only(mouse.birth_dates)}});
        }
        session_.exec(statement("allen_subjects"),
                      db::Params().text(rows.dump()).text(options_.lab).text(options_.source));
    }

    void write_sessions() {
        auto rows = json::array();
        std::vector<std::string> sources, identifiers, alias_keys, project_keys, projects;
        for (const auto& [id, facts] : sessions_) {
            rows.push_back(
                {{"session_id", facts.session_id},
                 {"mouse_id", facts.mouse_id},
                 {"start_time", facts.start_time},
                 {"session_date", facts.session_date},
                 {"session_type", facts.session_type ? json(*facts.session_type) : json()},
                 {"rig", facts.rig ? json(*facts.rig) : json()}});
            for (const auto& alias : facts.aliases) {
                sources.push_back(options_.source);
                identifiers.push_back(alias);
                alias_keys.push_back(facts.session_id);
            }
            if (facts.project_code) {
                project_keys.push_back(facts.session_id);
                projects.push_back(*facts.project_code);
            }
        }
        const auto written =
            session_.exec(statement("allen_sessions"),
                          db::Params().text(rows.dump()).text(options_.lab).text(options_.source));
        summary_.new_sessions = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_added"));
        session_.exec(
            statement("session_aliases"),
            db::Params().text_array(sources).text_array(identifiers).text_array(alias_keys));
        session_.exec(statement("allen_projects"),
                      db::Params().text_array(project_keys).text_array(projects));
    }

    json row_of(const ProjectTable& table, const ProjectRow& row) const {
        auto out = json::object();
        for (std::size_t c = 0; c < table.kind->columns.size(); ++c) {
            const auto& column = table.kind->columns[c];
            if (column.kind == allen::CellKind::date) {
                const auto date = text(row.values[c]);
                out[column_name(column.name)] = date ? json(moment(*date)) : json();
                out[column_name(column.name) + "_text"] = row.date_text;
            } else {
                out[column_name(column.name)] = to_json(row.values[c]);
            }
        }
        out["release"] = options_.release.empty() ? json() : json(options_.release);
        auto& extra = out["extra"];
        for (const auto& [name, cell] : row.extra) extra[name] = cell;
        return out;
    }

    void write_table(const ProjectTable& table) {
        const auto is_behavior = table.kind == &allen::behavior_session_table();
        const auto is_experiment = table.kind == &allen::ophys_experiment_table();
        const std::string name = is_behavior     ? "task.behavior_session"
                                 : is_experiment ? "imaging.experiment"
                                                 : "imaging.ophys_session";
        const auto taken = is_behavior ? std::set<std::int64_t>() : taken_by_others(table);
        auto rows = json::array();
        for (const auto& row : table.rows) {
            if (taken.contains(integer(row.values[0]))) continue;
            auto one = row_of(table, row);
            one["session_id"] = session_key(table, row);
            rows.push_back(std::move(one));
        }
        const auto text_of_rows = rows.dump();
        if (is_behavior)
            session_.exec(statement("allen_behavior_session_changes"),
                          db::Params().text(text_of_rows));
        if (is_experiment)
            session_.exec(statement("allen_containers"),
                          db::Params().text(text_of_rows).text(options_.lab));
        count(table, rows.size(),
              session_.exec(statement("allen_upsert"), db::Params().text(name).text(text_of_rows)));
    }

    /// Imaging ids that the database has under another session: nobody knows which one holds.
    std::set<std::int64_t> taken_by_others(const ProjectTable& table) {
        std::vector<std::int64_t> ids;
        std::vector<std::string> keys;
        for (const auto& row : table.rows) {
            ids.push_back(integer(row.values[0]));
            keys.push_back(session_key(table, row));
        }
        const auto found = session_.exec(statement(table.kind == &allen::ophys_experiment_table()
                                                       ? "allen_taken_experiments"
                                                       : "allen_taken_ophys_sessions"),
                                         db::Params().int8_array(ids).text_array(keys));
        std::set<std::int64_t> taken;
        for (std::size_t i = 0; i < found.rows(); ++i) {
            const auto id = found.get<std::int64_t>(i, "id");
            taken.insert(id);
            const auto row = std::ranges::find_if(
                table.rows, [&](const auto& one) { return integer(one.values[0]) == id; });
            fail(table, std::to_string(id), row->line, std::string(table.kind->columns[0].name),
                 "SessionMismatch",
                 fmt::format("{} belongs to session {} already, and to behaviour session {} here",
                             id, found.get<std::string>(i, "session_id"),
                             integer(row->at(*table.kind, "behavior_session_id"))));
        }
        summary_of(table).refused += taken.size();
        return taken;
    }

    void count(const ProjectTable& table, std::size_t n_rows, const db::Result& written) {
        auto& counts = summary_of(table);
        counts.added = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_added"));
        counts.changed = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_changed"));
        counts.unchanged = n_rows - counts.added - counts.changed;
    }

    void write_cells(const ProjectTable& table) {
        auto rows = json::array();
        std::vector<std::int64_t> ids;
        for (const auto& row : table.rows) {
            rows.push_back(row_of(table, row));
            ids.push_back(integer(row.values[0]));
        }
        count(table, rows.size(),
              session_.exec(statement("allen_cells"), db::Params().text(rows.dump())));
        const auto lost = session_.exec(statement("allen_cells_without_experiment"),
                                        db::Params().int8_array(ids));
        for (std::size_t i = 0; i < lost.rows(); ++i) {
            const auto experiment = lost.get<std::int64_t>(i, "ophys_experiment_id");
            kept_.push_back(
                {options_.source, fmt::format("{}/experiment {}", table.kind->name, experiment),
                 options_.lab, "UnknownExperiment",
                 fmt::format("{} names experiment {} in {} rows (the first is cell {}), and no "
                             "experiment table has it: the rows are kept without a session",
                             table.kind->name, experiment, lost.get<std::int64_t>(i, "n_cells"),
                             lost.get<std::int64_t>(i, "first_cell")),
                 "Load the experiment table of the same release.",
                 std::filesystem::absolute(table.file).lexically_normal().string()});
            ++summary_.issues["UnknownExperiment"];
        }
    }

    void write_issues(const std::vector<ProjectTable>& tables) {
        std::vector<std::string> keys, unknown;
        std::vector<std::int64_t> unknown_ids;
        for (const auto& [id, facts] : sessions_) keys.push_back(facts.session_id);
        db::Params params;
        params.text_array(keys).text("project tables");
        const auto behavior = std::ranges::find_if(tables, [](const auto& table) {
            return table.kind == &allen::behavior_session_table();
        });
        if (behavior == tables.end()) {
            params.null().null();
        } else {
            std::set<std::int64_t> listed;
            for (const auto& row : behavior->rows) listed.insert(integer(row.values[0]));
            for (const auto& [id, facts] : sessions_) {
                if (listed.contains(id)) continue;
                unknown.push_back(facts.session_id);
                unknown_ids.push_back(id);
            }
            params.text_array(unknown).int8_array(unknown_ids);
        }
        const auto found = session_.exec(statement("allen_issues"), params);
        for (std::size_t i = 0; i < found.rows(); ++i)
            summary_.issues[found.get<std::string>(i, "issue_type")] =
                static_cast<std::size_t>(found.get<std::int64_t>(i, "n_issues"));
    }

    void write_failures(const std::vector<ProjectTable>& tables) {
        for (const auto& table : tables)
            session_.exec(
                statement("allen_errors_resolved"),
                db::Params()
                    .text(options_.source)
                    .text(std::filesystem::absolute(table.file).lexically_normal().string()));
        auto all = summary_.failures;
        all.insert(all.end(), kept_.begin(), kept_.end());
        for (const auto& failure : all)
            session_.exec_prepared(statement("error"), db::Params()
                                                           .text(failure.source)
                                                           .text(failure.identifier)
                                                           .text(failure.type)
                                                           .text(db::sanitize_text(failure.message))
                                                           .text(failure.hint)
                                                           .text(db::sanitize_text(failure.file))
                                                           .null()
                                                           .text(failure.lab));
    }

    db::Session& session_;
    ProjectLoadOptions options_;  // the lab is settled by what is held
    std::string zone_;
    std::map<std::int64_t, SessionFacts> sessions_;
    std::map<std::string, MouseFacts> mice_;
    std::vector<Failure> kept_;  // what is remarked upon, and costs nothing
    ProjectSummary summary_;
};

}  // namespace

ProjectSummary load_project_tables(db::Session& session, const std::vector<ProjectTable>& tables,
                                   const ProjectLoadOptions& options) {
    return Loader(session, options).run(tables);
}

}  // namespace tb::load
