#include "ingest/load/ingest_photometry.hpp"

#include "ingest/alf/names.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/photometry/ppd.hpp"
#include "ingest/photometry/session_photometry.hpp"
#include "ingest/photometry/text_table.hpp"
#include "src/base/sha256.hpp"
#include "trialbase/simulated_marker.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

enum class Content { text, number, date };
struct FiberColumn {
    const char* name;    ///< in the surgeons' table
    const char* column;  ///< of photometry.fiber
    Content content = Content::number;
};
constexpr std::array<FiberColumn, 15> fiber_columns{
    {{"targeted_region", "targeted_region", Content::text},
     {"neuromodulator", "neuromodulator", Content::text},
     {"X-ml_um", "x_ml_um"},
     {"Y-ap_um", "y_ap_um"},
     {"Z-dv_um", "z_dv_um"},
     {"depth", "depth_um"},
     {"theta", "theta_deg"},
     {"phi", "phi_deg"},
     {"roll", "roll_deg"},
     {"expression", "expression", Content::text},
     {"fiber_diameter_um", "diameter_um"},
     {"fiber_length_mm", "length_mm"},
     {"numerical_aperture", "numerical_aperture"},
     {"fiber_tip", "fiber_tip", Content::text},
     {"surgery_date", "surgery_date", Content::date}}};

[[noreturn]] void refuse_row(const fs::path& csv, std::size_t row, const std::string& what) {
    throw Error(ErrorKind::data,
                fmt::format("{}: row {}: {}", csv.string(), row + 1, db::sanitize_text(what)),
                "Correct the table; nothing of it was taken.", "ValueError");
}

/// A field of the surgeons' table as the database takes it; nothing where it is not recorded.
nlohmann::json fiber_value(const FiberColumn& column, const std::string& text, const fs::path& csv,
                           std::size_t row) {
    if (text.empty()) return {};
    if (column.content == Content::text) return db::sanitize_text(text);
    if (text == "nan" || text == "NaN" || text == "NA" || text == "NaT") return {};
    if (column.content == Content::date) {
        const auto day = text.substr(0, 10);  // pandas writes `2024-03-05 00:00:00`
        if (!alf::is_real_date(day) || (text.size() > 10 && text[10] != ' ' && text[10] != 'T'))
            refuse_row(csv, row, fmt::format("{}: {} is no date", column.name, text));
        return day;
    }
    double value = 0.0;
    const auto* const end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || rest != end || !std::isfinite(value))
        refuse_row(csv, row, fmt::format("{}: {} is no number", column.name, text));
    return value;
}

/// Whether this is a moment as `2018-12-12T09:04:09`.
bool is_moment(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() != form.size() || !alf::is_real_date(text.substr(0, 10))) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i]) return false;
    }
    return text.substr(11, 2) < "24" && text.substr(14, 2) < "60" && text.substr(17, 2) < "60";
}

bool is_of_recording(const fs::path& file) {
    const auto role = photometry::role_of(file.filename().string());
    return role == photometry::Role::raw_frames || role == photometry::Role::digital_inputs;
}

/// The text as the table writes it down: what is no UTF-8 is told with row and column.
void require_text(const std::string& text, const fs::path& csv, std::size_t row,
                  const std::string& column) {
    if (db::sanitize_text(text) == text) return;
    refuse_row(csv, row,
               fmt::format("column {}: {} is no UTF-8 text (was the table saved as Latin-1?)",
                           column, text));
}

formats::Table text_table_of(const fs::path& csv) {
    const auto bytes = formats::read_file(csv);
    auto read = photometry::read_text_table(formats::as_text(bytes), csv.string(), true);
    if (read.cut_row) {
        throw Error(ErrorKind::data, fmt::format("{}: {}", csv.string(), *read.cut_row),
                    "Copy the whole table again; nothing of it was taken.", "ValueError");
    }
    return std::move(read.table);
}

/// By its columns. A file that cannot be read is left to the reader of recordings, which says why.
bool is_fiber_table(const fs::path& csv) {
    try {
        const auto bytes = formats::read_file(csv);
        const auto columns = photometry::text_table_columns(formats::as_text(bytes), csv.string());
        return std::ranges::find(columns, "subject") != columns.end() &&
               std::ranges::find(columns, "targeted_region") != columns.end();
    } catch (const Error&) {
        return false;
    }
}

/// The source that counts: what was named, or what the place says.
std::string source_of(const fs::path& path, const std::string& named) {
    if (!is_marked_simulated(path)) return named.empty() ? "ibl" : named;
    if (named.empty() || named == "simulated") return "simulated";
    throw Error(ErrorKind::usage,
                fmt::format("{}: the recording is simulated ({} lies above it), not of source {}",
                            path.string(), simulated_marker, named),
                "Leave --source out.");
}

/// Refuses text of a file that no name can be.
void require_name(const std::string& value, const fs::path& path, const char* what) {
    if (db::sanitize_text(value) == value) return;
    throw Error(ErrorKind::data,
                fmt::format("{}: its {} is no UTF-8 text: {}", path.string(), what,
                            db::sanitize_text(value)),
                fmt::format("Name it with --{}.", what), "ValueError");
}

/// Lists a file that values come from, so that the same bytes are known again.
void list_file(ChoiceSession& session, const fs::path& file, std::span<const std::byte> bytes) {
    SessionFile listed;
    listed.path = file.filename().string();
    listed.name = listed.path;
    listed.collection = "raw_photometry_data";
    listed.extension = file.extension().string();
    if (!listed.extension.empty()) listed.extension.erase(0, 1);
    listed.size_bytes = bytes.size();
    listed.sha256 = sha256_hex(bytes);
    listed.is_used = true;
    session.files.push_back(std::move(listed));
}

void require(const std::string& value, const fs::path& path, const char* what) {
    if (!value.empty()) return;
    throw Error(ErrorKind::usage, fmt::format("{}: its {} is not known", path.string(), what),
                fmt::format("Name it with --{}.", what));
}

const std::vector<std::string>& texts_of(const formats::Table& table, const fs::path& csv,
                                         const char* name) {
    const auto* column = table.find(name);
    if (column == nullptr) {
        throw Error(ErrorKind::data, fmt::format("{}: no column {}", csv.string(), name),
                    "A table of fibres has the columns subject and targeted_region.", "ValueError");
    }
    return std::get<std::vector<std::string>>(column->values);
}

}  // namespace

PhotometrySource photometry_source(const fs::path& path) {
    std::error_code ignored;
    const auto status = fs::status(path, ignored);
    if (!fs::exists(status)) {
        throw Error(ErrorKind::not_found, fmt::format("there is no {}", path.string()),
                    "Name a recording, or a folder of recordings, that is there.");
    }
    if (fs::is_directory(status)) {
        if (!recordings_below(path).empty()) return PhotometrySource::recordings;
        bool has_recording = false;
        for (const auto& entry : fs::directory_iterator(path, ignored)) {
            if (entry.is_directory(ignored)) return PhotometrySource::session_tree;
            has_recording = has_recording || is_of_recording(entry.path());
        }
        return has_recording ? PhotometrySource::recording : PhotometrySource::session_tree;
    }
    const auto extension = path.extension().string();
    if (extension == ".ppd" || extension == ".pqt") return PhotometrySource::recording;
    if (extension == ".csv") {
        return is_fiber_table(path) ? PhotometrySource::fibers : PhotometrySource::recording;
    }
    // Another file is an archive of sessions where it is named as one; else it is taken for a
    // recording, whose reader refuses the extension.
    constexpr std::array<std::string_view, 9> archives{"",     ".zip", ".tar", ".tgz", ".gz",
                                                       ".bz2", ".xz",  ".zst", ".7z"};
    return std::ranges::find(archives, extension) != archives.end() ? PhotometrySource::session_tree
                                                                    : PhotometrySource::recording;
}

std::vector<fs::path> recordings_below(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(
             folder, fs::directory_options::skip_permission_denied, ignored)) {
        if (entry.path().extension() == ".ppd" && entry.is_regular_file(ignored))
            found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

ChoiceSession read_recording(const fs::path& path, const RecordingIdentity& identity) {
    ChoiceSession session;
    session.source = source_of(path, identity.source);
    session.lab = identity.lab;
    session.subject = identity.subject;
    session.date = identity.date;
    session.number = identity.number;
    session.origin = path.string();
    std::vector<fs::path> files{path};
    if (fs::is_directory(path)) {
        files.clear();
        for (const auto& entry : fs::directory_iterator(path)) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
        std::ranges::sort(files);
    }
    if (path.extension() == ".ppd") {
        const auto bytes = formats::read_file(path);
        const auto recording = photometry::parse_ppd(bytes, path.string());
        session.photometry = photometry::session_of(recording);
        if (session.photometry->n_frames == 0) {
            throw Error(ErrorKind::data, path.string() + ": the recording has no sample",
                        "Was the acquisition stopped before it began? Copy the whole file again.",
                        "MissingRawData");
        }
        if (session.subject.empty()) session.subject = recording.subject;
        if (session.date.empty()) session.date = recording.date_time.substr(0, 10);
        if (const auto moment = recording.date_time.substr(0, 19); is_moment(moment)) {
            session.start_time = moment;
            if (session.number.empty()) {
                session.number = moment.substr(11, 2) + moment.substr(14, 2) + moment.substr(17, 2);
            }
        }
        session.rig_version = "pyPhotometry " + recording.version + ", " + recording.mode;
        list_file(session, path, bytes);
    } else {
        std::vector<formats::ByteBuffer> contents;
        std::vector<photometry::PhotometryFile> parts;
        contents.reserve(files.size());
        for (const auto& file : files) {
            auto role = photometry::role_of(file.filename().string());
            if (role == photometry::Role::none && files.size() == 1 && !fs::is_directory(path))
                role = photometry::Role::raw_frames;  // the only file that was named
            if (role == photometry::Role::none) continue;
            contents.push_back(formats::read_file(file));
            parts.push_back({role, file.filename().string(), contents.back()});
            list_file(session, file, contents.back());
        }
        auto reading = photometry::read_session_photometry(parts, nullptr, identity.unit_s);
        if (!reading.session) {
            throw Error(ErrorKind::data, path.string() + ": no photometry in it", {},
                        "MissingRawData");
        }
        session.photometry = std::move(reading.session);
        if (session.photometry->n_frames == 0 && session.photometry->digital_events.empty()) {
            throw Error(ErrorKind::data, path.string() + ": the recording has no frame", {},
                        "MissingRawData");
        }
        for (auto& note : reading.notes)
            session.issues.push_back({note.type, note.path, note.message});
    }
    if (session.number.empty()) session.number = "001";
    const auto number = alf::canonical_number(session.number);
    if (!number || number->size() > 9) {
        throw Error(ErrorKind::usage, fmt::format("{} is no number of a session", session.number),
                    "Write it as 001.");
    }
    session.number = *number;
    require(session.lab, path, "lab");
    require(session.subject, path, "subject");
    require(session.date, path, "date");
    require_name(session.subject, path, "subject");
    if (!alf::is_real_date(session.date)) {
        if (identity.date.empty()) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: its header says the date {}, which is none", path.string(),
                                    db::sanitize_text(session.date)),
                        "Name it with --date.", "ValueError");
        }
        throw Error(ErrorKind::usage, fmt::format("{} is no date", session.date),
                    "Write it as 2024-11-05.");
    }
    if (session.photometry->is_on_session_clock == false &&
        std::ranges::none_of(session.issues,
                             [](const auto& issue) { return issue.type == "NotAligned"; })) {
        session.issues.push_back({"NotAligned", path.filename().string(),
                                  "the recording carries no session clock: its times are the "
                                  "acquisition's, and responses to trials cannot be computed"});
    }
    return session;
}

FiberImport import_fibers(db::Session& session, const fs::path& csv, const std::string& lab,
                          bool dry_run) {
    const auto table = text_table_of(csv);
    for (const auto& column : table.columns) {
        const auto& texts = std::get<std::vector<std::string>>(column.values);
        for (std::size_t i = 0; i < texts.size(); ++i) require_text(texts[i], csv, i, column.name);
    }
    const auto& subjects = texts_of(table, csv, "subject");
    const auto& regions = texts_of(table, csv, "targeted_region");
    auto rows = nlohmann::json::array();
    std::map<std::string, int> numbers;
    for (std::size_t i = 0; i < table.rows; ++i) {
        if (subjects[i].empty()) refuse_row(csv, i, "no subject");
        if (regions[i].empty()) refuse_row(csv, i, "no targeted_region");
        nlohmann::json row{{"subject", subjects[i]}, {"fiber", ++numbers[subjects[i]]}};
        nlohmann::json details = nlohmann::json::object();
        for (const auto& column : table.columns) {
            const auto& text = std::get<std::vector<std::string>>(column.values)[i];
            if (text.empty() || column.name == "subject") continue;
            const auto* const known = std::ranges::find(
                fiber_columns, column.name, [](const auto& c) { return std::string_view(c.name); });
            if (known != fiber_columns.end()) {
                row[known->column] = fiber_value(*known, text, csv, i);
            } else {
                details[db::sanitize_text(column.name)] = db::sanitize_text(text);
            }
        }
        if (!details.empty()) row["details"] = details;
        rows.push_back(std::move(row));
    }
    db::Transaction transaction(session);
    const auto result =
        session.exec_prepared(statement("fibers"), db::Params().text(lab).text(rows.dump()));
    if (!dry_run) transaction.commit();
    FiberImport import;
    import.fibers = static_cast<int>(result.get<std::int64_t>(0, "fibers"));
    import.changed = static_cast<int>(result.get<std::int64_t>(0, "changed"));
    const auto missing = nlohmann::json::parse(result.get<std::string>(0, "missing"));
    for (const auto& subject : missing) import.missing.push_back(subject.get<std::string>());
    return import;
}

}  // namespace tb::load
