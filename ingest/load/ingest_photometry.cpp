#include "ingest/load/ingest_photometry.hpp"

#include "ingest/alf/names.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/photometry/ppd.hpp"
#include "ingest/photometry/session_photometry.hpp"
#include "src/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

struct FiberColumn {
    const char* name;    ///< in the surgeons' table
    const char* column;  ///< of photometry.fiber
};
constexpr std::array<FiberColumn, 15> fiber_columns{{{"targeted_region", "targeted_region"},
                                                     {"neuromodulator", "neuromodulator"},
                                                     {"X-ml_um", "x_ml_um"},
                                                     {"Y-ap_um", "y_ap_um"},
                                                     {"Z-dv_um", "z_dv_um"},
                                                     {"depth", "depth_um"},
                                                     {"theta", "theta_deg"},
                                                     {"phi", "phi_deg"},
                                                     {"roll", "roll_deg"},
                                                     {"expression", "expression"},
                                                     {"fiber_diameter_um", "diameter_um"},
                                                     {"fiber_length_mm", "length_mm"},
                                                     {"numerical_aperture", "numerical_aperture"},
                                                     {"fiber_tip", "fiber_tip"},
                                                     {"surgery_date", "surgery_date"}}};

bool is_of_recording(const fs::path& file) {
    const auto role = photometry::role_of(file.filename().string());
    return role == photometry::Role::raw_frames || role == photometry::Role::digital_inputs;
}

formats::Table text_table_of(const fs::path& csv) {
    return formats::read_csv(csv, {.all_text = true});
}

bool is_fiber_table(const fs::path& csv) {
    const auto table = text_table_of(csv);
    return table.find("subject") != nullptr && table.find("targeted_region") != nullptr;
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
        throw Error(ErrorKind::not_found, fmt::format("there is no {}", path.string()));
    }
    if (fs::is_directory(status)) {
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
    return PhotometrySource::session_tree;
}

ChoiceSession read_recording(const fs::path& path, const RecordingIdentity& identity) {
    ChoiceSession session;
    session.source = identity.source;
    session.lab = identity.lab;
    session.subject = identity.subject;
    session.date = identity.date;
    session.number = alf::canonical_number(identity.number).value_or(identity.number);
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
        if (session.subject.empty()) session.subject = recording.subject;
        if (session.date.empty()) session.date = recording.date_time.substr(0, 10);
        if (recording.date_time.size() >= 19)
            session.start_time = recording.date_time.substr(0, 19);
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
        auto reading = photometry::read_session_photometry(parts);
        if (!reading.session) {
            throw Error(ErrorKind::data, path.string() + ": no photometry in it", {},
                        "MissingRawData");
        }
        session.photometry = std::move(reading.session);
        for (auto& note : reading.notes)
            session.issues.push_back({note.type, note.path, note.message});
    }
    require(session.lab, path, "lab");
    require(session.subject, path, "subject");
    require(session.date, path, "date");
    if (!alf::is_real_date(session.date)) {
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

FiberImport import_fibers(db::Session& session, const fs::path& csv, const std::string& lab) {
    const auto table = text_table_of(csv);
    const auto& subjects = texts_of(table, csv, "subject");
    (void)texts_of(table, csv, "targeted_region");
    auto rows = nlohmann::json::array();
    std::map<std::string, int> numbers;
    for (std::size_t i = 0; i < table.rows; ++i) {
        nlohmann::json row{{"subject", subjects[i]}, {"fiber", ++numbers[subjects[i]]}};
        nlohmann::json details = nlohmann::json::object();
        for (const auto& column : table.columns) {
            const auto& text = std::get<std::vector<std::string>>(column.values)[i];
            if (text.empty() || column.name == "subject") continue;
            const auto known = std::ranges::find(fiber_columns, column.name,
                                                 [](const auto& c) { return std::string(c.name); });
            if (known != fiber_columns.end()) {
                row[known->column] = db::sanitize_text(text);
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
    transaction.commit();
    FiberImport import;
    import.fibers = static_cast<int>(result.get<std::int64_t>(0, "fibers"));
    import.changed = static_cast<int>(result.get<std::int64_t>(0, "changed"));
    const auto missing = nlohmann::json::parse(result.get<std::string>(0, "missing"));
    for (const auto& subject : missing) import.missing.push_back(subject.get<std::string>());
    return import;
}

}  // namespace tb::load
