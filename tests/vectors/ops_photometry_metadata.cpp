// Metadata of photometry sessions: ops photometry.metadata_validation, nm_from_strain_line,
// catalog_repair, day_and_session_number, extended_qc_normalise, fiber_tip, filter_and_dedup,
// session_data_validation, stage_counts, recording_projection.
#include "compute/photometry/catalog.hpp"
#include "compute/photometry/metadata.hpp"
#include "compute/photometry/session_validation.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace cp = compute::photometry;

std::optional<std::string> optional_text(const Json& value) {
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

Json text_json(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

Json texts_json(const std::vector<std::optional<std::string>>& texts) {
    Json out = Json::array();
    for (const auto& text : texts) out.push_back(text_json(text));
    return out;
}

/// A list of texts; null and whatever is no list as an empty one.
std::vector<std::string> texts_of(const Json& value) {
    std::vector<std::string> out;
    if (!value.is_array()) return out;
    for (const Json& item : value) out.push_back(optional_text(item).value_or(""));
    return out;
}

std::vector<std::optional<std::string>> optional_texts_of(const Json& value) {
    std::vector<std::optional<std::string>> out;
    if (!value.is_array()) return out;
    for (const Json& item : value) out.push_back(optional_text(item));
    return out;
}

/// Days since 1970-01-01 of a text that begins with YYYY-MM-DD; empty for any other.
std::optional<std::int64_t> day_of(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Seconds since 1970-01-01 of YYYY-MM-DD[THH:MM:SS[.f]]; empty for anything else.
std::optional<double> seconds_of(const Json& value) {
    const auto text = optional_text(value);
    if (!text) return std::nullopt;
    const auto day = day_of(*text);
    if (!day) return std::nullopt;
    int hour = 0;
    int minute = 0;
    double second = 0.0;
    if (text->size() > 10 &&
        std::sscanf(text->c_str() + 11, "%2d:%2d:%lf", &hour, &minute, &second) != 3) {
        return std::nullopt;
    }
    return static_cast<double>(*day) * 86400.0 + hour * 3600.0 + minute * 60.0 + second;
}

const Json& member(const Json& object, const char* name) {
    static const Json none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

// --- expected.json is a list of inputs with their results

/// Calls `answer(path, entry)` for each entry of the expected list; `inputs` are its members that
/// are given.
void for_each_entry(Run& run, const std::vector<std::string>& inputs, const auto& answer) {
    const Json list = run.expected_value("expected");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string path = "expected/" + std::to_string(i);
        for (const std::string& input : inputs) {
            if (run.expects(path + "/" + input)) run.is_input(path + "/" + input);
        }
        answer(path, list[i]);
    }
}

void metadata_validation(const Case& input, Run& run) {
    // fiber_lookup.json: "subject|region": side, null where the fibres do not agree.
    cp::FiberSides sides;
    const Json lookup = input.input("fiber_lookup");
    for (const auto& [key, side] : lookup.items()) {
        const auto bar = key.find('|');
        sides[{key.substr(0, bar), key.substr(bar + 1)}] = optional_text(side).value_or("");
    }
    for_each_entry(run, {"input"}, [&](const std::string& path, const Json& entry) {
        const Json& given = entry.at("input");
        const cp::SessionMetadata session{
            .subject = optional_text(member(given, "subject")).value_or(""),
            .strain = optional_text(member(given, "strain")),
            .line = optional_text(member(given, "line")),
            .neuromodulator = optional_text(member(given, "NM")),
            .brain_region = texts_of(member(given, "brain_region")),
            .hemisphere = texts_of(member(given, "hemisphere")),
            .start_s = seconds_of(member(given, "start_time")),
            .end_s = seconds_of(member(given, "end_time")),
            .task_protocol = optional_text(member(given, "task_protocol")).value_or(""),
            .datasets = texts_of(member(given, "datasets"))};
        const auto derived = cp::validate_metadata(session, sides, cp::reference_rules());
        Json errors = Json::array();
        for (const auto& error : derived.errors) errors.push_back(error.type);
        run.give(path + "/errors", errors);
        run.give(path + "/session_type", text_json(derived.session_type));
        run.give(path + "/target_NM", texts_json(derived.target_nm));
        run.give(path + "/session_length",
                 derived.session_length_s ? Json(*derived.session_length_s) : Json(nullptr));
    });
}

void nm_from_strain_line(const Case&, Run& run) {
    for_each_entry(run, {"strain", "line"}, [&](const std::string& path, const Json& entry) {
        run.give(path + "/NM", text_json(cp::neuromodulator_of(optional_text(entry.at("strain")),
                                                               optional_text(entry.at("line")),
                                                               cp::reference_rules())));
    });
}

void fiber_tip(const Case&, Run& run) {
    run.tolerance({1e-12, 0.0});
    for_each_entry(run, {"x", "y", "z", "depth", "theta", "phi"},
                   [&](const std::string& path, const Json& entry) {
                       const auto number = [&](const char* name) {
                           return as_number(entry.at(name)).value_or(nan);
                       };
                       const auto tip =
                           cp::fiber_tip({number("x"), number("y"), number("z")}, number("depth"),
                                         number("theta"), number("phi"));
                       run.give(path + "/tip", Json::array({tip.x, tip.y, tip.z}));
                   });
}

// --- catalogue

void catalog_repair(const Case& input, Run& run) {
    std::vector<cp::CatalogSession> sessions;
    for (const Json& row : input.input("sessions")) {
        sessions.push_back({.eid = row.at("eid").get<std::string>(),
                            .subject = row.at("subject").get<std::string>(),
                            .brain_region = texts_of(member(row, "brain_region")),
                            .hemisphere = optional_texts_of(member(row, "hemisphere")),
                            .target_nm = {},
                            .neuromodulator = std::nullopt});
    }
    const CsvText table = input.csv("fibers");
    const std::vector<double> x_ml = table.numbers("X-ml_um");
    std::vector<cp::Fiber> fibers;
    for (std::size_t i = 0; i < table.rows; ++i) {
        fibers.push_back({table.texts("subject")[i], table.texts("targeted_region")[i], x_ml[i]});
    }
    const auto give = [&](const std::string& stage, bool has_targets) {
        Json rows = Json::array();
        for (const auto& session : sessions) {
            Json row = {{"eid", session.eid},
                        {"subject", session.subject},
                        {"brain_region", Json(session.brain_region)},
                        {"hemisphere", texts_json(session.hemisphere)}};
            if (has_targets) {
                row["target_NM"] = texts_json(session.target_nm);
                row["NM"] = text_json(session.neuromodulator);
            }
            rows.push_back(row);
        }
        run.give(stage, rows);
    };
    cp::fill_from_subject(sessions);
    give("after_group_fill", false);
    cp::fill_from_fibers(sessions, fibers);
    give("after_fibers", false);
    cp::rename_regions(sessions, cp::reference_rules());
    give("after_fix", false);
    cp::derive_targets(sessions, cp::reference_rules());
    give("after_derive", true);
}

void day_and_session_number(const Case& input, Run& run) {
    const CsvText table = input.csv("sessions");
    std::vector<std::int64_t> dates;
    for (const std::string& start : table.texts("start_time")) {
        const auto day = day_of(start);
        if (!day) throw Error(ErrorKind::data, "'" + start + "' is no time", {}, "ValueError");
        dates.push_back(*day);
    }
    const auto numbers = cp::day_numbers(table.texts("subject"), dates);
    Json rows = Json::array();
    for (std::size_t i = 0; i < table.rows; ++i) {
        rows.push_back({{"eid", table.texts("eid")[i]},
                        {"subject", table.texts("subject")[i]},
                        {"start_time", table.texts("start_time")[i]},
                        {"day_n", numbers[i].day_n},
                        {"session_n", numbers[i].session_n}});
    }
    run.give("expected", rows);
}

void stage_counts(const Case& input, Run& run) {
    const CsvText table = input.csv("sessions");
    const auto session_n = table.numbers("session_n");
    std::vector<cp::StageSession> sessions;
    for (std::size_t i = 0; i < table.rows; ++i) {
        sessions.push_back(
            {table.texts("subject")[i], table.texts("session_type")[i], session_n[i]});
    }
    const auto number = [](const std::optional<std::size_t>& n) {
        return n ? Json(*n) : Json(nullptr);
    };
    Json rows = Json::array();
    for (const auto& row : cp::stage_counts(sessions)) {
        rows.push_back({{"subject", row.subject},
                        {"n_training", row.n_training},
                        {"n_biased", row.n_biased},
                        {"n_ephys", row.n_ephys},
                        {"sessions_to_biased", number(row.sessions_to_biased)},
                        {"biased_sessions_to_ephys", number(row.biased_sessions_to_ephys)}});
    }
    run.give("expected", rows);
}

/// The named variants of the case: the default filter, and what each changes in it.
cp::SessionFilter filter_variant(const std::string& name, const Case& input) {
    cp::SessionFilter filter = cp::reference_filter();
    if (name == "biased_ephys") filter.session_types = {"biased", "ephys"};
    if (name == "no_filters") filter = {};
    if (name == "all_targets") {
        filter.targets->clear();
        for (const auto& [target, nm] : cp::reference_rules().target_neuromodulator) {
            filter.targets->push_back(target + "-" + nm);
        }
    }
    if (name == "perf") {
        filter.min_performance = cp::MinPerformance{
            .overall = input.number_param("min_performance", 0.8), .by_type = {}};
    }
    return filter;
}

void filter_and_dedup(const Case& input, Run& run) {
    std::vector<cp::GroupSession> sessions;
    for (const Json& row : input.input("sessions")) {
        const Json& contrasts = member(row, "contrasts");
        sessions.push_back(
            {.eid = row.at("eid").get<std::string>(),
             .subject = row.at("subject").get<std::string>(),
             .day_n = static_cast<std::int64_t>(as_number(member(row, "day_n")).value_or(0.0)),
             .date = day_of(optional_text(member(row, "start_time")).value_or("")).value_or(0),
             .session_type = optional_text(member(row, "session_type")).value_or(""),
             .lab = optional_text(member(row, "lab")).value_or(""),
             .brain_region = texts_of(member(row, "brain_region")),
             .hemisphere = optional_texts_of(member(row, "hemisphere")),
             .target_nm = optional_texts_of(member(row, "target_NM")),
             .logged_errors = texts_of(member(row, "logged_errors")),
             .fraction_correct = as_number(member(row, "fraction_correct")).value_or(nan),
             .contrasts = contrasts.is_array() ? std::optional(as_numbers(contrasts, "contrasts"))
                                               : std::nullopt});
    }
    for (const auto& [name, output] : run.expected()) {
        if (name.starts_with("dedup_")) continue;
        const cp::SessionFilter filter = filter_variant(name, input);
        const auto is_passing = cp::passing_sessions(sessions, filter);
        Json passing = Json::array();
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            if (is_passing[i]) passing.push_back(sessions[i].eid);
        }
        Json recordings = Json::array();
        for (const auto& recording : cp::recordings_of(sessions, is_passing, filter)) {
            recordings.push_back(
                Json::array({recording.eid, text_json(recording.target_nm), recording.fiber_idx}));
        }
        run.give(name, {{"sessions", passing}, {"recordings", recordings}});
    }
    const auto resolved = cp::resolve_duplicates(sessions, cp::duplicate_disqualifiers());
    std::vector<std::string> kept;
    for (const std::size_t row : resolved.kept) kept.push_back(sessions[row].eid);
    std::ranges::sort(kept);  // the case lists them by name
    run.give("dedup_kept", Json(kept));
    Json errors = Json::array();
    for (const std::size_t row : resolved.true_duplicates) {
        errors.push_back(Json::array({sessions[row].eid, "TrueDuplicateSession"}));
    }
    run.give("dedup_errors", errors);
}

void recording_projection(const Case& input, Run& run) {
    const Json rows = as_rows(run.expected_value("expected"));
    Json out = Json::array();
    for (const Json& row : rows) {
        const auto number = [&](const char* name) {
            const Json& cell = member(row, name);
            return cell.is_string() ? std::stod(cell.get<std::string>())
                                    : as_number(cell).value_or(nan);
        };
        const auto projection = cp::recording_projection(
            number("n_analysis_ready"), number("n_total"), input.number_param("target_n", 40.0),
            input.number_param("capacity_per_day", 16.0));
        out.push_back({{"target_NM", row.at("target_NM")},
                       {"n_analysis_ready", number("n_analysis_ready")},
                       {"n_total", number("n_total")},
                       {"yield_rate", projection.yield_rate},
                       {"shortfall", projection.shortfall},
                       {"effective_sessions_needed", projection.effective_sessions_needed},
                       {"recording_days_needed", projection.recording_days_needed},
                       {"days_available", number("days_available")}});  // a date less the day's
    }
    run.give("expected", out);
}

// --- extended quality control

cp::QcScalar scalar_of(const Json& value) {
    if (value.is_null()) return std::monostate{};
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) return value.get<std::string>();
    throw Error(ErrorKind::data, "extended quality control holds an object", {}, "ValueError");
}

Json scalar_json(const cp::QcScalar& value) {
    if (std::holds_alternative<std::monostate>(value)) return nullptr;
    return std::visit(
        [](const auto& held) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                return nullptr;
            } else {
                return Json(held);
            }
        },
        value);
}

void extended_qc_normalise(const Case& input, Run& run) {
    cp::QcEntries entries;
    const Json extended = input.input("extended_qc");
    for (const auto& [key, value] : extended.items()) {
        cp::QcValue qc;
        if (value.is_array()) {
            qc.is_list = true;
            for (const Json& item : value) qc.list.push_back(scalar_of(item));
        } else {
            qc.scalar = scalar_of(value);
        }
        entries.emplace_back(key, std::move(qc));
    }
    if (run.expects("eid")) run.is_input("eid");
    const auto rows = cp::normalise_extended_qc(scalar_of(input.input("qc")), entries);
    for (const auto& [key, value] : rows) {
        if (!value.is_list) {
            run.give(key, scalar_json(value.scalar));
            continue;
        }
        Json list = Json::array();
        for (const auto& item : value.list) list.push_back(scalar_json(item));
        run.give(key, list);
    }
}

// --- checks of data

Json type_json(const cp::Finding& finding) {
    return finding ? Json(finding->type) : Json(nullptr);
}

/// Times of n trials of which a share is there, the extremum among them.
std::vector<double> times_with(std::size_t n, double share, double extremum, double step) {
    std::vector<double> times(n, nan);
    if (std::isnan(extremum)) return times;
    const auto present = static_cast<std::size_t>(std::llround(share * static_cast<double>(n)));
    for (std::size_t i = 0; i < present; ++i)
        times[n - 1 - i] = extremum + step * static_cast<double>(i);
    return times;
}

void session_data_validation(const Case&, Run& run) {
    const std::vector<std::string> inputs = {"case",
                                             "n",
                                             "photometry",
                                             "stim_min",
                                             "feedback_max",
                                             "stim_complete",
                                             "feedback_complete",
                                             "qc",
                                             "columns",
                                             "brain_region",
                                             "shares"};
    for_each_entry(run, inputs, [&](const std::string& path, const Json& entry) {
        const std::string kind = entry.at("case").get<std::string>();
        const auto number = [&](const Json& object, const char* name) {
            return as_number(member(object, name)).value_or(nan);
        };
        if (kind == "raw_qc") {
            const Json& qc = entry.at("qc");
            return run.give(path + "/result",
                            type_json(cp::check_raw_qc(
                                static_cast<std::int64_t>(number(qc, "n_band_inversions")),
                                static_cast<std::int64_t>(number(qc, "n_early_samples")))));
        }
        if (kind == "few_unique") {
            // The case names no values: one signal below the threshold of 0.1, one above.
            std::vector<cp::UniqueSamples> signals = {{"VTA-l", "GCaMP", 0.05},
                                                      {"VTA-l", "Isosbestic", 0.9}};
            if (entry.contains("shares")) {
                signals.clear();
                for (const double share : as_numbers(entry.at("shares"), "shares"))
                    signals.push_back({"VTA-l", "GCaMP", share});
            }
            return run.give(path + "/result", type_json(cp::check_unique_samples(signals)));
        }
        if (kind == "column_mapping") {
            const auto mapping = cp::map_columns_to_regions(texts_of(entry.at("columns")),
                                                            texts_of(entry.at("brain_region")));
            run.give(path + "/result", type_json(mapping.error));
            return run.give(path + "/renamed", Json(mapping.columns));
        }
        const auto n = static_cast<std::size_t>(number(entry, "n"));
        const auto stim_on =
            times_with(n, number(entry, "stim_complete"), number(entry, "stim_min"), 5.0);
        const auto feedback =
            times_with(n, number(entry, "feedback_complete"), number(entry, "feedback_max"), -5.0);
        const std::vector<cp::EventTimes> events = {{"stimOn_times", stim_on},
                                                    {"feedback_times", feedback}};
        const auto photometry = as_numbers(entry.at("photometry"), "photometry");
        run.give(path + "/n_trials", type_json(cp::check_n_trials(n)));
        run.give(path + "/events", type_json(cp::check_event_completeness(events)));
        run.give(path + "/in_time", type_json(cp::check_trials_in_photometry(
                                        stim_on, feedback, photometry.at(0), photometry.at(1))));
    });
}

const Registration r1("photometry.metadata_validation", &metadata_validation);
const Registration r2("photometry.nm_from_strain_line", &nm_from_strain_line);
const Registration r3("photometry.catalog_repair", &catalog_repair);
const Registration r4("photometry.day_and_session_number", &day_and_session_number);
const Registration r5("photometry.extended_qc_normalise", &extended_qc_normalise);
const Registration r6("photometry.fiber_tip", &fiber_tip);
const Registration r7("photometry.filter_and_dedup", &filter_and_dedup);
const Registration r8("photometry.session_data_validation", &session_data_validation);
const Registration r9("photometry.stage_counts", &stage_counts);
const Registration r10("photometry.recording_projection", &recording_projection);

}  // namespace

}  // namespace tb::vectors
