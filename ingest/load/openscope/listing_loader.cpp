#include "ingest/load/openscope/listing_loader.hpp"

#include "ingest/load/json_rows.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/openscope/project_tables.hpp"
#include "src/base/sha256.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tb::load {
namespace {

using allen::CellValue;
using allen::ProjectRow;
using allen::ProjectTable;
using nlohmann::json;

const auto& mouse_df() {
    return openscope::mouse_table();
}
const auto& metadata() {
    return openscope::metadata_table();
}

std::int64_t whole(const CellValue& value) {
    return std::get<std::int64_t>(value);
}
std::optional<std::int64_t> whole_if_told(const CellValue& value) {
    const auto* found = std::get_if<std::int64_t>(&value);
    return found == nullptr ? std::nullopt : std::optional(*found);
}
std::string told_text(const CellValue& value) {
    const auto* found = std::get_if<std::string>(&value);
    return found == nullptr ? std::string() : *found;
}
json cell_json(const CellValue& value) {
    return std::visit(
        [](const auto& one) {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
                return json();
            } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::string>) {
                return json_text(one);
            } else {
                return json(one);
            }
        },
        value);
}
json day_json(const CellValue& value) {
    const auto day = openscope::iso_day(told_text(value));
    return day ? json(*day) : json();
}
/// 1, 0, yes, no.
json truth_json(const CellValue& value) {
    if (const auto number = whole_if_told(value)) return *number != 0;
    const auto text = told_text(value);
    return text == "yes" || text == "no" ? json(text == "yes") : json();
}

class ListingLoader {
  public:
    ListingLoader(db::Session& session, const ProjectLoadOptions& options)
        : session_(session), options_(options) {}

    ProjectSummary run(std::vector<ProjectTable> tables,
                       const std::vector<openscope::TrackingFile>& trackings) {
        db::Transaction transaction(session_);
        // Loads of tables follow each other.
        session_.exec({"lock", "lock table imaging.openscope_listing in share row exclusive mode"});
        for (auto& table : tables) read_faults(table);
        leave_out_others(tables);
        session_.exec(statement("allen_lab"), db::Params().text(options_.lab));
        for (const auto* kind : {&mouse_df(), &metadata()})
            for (const auto& table : tables)
                if (table.kind == kind) gather(table);
        write_sessions();
        for (const auto* kind : {&mouse_df(), &metadata()})
            for (const auto& table : tables)
                if (table.kind == kind) write_table(table);
        write_trackings(trackings);
        if (!sessions_.empty() || !trackings.empty())
            summary_.issues = flag_openscope_mismatches(session_);
        write_failures(tables, trackings);
        summary_.subjects = mice_.size();
        summary_.sessions = sessions_.size();
        if (!options_.dry_run) transaction.commit();
        return std::move(summary_);
    }

  private:
    static std::int64_t sessid_of(const ProjectRow& row) { return whole(row.values[0]); }
    static std::int64_t mouseid_of(const ProjectTable& table, const ProjectRow& row) {
        return whole(
            row.at(*table.kind, table.kind == &mouse_df() ? "mouseid" : "dandi_allen_subject_id"));
    }
    std::string key_of_session(std::int64_t sessid) const {
        return source_uuid(options_.source, std::to_string(sessid)).to_string();
    }

    ProjectTableSummary& summary_of(const ProjectTable& table) {
        return summary_of(std::string(table.kind->name), table.file.string(), table.n_rows);
    }
    ProjectTableSummary& summary_of(const std::string& name, const std::string& file,
                                    std::size_t n_rows) {
        const auto found = std::ranges::find_if(summary_.tables, [&](const auto& one) {
            return one.table == name && one.file == file;
        });
        if (found != summary_.tables.end()) return *found;
        summary_.tables.push_back({name, file, n_rows, 0, 0, 0, 0});
        return summary_.tables.back();
    }

    void fail(const ProjectTable& table, const std::string& key, std::size_t line,
              const std::string& column, const std::string& type, const std::string& message,
              const std::string& hint) {
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
        for (const auto& fault : table.faults)
            fail(table, fault.key, fault.line, fault.column, fault.type, fault.message,
                 "Mend the row and load the table again.");
        summary_of(table).refused = table.n_rows - table.rows.size();
    }

    /// Rows of sessions that are held in another lab, or that another source holds.
    void leave_out_others(std::vector<ProjectTable>& tables) {
        std::vector<std::string> keys, mice;
        std::vector<std::int64_t> sessids;
        for (const auto& table : tables)
            for (const auto& row : table.rows) {
                keys.push_back(key_of_session(sessid_of(row)));
                mice.push_back(std::to_string(mouseid_of(table, row)));
                sessids.push_back(sessid_of(row));
            }
        std::map<std::string, std::string> lab_of;
        std::set<std::string> labs;
        const auto held =
            session_.exec(statement("allen_labs_held"),
                          db::Params().text_array(keys).text(options_.source).text_array(mice));
        for (std::size_t i = 0; i < held.rows(); ++i) {
            const auto lab = held.get<std::string>(i, "lab_name");
            const auto mouse = held.optional<std::string>(i, "mouse_id");
            lab_of[mouse ? "mouse " + *mouse : held.get<std::string>(i, "session_id")] = lab;
            labs.insert(lab);
        }
        if (!options_.is_lab_asked && labs.size() == 1) options_.lab = *labs.begin();
        std::map<std::int64_t, std::string> source_of;
        const auto taken = session_.exec(statement("openscope/taken"),
                                         db::Params().int8_array(sessids).text_array(keys));
        for (std::size_t i = 0; i < taken.rows(); ++i)
            source_of[taken.get<std::int64_t>(i, "sessid")] = taken.get<std::string>(i, "source");
        for (auto& table : tables)
            std::erase_if(table.rows, [&](const ProjectRow& row) {
                const bool is_left_out = is_others(table, row, lab_of, source_of);
                if (is_left_out) ++summary_of(table).refused;
                return is_left_out;
            });
    }

    bool is_others(const ProjectTable& table, const ProjectRow& row,
                   const std::map<std::string, std::string>& lab_of,
                   const std::map<std::int64_t, std::string>& source_of) {
        const auto sessid = sessid_of(row);
        if (const auto source = source_of.find(sessid); source != source_of.end()) {
            fail(
                table, std::to_string(sessid), row.line, "", "OtherSource",
                fmt::format(
                    "session {} is one of source {} already, and cannot be one of source {}",
                    sessid, source->second, options_.source),
                "The row is left out. Name the source with --source, or delete the other's session "
                "first (trialbase delete core.session).");
            return true;
        }
        for (const auto& name :
             {key_of_session(sessid), fmt::format("mouse {}", mouseid_of(table, row))}) {
            const auto lab = lab_of.find(name);
            if (lab == lab_of.end() || lab->second == options_.lab) continue;
            fail(table, std::to_string(sessid), row.line, "", "Contradiction",
                 fmt::format(
                     "session {} or its mouse is one of lab '{}', here it would be one of '{}'",
                     sessid, lab->second, options_.lab),
                 "The row is left out. Name the lab with --lab; to move a session, delete it first "
                 "(trialbase delete core.session).");
            return true;
        }
        return false;
    }

    void gather(const ProjectTable& table) {
        const auto& kind = *table.kind;
        for (const auto& row : table.rows) {
            const auto sessid = sessid_of(row), mouseid = mouseid_of(table, row);
            auto& mouse = mice_[mouseid];
            auto& facts = sessions_[sessid];
            if (&kind == &mouse_df()) {
                if (mouse.sex.is_null()) mouse.sex = cell_json(row.at(kind, "sex"));
                if (mouse.birth_date.is_null()) mouse.birth_date = day_json(row.at(kind, "DOB"));
                facts = {mouseid, told_text(row.at(kind, "full_timestamp")),
                         day_json(row.at(kind, "date")), true};
            } else if (!facts.is_settled) {
                facts = {mouseid, told_text(row.at(kind, "dandi_session_id")),
                         day_json(row.at(kind, "imaging_date")), false};
            }
        }
    }

    void write_sessions() {
        if (sessions_.empty()) return;
        auto subjects = json::array(), rows = json::array();
        for (const auto& [mouseid, mouse] : mice_)
            subjects.push_back(
                {{"subject_id",
                  source_uuid(options_.source, fmt::format("{}/{}", options_.lab, mouseid))
                      .to_string()},
                 {"mouse_id", std::to_string(mouseid)},
                 {"sex", mouse.sex},
                 {"full_genotype", json()},
                 {"birth_date", mouse.birth_date}});
        session_.exec(statement("allen_subjects"),
                      db::Params().text(subjects.dump()).text(options_.lab).text(options_.source));
        // What mouse_df has said before stands before the archive's table.
        const auto held = listed_sessions(session_, options_.source);
        std::vector<std::string> sources, identifiers, keys;
        for (const auto& [sessid, facts] : sessions_) {
            const auto key = key_of_session(sessid);
            sources.push_back(options_.source);
            identifiers.push_back(std::to_string(sessid));
            keys.push_back(key);
            if (!facts.is_settled && held.contains(sessid)) continue;
            const auto start = openscope::iso_moment(facts.full_timestamp);
            rows.push_back({{"session_id", key},
                            {"mouse_id", std::to_string(facts.mouseid)},
                            {"start_time", json_optional(start)},
                            {"session_date", facts.session_date},
                            {"session_type", json()},
                            {"rig", json()}});
        }
        const auto written =
            session_.exec(statement("allen_sessions"),
                          db::Params().text(rows.dump()).text(options_.lab).text(options_.source));
        summary_.new_sessions = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_added"));
        session_.exec(statement("session_aliases"),
                      db::Params().text_array(sources).text_array(identifiers).text_array(keys));
    }

    json mouse_row(const ProjectRow& row) const {
        const auto cell = [&](const char* name) -> const CellValue& {
            return row.at(mouse_df(), name);
        };
        const auto stamp = told_text(cell("full_timestamp"));
        const auto tracked = whole_if_told(cell("nrois_tracked"));
        json out{{"sessid", sessid_of(row)},
                 {"full_timestamp", json_optional(openscope::iso_moment(stamp))},
                 {"full_timestamp_text", stamp},
                 {"birth_date", day_json(cell("DOB"))},
                 {"session_date", day_json(cell("date"))},
                 {"depth_um", cell_json(cell("depth"))},
                 {"plane_kind", cell_json(cell("plane"))},
                 {"line_name", cell_json(cell("line"))},
                 {"nrois_tracked", tracked && *tracked >= 0 ? json(*tracked) : json()},
                 {"has_all_files", truth_json(cell("all_files"))},
                 {"has_any_files", truth_json(cell("any_files"))},
                 {"is_included", truth_json(cell("incl"))}};
        for (const auto* name :
             {"mouse_n", "mouseid", "sex", "age_weeks", "runtype", "sess_n", "nrois", "nrois_all",
              "nrois_allen", "nrois_allen_all", "pass_fail", "stim_seed", "notes"})
            out[name] = cell_json(cell(name));
        return out;
    }

    static json metadata_row(const ProjectRow& row) {
        const auto cell = [&](const char* name) -> const CellValue& {
            return row.at(metadata(), name);
        };
        json out{{"allen_session_id", sessid_of(row)},
                 {"imaging_date", day_json(cell("imaging_date"))},
                 {"imaging_depth_um", cell_json(cell("imaging_depth"))},
                 {"n_rois", cell_json(cell("n_ROIs"))},
                 {"allen_qc", cell_json(cell("allen_QC"))}};
        for (const auto* name : {"dandiset", "dandi_allen_subject_id", "dandi_session_id",
                                 "local_subject_n", "local_session_n", "imaging_cell_layer",
                                 "imaging_plane", "stimulus_seed", "experimental_notes"})
            out[name] = cell_json(cell(name));
        return out;
    }

    void write_table(const ProjectTable& table) {
        const bool is_mouse_df = table.kind == &mouse_df();
        auto rows = json::array();
        for (const auto& row : table.rows) {
            auto one = is_mouse_df ? mouse_row(row) : metadata_row(row);
            one["session_id"] = key_of_session(sessid_of(row));
            auto& extra = one["extra"];
            for (const auto& [name, cell] : row.extra) extra[name] = db::sanitize_text(cell);
            rows.push_back(std::move(one));
        }
        const auto text = rows.dump();
        session_.exec(
            statement(is_mouse_df ? "openscope/listing_changes" : "openscope/metadata_changes"),
            db::Params().text(text));
        const auto written = session_.exec(
            statement("allen_upsert"),
            db::Params()
                .text(is_mouse_df ? "imaging.openscope_listing" : "imaging.openscope_metadata")
                .text(text));
        auto& counts = summary_of(table);
        counts.added = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_added"));
        counts.changed = static_cast<std::size_t>(written.get<std::int64_t>(0, "n_changed"));
        counts.unchanged = rows.size() - counts.added - counts.changed;
    }

    void write_trackings(const std::vector<openscope::TrackingFile>& trackings) {
        const auto listed = listed_sessions(session_, options_.source);
        for (const auto& one : trackings) {
            auto& counts = summary_of("roi_tracking", one.file.string(), 1);
            const auto known = listed.find(one.sessid);
            if (known == listed.end() || known->second.mouseid != one.mouseid) {
                counts.refused = 1;
                const bool is_unknown = known == listed.end();
                fail_tracking(one, is_unknown ? "UnknownSession" : "SessionMismatch",
                              is_unknown
                                  ? fmt::format("no table names session {}", one.sessid)
                                  : fmt::format("session {} is of mouse {}, the file of mouse {}",
                                                one.sessid, known->second.mouseid, one.mouseid));
                continue;
            }
            write_tracking(one, counts);
        }
    }

    void fail_tracking(const openscope::TrackingFile& one, const char* type,
                       const std::string& message) {
        const auto place = std::filesystem::absolute(one.file).lexically_normal().string();
        summary_.failures.push_back({options_.source, fmt::format("roi_tracking/{}", one.sessid),
                                     options_.lab, type, fmt::format("{}: {}", place, message),
                                     "Load mouse_df.csv of the experiment first.", place});
    }

    void write_tracking(const openscope::TrackingFile& one, ProjectTableSummary& counts) {
        const auto key = key_of_session(one.sessid);
        const auto sha256 = sha256_of_file(one.file);
        const auto held =
            session_.exec(statement("openscope/tracking_held"), db::Params().text(key));
        if (held.rows() == 1 && held.get<std::string>(0, "file_sha256") == sha256) {
            counts.unchanged = 1;
            return;
        }
        (held.rows() == 0 ? counts.added : counts.changed) = 1;
        json file{{"session_id", key},
                  {"file_name", db::sanitize_text(one.file.filename().string())},
                  {"file_sha256", sha256},
                  {"sess_n", one.sess_n},
                  {"n_tracked", one.roi_id.size()},
                  {"n_bad", one.bad_roi_id.size()},
                  {"nway_info", json_text(one.nway_info)},
                  {"minimum_iou", json_number(one.minimum_iou)},
                  {"sess_ns", one.sess_ns},
                  {"sess_ids", one.sess_ids},
                  {"match_perm_examples", json_object(one.match_perm_examples)}};
        auto tracked = json::array(), bad = json::array(), registrations = json::array();
        const auto good = one.good_roi_index();
        for (std::size_t i = 0; i < one.roi_id.size(); ++i)
            tracked.push_back({{"session_id", key},
                               {"tracking_id", i},
                               {"source_roi_id", one.roi_id[i]},
                               {"roi_index_all", one.roi_index[i]},
                               {"roi_index", good[i]}});
        for (std::size_t i = 0; i < one.bad_roi_id.size(); ++i)
            bad.push_back({{"session_id", key},
                           {"roi_index_all", one.bad_roi_index[i]},
                           {"source_roi_id", one.bad_roi_id[i]}});
        for (const auto& registration : one.registrations)
            registrations.push_back({{"session_id", key},
                                     {"from_sess_n", registration.from_sess_n},
                                     {"to_sess_n", registration.to_sess_n},
                                     {"matrix", registration.matrix}});
        session_.exec(statement("openscope/tracking_gone"), db::Params().text(key));
        for (const auto& [table, rows] :
             {std::pair{"imaging.roi_tracking", json::array({file})},
              std::pair{"imaging.tracked_roi", tracked}, std::pair{"imaging.bad_roi", bad},
              std::pair{"imaging.registration", registrations}})
            session_.exec(statement("allen_upsert"), db::Params().text(table).text(rows.dump()));
    }

    void write_failures(const std::vector<ProjectTable>& tables,
                        const std::vector<openscope::TrackingFile>& trackings) {
        std::vector<std::filesystem::path> files;
        for (const auto& table : tables) files.push_back(table.file);
        for (const auto& one : trackings) files.push_back(one.file);
        for (const auto& file : files)
            session_.exec(statement("allen_errors_resolved"),
                          db::Params()
                              .text(options_.source)
                              .text(std::filesystem::absolute(file).lexically_normal().string()));
        for (const auto& failure : summary_.failures) record_failure(session_, failure);
    }

    struct MouseOfTable {
        json sex, birth_date;
    };
    struct SessionOfTable {
        std::int64_t mouseid = 0;
        std::string full_timestamp;
        json session_date;
        bool is_settled = false;  ///< by mouse_df
    };

    db::Session& session_;
    ProjectLoadOptions options_;  // the lab is settled by what is held
    std::map<std::int64_t, MouseOfTable> mice_;
    std::map<std::int64_t, SessionOfTable> sessions_;
    ProjectSummary summary_;
};

}  // namespace

ListedOpenScopeSessions listed_sessions(const ProjectTable& table) {
    ListedOpenScopeSessions sessions;
    const auto& kind = mouse_df();
    for (const auto& row : table.rows) {
        ListedOpenScopeSession one;
        one.sessid = whole(row.values[0]);
        one.mouseid = whole(row.at(kind, "mouseid"));
        one.full_timestamp = told_text(row.at(kind, "full_timestamp"));
        one.session_date = openscope::iso_day(told_text(row.at(kind, "date"))).value_or("");
        one.nrois = whole_if_told(row.at(kind, "nrois"));
        one.nrois_tracked = whole_if_told(row.at(kind, "nrois_tracked"));
        if (one.nrois_tracked && *one.nrois_tracked < 0) one.nrois_tracked.reset();
        sessions[one.sessid] = std::move(one);
    }
    return sessions;
}

ListedOpenScopeSessions listed_sessions(db::Session& session, const std::string& source) {
    ListedOpenScopeSessions sessions;
    const auto rows = session.exec(statement("openscope/listed"), db::Params().text(source));
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        ListedOpenScopeSession one;
        one.sessid = rows.get<std::int64_t>(i, "sessid");
        one.mouseid = rows.get<std::int64_t>(i, "mouseid");
        one.full_timestamp = rows.get<std::string>(i, "full_timestamp");
        one.session_date = rows.get<std::string>(i, "session_date");
        one.nrois = rows.optional<std::int64_t>(i, "nrois");
        one.nrois_tracked = rows.optional<std::int64_t>(i, "nrois_tracked");
        sessions[one.sessid] = std::move(one);
    }
    return sessions;
}

std::map<std::string, std::size_t> flag_openscope_mismatches(db::Session& session) {
    std::map<std::string, std::size_t> issues;
    const auto found = session.exec(statement("openscope/mismatches"));
    for (std::size_t i = 0; i < found.rows(); ++i)
        issues[found.get<std::string>(i, "issue_type")] =
            static_cast<std::size_t>(found.get<std::int64_t>(i, "n_issues"));
    return issues;
}

ProjectSummary load_openscope_listing(db::Session& session, const std::vector<ProjectTable>& tables,
                                      const std::vector<openscope::TrackingFile>& trackings,
                                      const ProjectLoadOptions& options) {
    return ListingLoader(session, options).run(tables, trackings);
}

}  // namespace tb::load
