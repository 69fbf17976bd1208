#include "compute/photometry/subject_catalog.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

namespace tb::compute::photometry {

namespace {

std::optional<double> optional_number(double value) {
    return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::optional<std::string> optional_text(const FetchedRows& rows, const char* column,
                                         std::size_t row) {
    if (rows.is_null(column, row)) return std::nullopt;
    return rows.texts(column)[row];
}

std::vector<std::string> sides_of(const std::vector<std::string>& regions) {
    std::vector<std::string> sides;
    for (const std::string& region : regions) sides.emplace_back(region_side(region));
    return sides;
}

/// Regions that a session tells by itself. Signals count as telling them only when all are named.
std::vector<std::string> own_regions(const DescribedSession& session, bool prefer_signals) {
    const bool are_signals_named =
        !session.recorded_regions.empty() &&
        std::ranges::none_of(session.recorded_regions, &std::string::empty);
    if (prefer_signals && !session.recorded_regions.empty()) {
        return are_signals_named ? session.recorded_regions : std::vector<std::string>{};
    }
    if (!session.listed_regions.empty()) return session.listed_regions;
    return are_signals_named ? session.recorded_regions : std::vector<std::string>{};
}

std::vector<CatalogRecording> recordings_of(const DescribedSession& session,
                                            const CatalogSession& repaired,
                                            const std::vector<std::string>& own,
                                            const MetadataRules& rules) {
    std::vector<CatalogRecording> recordings;
    const std::size_t n_signals = session.recorded_regions.size();
    if (n_signals > 0 && n_signals != repaired.brain_region.size()) {
        for (std::size_t i = 0; i < n_signals; ++i) {
            const std::string& region = session.recorded_regions[i];
            CatalogRecording recording;
            recording.brain_region = region.empty() ? session.recorded_columns[i] : region;
            recording.recorded_region = recording.brain_region;
            recording.has_signal = true;
            recordings.push_back(std::move(recording));
        }
        return recordings;
    }
    for (std::size_t i = 0; i < repaired.brain_region.size(); ++i) {
        CatalogRecording recording;
        recording.brain_region = repaired.brain_region[i];
        if (i < repaired.hemisphere.size() && repaired.hemisphere[i] &&
            !repaired.hemisphere[i]->empty()) {
            recording.hemisphere = repaired.hemisphere[i];
        }
        recording.target_nm = repaired.target_nm[i];
        const auto target = rules.target_neuromodulator.find(bare_region(recording.brain_region));
        if (target != rules.target_neuromodulator.end()) recording.neuromodulator = target->second;
        if (i < own.size()) recording.recorded_region = own[i];
        recording.has_signal = n_signals > 0;
        recordings.push_back(std::move(recording));
    }
    return recordings;
}

SubjectDescription description_of(const Inputs& inputs) {
    const FetchedRows& rows = inputs["sessions"];
    SubjectDescription subject;
    subject.nickname = rows.texts("nickname")[0];
    subject.strain = optional_text(rows, "strain_name", 0);
    subject.line = optional_text(rows, "line_name", 0);
    const FetchedRows& fibers = inputs["fibers"];
    for (std::size_t i = 0; i < fibers.size(); ++i) {
        subject.fibers.push_back(
            {subject.nickname, fibers.texts("targeted_region")[i], fibers.numbers("x_ml_um")[i]});
    }
    std::map<std::string_view, std::size_t> place;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        place[rows.texts("session_id")[i]] = i;
        DescribedSession session;
        session.session_id = rows.texts("session_id")[i];
        session.date = static_cast<std::int64_t>(rows.numbers("session_date")[i]);
        session.is_photometry = rows.integers("is_photometry")[i] != 0;
        session.start_s = optional_number(rows.numbers("start_local_s")[i]);
        session.end_s = optional_number(rows.numbers("end_local_s")[i]);
        session.task_protocol = rows.texts("task_protocol")[i];
        subject.sessions.push_back(std::move(session));
    }
    const FetchedRows& regions = inputs["regions"];
    for (std::size_t i = 0; i < regions.size(); ++i) {
        DescribedSession& session = subject.sessions[place.at(regions.texts("session_id")[i])];
        const std::string& region = regions.texts("brain_region")[i];
        if (regions.integers("is_signal")[i] == 0) {
            session.listed_regions.push_back(region);
            continue;
        }
        const std::string& column = regions.texts("column_name")[i];
        const bool is_nameless = region == column && is_nameless_column(column);
        session.recorded_regions.push_back(is_nameless ? "" : region);
        session.recorded_columns.push_back(column);
    }
    const FetchedRows& datasets = inputs["datasets"];
    for (std::size_t i = 0; i < datasets.size(); ++i) {
        subject.sessions[place.at(datasets.texts("session_id")[i])].datasets.push_back(
            datasets.texts("path")[i]);
    }
    return subject;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["sessions"];
    if (rows.empty()) return output.nothing_to_compute("the subject has no session");
    const SubjectDescription subject = description_of(inputs);
    const auto n_photometry = static_cast<std::size_t>(
        std::ranges::count_if(subject.sessions, &DescribedSession::is_photometry));
    if (n_photometry == 0 && subject.fibers.empty()) {
        return output.nothing_to_compute("the subject has neither photometry nor fibres");
    }
    const std::vector<CatalogEntry> entries = subject_catalog(subject, rules_of(inputs["rules"]));
    std::size_t n_recordings = 0;
    std::size_t n_errors = 0;
    for (std::size_t s = 0; s < entries.size(); ++s) {
        const CatalogEntry& entry = entries[s];
        const DescribedSession& session = subject.sessions[s];
        n_recordings += entry.recordings.size();
        n_errors += entry.errors.size();
        output.part("catalog_session")
            .set("session_id", session.session_id)
            .set("is_photometry", session.is_photometry)
            .set("session_type", entry.session_type)
            .set("neuromodulator", entry.neuromodulator)
            .set("strain_line_neuromodulator", entry.strain_line_neuromodulator)
            .set("session_length_s", entry.session_length_s)
            .set("day_n", entry.day.day_n)
            .set("session_n", entry.day.session_n)
            .set("n_recordings", entry.recordings.size())
            .set("n_listed_regions", session.listed_regions.size());
        for (std::size_t i = 0; i < entry.recordings.size(); ++i) {
            const CatalogRecording& recording = entry.recordings[i];
            output.part("catalog_recording")
                .set("session_id", session.session_id)
                .set("fiber_idx", i)
                .set("brain_region", recording.brain_region)
                .set("hemisphere", recording.hemisphere)
                .set("target_nm", recording.target_nm)
                .set("neuromodulator", recording.neuromodulator)
                .set("recorded_region", recording.recorded_region)
                .set("has_signal", recording.has_signal);
        }
        for (std::size_t i = 0; i < entry.errors.size(); ++i) {
            output.part("catalog_error")
                .set("session_id", session.session_id)
                .set("error_no", i + 1)
                .set("error_type", entry.errors[i].type)
                .set("message", entry.errors[i].message);
        }
    }
    output.master()
        .set("n_sessions", subject.sessions.size())
        .set("n_photometry_sessions", n_photometry)
        .set("n_recordings", n_recordings)
        .set("n_errors", n_errors)
        .set("first_session_date", rows.texts("first_session_date")[0]);
}

}  // namespace

MetadataRules rules_of(const FetchedRows& rows) {
    MetadataRules rules;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string& kind = rows.texts("kind")[i];
        const std::string& name = rows.texts("name")[i];
        const std::string& value = rows.texts("value")[i];
        if (kind == "excluded_subject") {
            rules.excluded_subjects.push_back(name);
        } else if (kind == "valid_strain") {
            rules.valid_strains.push_back(name);
        } else if (kind == "valid_line") {
            rules.valid_lines.push_back(name);
        } else if (kind == "strain_neuromodulator") {
            rules.strain_neuromodulator[name] = value;
        } else if (kind == "line_neuromodulator") {
            rules.line_neuromodulator[name] = value;
        } else if (kind == "neuromodulator") {
            rules.neuromodulators.push_back(name);
        } else if (kind == "target") {
            rules.target_neuromodulator[name] = value;
        } else if (kind == "region_rename") {
            rules.region_renames[name] = value;
        } else if (kind == "session_type") {
            rules.session_types.push_back({name, value});
        } else if (kind == "protocol_red_flag") {
            rules.protocol_red_flags.push_back(name);
        } else if (kind == "dataset") {
            auto& categories = rules.dataset_categories;
            if (categories.empty() || categories.back().category != name)
                categories.push_back({.category = name, .paths = {}});
            categories.back().paths.push_back(value);
        } else {
            throw Error(ErrorKind::internal, "unknown kind of rule '" + kind + "'");
        }
    }
    return rules;
}

bool is_nameless_column(std::string_view column) {
    static const std::regex nameless("Region[0-9]+[A-Z]?|[RG][0-9]+|analog_?[0-9]+");
    return std::regex_match(column.begin(), column.end(), nameless);
}

std::vector<CatalogEntry> subject_catalog(const SubjectDescription& subject,
                                          const MetadataRules& rules) {
    const std::size_t n = subject.sessions.size();
    const auto neuromodulator = neuromodulator_of(subject.strain, subject.line, rules);
    const FiberSides sides = fiber_sides(subject.fibers);
    std::vector<CatalogEntry> entries(n);
    std::vector<CatalogSession> photometry;  // rows of the repair
    std::vector<std::size_t> place(n);       // of a session's row among them
    std::vector<std::string> subjects(n, subject.nickname);
    std::vector<std::int64_t> dates;
    for (std::size_t s = 0; s < n; ++s) {
        const DescribedSession& session = subject.sessions[s];
        dates.push_back(session.date);
        const std::vector<std::string> listed = own_regions(session, false);
        DerivedMetadata derived = validate_metadata({.subject = subject.nickname,
                                                     .strain = subject.strain,
                                                     .line = subject.line,
                                                     .neuromodulator = neuromodulator,
                                                     .brain_region = listed,
                                                     .hemisphere = sides_of(listed),
                                                     .start_s = session.start_s,
                                                     .end_s = session.end_s,
                                                     .task_protocol = session.task_protocol,
                                                     .datasets = session.datasets},
                                                    sides, rules);
        entries[s].session_type = std::move(derived.session_type);
        entries[s].strain_line_neuromodulator = neuromodulator;
        entries[s].session_length_s = derived.session_length_s;
        if (!session.is_photometry) continue;
        entries[s].errors = std::move(derived.errors);
        place[s] = photometry.size();
        const std::vector<std::string> own = own_regions(session, true);
        CatalogSession row{.eid = session.session_id,
                           .subject = subject.nickname,
                           .brain_region = own,
                           .hemisphere = {},
                           .target_nm = {},
                           .neuromodulator = std::nullopt};
        for (const std::string& side : sides_of(own)) row.hemisphere.emplace_back(side);
        photometry.push_back(std::move(row));
    }
    repair_catalog(photometry, subject.fibers, rules);
    const std::vector<DayNumber> days = day_numbers(subjects, dates);
    for (std::size_t s = 0; s < n; ++s) {
        entries[s].day = days[s];
        const DescribedSession& session = subject.sessions[s];
        if (!session.is_photometry) continue;
        const CatalogSession& repaired = photometry[place[s]];
        entries[s].recordings = recordings_of(session, repaired, own_regions(session, true), rules);
        if (!entries[s].recordings.empty())
            entries[s].neuromodulator = entries[s].recordings.front().neuromodulator;
    }
    return entries;
}

ComputedTable subject_catalog_table() {
    return {.name = "photometry.subject_catalog",
            .code_version = 1,
            .fetches = {{"sessions", compute_sql_text("photometry/subject_catalog_sessions.sql")},
                        {"regions", compute_sql_text("photometry/subject_catalog_regions.sql")},
                        {"datasets", compute_sql_text("photometry/subject_catalog_datasets.sql")},
                        {"fibers", compute_sql_text("photometry/subject_catalog_fibers.sql")},
                        {"rules", compute_sql_text("photometry/subject_catalog_rules.sql")}},
            .compute = compute,
            .keys_per_transaction = 20};
}

}  // namespace tb::compute::photometry
