#include "ingest/tables/one_cache.hpp"

#include "ingest/alf/names.hpp"
#include "ingest/tables/list_rows.hpp"
#include "ingest/tables/table_cells.hpp"
#include "trialbase/error.hpp"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::tables {
namespace {

using nlohmann::json;

constexpr const char* cache_columns_hint =
    "A ONE cache has sessions.pqt with id (or id_0 and id_1), lab, subject, date and number, and "
    "datasets.pqt with eid, id and rel_path.";

/// What the tables say of themselves.
void read_metadata(const TableCells& cells, SessionList& list) {
    const auto found = cells.metadata().find("one_metadata");
    if (found == cells.metadata().end()) return;
    auto told = json::parse(found->second, nullptr, false);
    if (!told.is_object()) return;
    const auto origin = told.find("origin");
    if (origin != told.end()) {
        if (origin->is_string()) list.origin = origin->get<std::string>();
        if (origin->is_array() && origin->size() == 1 && origin->front().is_string())
            list.origin = origin->front().get<std::string>();
    }
    const auto made = told.find("date_created");
    if (made != told.end() && made->is_string())
        list.made_at = moment_text(made->get<std::string>());
    list.metadata = std::move(told);
}

/// subject/date/number, with or without lab and Subjects before it.
std::optional<alf::SessionParts> parts_of(const std::string& path) {
    if (!alf::is_session_path(path)) return std::nullopt;
    const auto split = alf::split_session_path(path);
    if (!split || split->end != path.size() || split->session.number.size() > 9)
        return std::nullopt;
    return split->session;
}

void read_sessions(const TableCells& cells, SessionList& list, Problems& problems) {
    const auto id = cells.has_halves("id") ? std::string("id")
                                           : cells.first_of({"id", "eid", "__index_level_0__"});
    if (id.empty()) cells.require({"id"}, cache_columns_hint);
    cells.require({"subject", "date"}, cache_columns_hint);
    const bool is_uuid = cells.has_halves(id) && !cells.has(id);
    std::map<std::string, std::size_t> met;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        ListedSession session;
        RowReader reader(cells, row, problems);
        const bool is_good = reader.read([&] {
            std::optional<std::string> name;
            if (is_uuid) {
                if (const auto uuid = cells.uuid(id, row)) name = uuid->to_string();
            } else {
                name = cells.text(id, row);
            }
            if (!name) throw reader.fault("MissingId", "it has no id");
            reader.called(*name);
            std::optional<alf::SessionParts> parts;
            if (const auto uuid = Uuid::parse(*name)) {
                session.eid = uuid->to_string();
                session.identifier = session.eid;
            } else {
                parts = parts_of(*name);
                if (!parts)
                    throw reader.fault("BadId", "its id is neither a UUID nor subject/date/number");
            }
            session.subject = cells.text("subject", row).value_or("");
            session.lab = cells.text("lab", row).value_or("");
            session.number = cells.integer("number", row);
            session.date = cells.date("date", row).value_or("");
            if (parts) {
                if (session.subject.empty()) session.subject = parts->subject;
                if (session.lab.empty()) session.lab = parts->lab;
                if (session.date.empty()) session.date = parts->date;
                if (!session.number) session.number = std::stoll(parts->number);
                session.identifier = session_path(session.subject, session.date, *session.number);
            }
            reader.require_session(session);
            session.task_protocol = cells.text("task_protocol", row).value_or("");
            // Protocols and projects of a session with several stand in one text.
            session.projects = cells.list(cells.has("projects") ? "projects" : "project", row);
            std::erase(session.projects, "");
        });
        if (!is_good) continue;
        if (!met.emplace(session.identifier, row).second) {
            reader.tell("DuplicateId",
                        fmt::format("its id is that of {}, too: the first one counts",
                                    row_name(met.at(session.identifier))),
                        "");
            continue;
        }
        list.sessions.push_back(std::move(session));
    }
}

/// A table of datasets, read row by row.
class DatasetTable {
  public:
    DatasetTable(const std::filesystem::path& file, Problems& problems)
        : cells_(file), problems_(problems) {
        const bool has_eid = cells_.has("eid") || cells_.has_halves("eid");
        if (!has_eid && !cells_.has("session_path")) cells_.require({"eid"}, cache_columns_hint);
        cells_.require({"rel_path"}, cache_columns_hint);
    }

    [[nodiscard]] const TableCells& cells() const { return cells_; }

    void give(const std::function<void(ListedDataset)>& take) const {
        std::set<Uuid> ids;
        for (std::size_t row = 0; row < cells_.rows(); ++row) {
            ListedDataset dataset;
            RowReader reader(cells_, row, problems_);
            if (!reader.read([&] { read(row, reader, dataset); })) continue;
            if (const auto id = Uuid::parse(dataset.dataset_id); id && !ids.insert(*id).second)
                problems_.note(
                    fmt::format("{}: {}: its id {} is that of another dataset, too; "
                                "both are kept",
                                cells_.file(), row_name(row), dataset.dataset_id));
            take(std::move(dataset));
        }
    }

  private:
    void read(std::size_t row, RowReader& reader, ListedDataset& dataset) const {
        const auto path = cells_.text("rel_path", row);
        if (!path) throw reader.fault("MissingPath", "it has no rel_path");
        reader.called(*path);
        const auto folder = cells_.text("session_path", row);
        std::optional<alf::SessionParts> parts;
        if (folder) parts = parts_of(*folder);
        if (parts && !parts->lab.empty())
            dataset.tree = parts->lab + "/" +
                           session_path(parts->subject, parts->date, std::stoll(parts->number));
        if (cells_.has("eid") && !Uuid::parse(cells_.text("eid", row).value_or("x"))) {
            // A cache that was made of folders.
            const auto named = parts_of(cells_.text("eid", row).value_or(""));
            if (!named) throw reader.fault("BadId", "its eid is neither a UUID nor a session");
            dataset.session = session_path(named->subject, named->date, std::stoll(named->number));
        } else if (const auto eid = cells_.uuid("eid", row)) {
            dataset.session = eid->to_string();
        } else if (parts) {
            dataset.session = session_path(parts->subject, parts->date, std::stoll(parts->number));
        } else {
            throw reader.fault("MissingId", "it names no session");
        }
        if (!split_dataset_path(*path, dataset))
            throw reader.fault("BadPath", "its path leads out of the session, or to no file");
        // Local caches number datasets, or call them by their path: those have no UUID.
        const auto id = cells_.has("id") ? cells_.text("id", row) : std::nullopt;
        if (!id || Uuid::parse(*id)) {
            if (const auto uuid = cells_.uuid("id", row)) dataset.dataset_id = uuid->to_string();
        }
        if (folder) dataset.path = *folder + "/" + *path;
        const auto size = cells_.integer("file_size", row);
        if (size && *size >= 0) dataset.size_bytes = size;
        if (size && *size < 0) reader.tell("BadValue", "its file_size is negative", "");
        if (const auto hash = cells_.text("hash", row)) dataset.md5 = md5_text(*hash);
        dataset.is_present = cells_.boolean("exists", row).value_or(true);
        dataset.is_default = cells_.boolean("default_revision", row);
        dataset.outcome = cells_.text("qc", row).value_or("");
    }

    TableCells cells_;
    Problems& problems_;
};

}  // namespace

OneCacheFiles one_cache_files(const std::filesystem::path& path) {
    OneCacheFiles files;
    if (!std::filesystem::is_directory(path)) {
        files.sessions = path;
        return files;
    }
    files.sessions = path / "sessions.pqt";
    if (!std::filesystem::exists(files.sessions))
        throw Error(ErrorKind::not_found,
                    fmt::format("{}: no sessions.pqt in this folder", path.string()),
                    "ONE keeps its tables at the top of the cache folder; name that, or the file.",
                    "MissingFile");
    if (std::filesystem::exists(path / "datasets.pqt")) files.datasets = path / "datasets.pqt";
    return files;
}

void read_one_cache(const OneCacheFiles& files, const std::string& name, ListedTables& tables) {
    SessionList list;
    list.kind = "one-cache";
    list.file = full_path(files.sessions);
    const TableCells cells(files.sessions);
    if (cells.has("rel_path") && !cells.has("subject"))
        throw Error(ErrorKind::data,
                    cells.file() + ": a table of datasets where that of sessions is expected",
                    "Name sessions.pqt first, datasets.pqt second, or the folder of both.",
                    "MissingColumn");
    read_metadata(cells, list);
    list.name = !name.empty()          ? name
                : !list.origin.empty() ? list.origin
                                       : list_name(files.sessions);
    read_sessions(cells, list, tables.problems);
    tables.repository = list.name;
    if (files.datasets) {
        tables.datasets_file = full_path(*files.datasets);
        auto datasets = std::make_shared<DatasetTable>(*files.datasets, tables.problems);
        if (list.metadata.is_null()) read_metadata(datasets->cells(), list);
        tables.datasets = [datasets](const std::function<void(ListedDataset)>& take) {
            datasets->give(take);
        };
    }
    tables.lists.push_back(std::move(list));
}

}  // namespace tb::tables
