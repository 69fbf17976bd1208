#include "tests/vectors/cohort.hpp"

#include "ingest/load/choice/choice_paradigm.hpp"
#include "ingest/load/ingest_run.hpp"
#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"
#include "src/populate/worker.hpp"
#include "trialbase/choice_session.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tb::vectors {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

/// The files of a cohort, as a case names them.
struct CohortFiles {
    fs::path labs, users, projects, subjects, sessions, trials;
};

/// A column of the cohort's trials, and the dataset that a rig's session would have it in.
struct TrialColumn {
    const char* csv;
    const char* dataset;
    std::vector<double> ChoiceTrials::*values;
    /// The reference stores it in single precision (spec/ibl_behavior.md, D17), which its medians
    /// of reaction times show: for the comparison it is loaded so.
    bool is_single_precision = false;
};

constexpr TrialColumn trial_files[] = {
    {"intervals_0", "intervals", &ChoiceTrials::start_s},
    {"intervals_1", "intervals", &ChoiceTrials::end_s},
    {"response_times", "response_times", &ChoiceTrials::response_s},
    {"choice", "choice", &ChoiceTrials::choice},
    {"stimOn_times", "stimOn_times", &ChoiceTrials::stim_on_s},
    {"goCueTrigger_times", "goCueTrigger_times", &ChoiceTrials::go_cue_trigger_s, true},
    {"goCue_times", "goCue_times", &ChoiceTrials::go_cue_s, true},
    {"feedback_times", "feedback_times", &ChoiceTrials::feedback_s},
    {"feedbackType", "feedbackType", &ChoiceTrials::feedback_type},
    {"contrastLeft", "contrastLeft", &ChoiceTrials::contrast_left},
    {"contrastRight", "contrastRight", &ChoiceTrials::contrast_right},
    {"probabilityLeft", "probabilityLeft", &ChoiceTrials::probability_left},
    {"rewardVolume", "rewardVolume", &ChoiceTrials::reward_volume_ul},
    {"repNum", "repNum", &ChoiceTrials::rep_num},
    {"itiDuration", "itiDuration", &ChoiceTrials::iti_s},
    {"included", "included", &ChoiceTrials::included},
};

Texts split(const std::string& list) {
    Texts parts;
    for (std::size_t begin = 0; begin < list.size();) {
        const auto end = std::min(list.find(';', begin), list.size());
        if (end > begin) parts.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::optional<std::string> if_told(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// The trials of the rows [begin, end), and the datasets that hold them. A dataset without any
/// value is a file that is not there.
void set_trials(ChoiceSession& session, const CsvText& csv, std::size_t begin, std::size_t end) {
    ChoiceTrials& trials = session.trials;
    trials.count = end - begin;
    for (const TrialColumn& column : trial_files) {
        if (!csv.has(column.csv)) continue;
        const std::vector<double> all = csv.numbers(column.csv);
        std::vector<double> values(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                   all.begin() + static_cast<std::ptrdiff_t>(end));
        if (std::ranges::all_of(values, [](double value) { return std::isnan(value); })) continue;
        if (column.is_single_precision) {
            for (double& value : values) value = static_cast<double>(static_cast<float>(value));
        }
        trials.*column.values = std::move(values);
        const std::string name = fmt::format("_ibl_trials.{}.npy", column.dataset);
        if (!session.files.empty() && session.files.back().name == name) continue;
        SessionFile file;
        file.path = "alf/" + name;
        file.collection = "alf";
        file.name = name;
        file.dataset_type = fmt::format("trials.{}", column.dataset);
        file.extension = "npy";
        file.size_bytes = 8 * trials.count;
        file.is_used = true;
        session.files.push_back(std::move(file));
    }
    session.is_whole = true;
}

class CohortSession : public load::SessionToRead {
  public:
    explicit CohortSession(ChoiceSession session) : session_(std::move(session)) {
        source = session_.source;
        identifier = session_.identifier();
        lab = session_.lab;
        subject = session_.subject_identifier();
        origin = session_.origin;
    }
    [[nodiscard]] std::unique_ptr<SessionRecord> read() const override {
        return std::make_unique<ChoiceSession>(session_);
    }

  private:
    ChoiceSession session_;
};

class CohortSource : public load::SessionSource {
  public:
    explicit CohortSource(CohortFiles files)
        : files_(std::move(files)), places_{files_.sessions, files_.trials} {}

    [[nodiscard]] const load::Paradigm& paradigm() const override {
        return load::choice_paradigm();
    }
    [[nodiscard]] std::string name() const override { return "ibl"; }
    [[nodiscard]] const std::vector<fs::path>& places() const override { return places_; }

    void find(load::SessionSink& sink) override {
        const CsvText sessions = read_csv_text(files_.sessions);
        const CsvText subjects = read_csv_text(files_.subjects);
        const CsvText trials = read_csv_text(files_.trials);
        std::map<std::string, std::string> nickname;
        for (std::size_t i = 0; i < subjects.rows; ++i)
            nickname[subjects.texts("subject_uuid")[i]] = subjects.texts("subject_nickname")[i];
        std::map<std::size_t, std::pair<std::size_t, std::size_t>> rows;  // [begin, end) by session
        const std::vector<double> session_row = trials.numbers("session_row");
        for (std::size_t i = 0; i < trials.rows; ++i) {
            auto& [begin, end] =
                rows.try_emplace(static_cast<std::size_t>(session_row[i]), i, i).first->second;
            if (end != i)
                throw Error(ErrorKind::data, "trials of a session do not follow each other");
            end = i + 1;
        }
        for (std::size_t i = 0; i < sessions.rows; ++i) {
            const auto text = [&](const char* column) { return sessions.texts(column)[i]; };
            if (text("stim_on") == "none") continue;
            ChoiceSession session;
            session.own_identifier = text("session_uuid");
            session.own_subject_identifier = text("subject_uuid");
            session.lab = text("session_lab");
            session.subject = nickname.at(text("subject_uuid"));
            session.date = text("session_start_time").substr(0, 10);
            session.number = text("session_number");
            session.origin = files_.sessions.string();
            session.start_time = if_told(text("session_start_time"));
            session.end_time = if_told(text("session_end_time"));
            session.task_protocol = if_told(text("task_protocol"));
            session.rig_name = if_told(text("pybpod_board"));
            const double delay_s = sessions.numbers("session_delay_sec")[i];
            if (!std::isnan(delay_s)) session.session_delay_s = delay_s;
            session.users = split(text("users"));
            session.projects = split(text("session_project"));
            const auto found = rows.find(i + 1);
            if (found != rows.end())
                set_trials(session, trials, found->second.first, found->second.second);
            sink.found(std::make_unique<CohortSession>(std::move(session)));
        }
    }

  private:
    CohortFiles files_;
    std::vector<fs::path> places_;
};

/// A CSV file as one JSON parameter: an array of objects of texts, an empty cell as null.
std::string json_of(const fs::path& file) {
    const CsvText csv = read_csv_text(file);
    Json rows = Json::array();
    for (std::size_t i = 0; i < csv.rows; ++i) {
        Json row = Json::object();
        for (const std::string& name : csv.names) {
            const std::string& cell = csv.texts(name)[i];
            row[name] = cell.empty() ? Json() : Json(cell);
        }
        rows.push_back(std::move(row));
    }
    return rows.dump();
}

/// The rows that a colony database gives before any file is loaded.
void add_colony_rows(db::Session& session, const CohortFiles& files) {
    const auto add = [&](const fs::path& file, const char* sql) {
        session.exec({file.filename().string(), sql}, db::Params().text(json_of(file)));
    };
    session.begin();
    add(files.labs,
        "insert into core.lab (lab_name, lab_id, institution, institution_short, address, "
        "time_zone, reference_weight_fraction, zscore_weight_fraction) "
        "select lab_name, lab_uuid, institution, institution_short, address, time_zone, "
        "reference_weight_pct, zscore_weight_pct from jsonb_to_recordset($1::jsonb) as r "
        "(lab_name text, lab_uuid uuid, institution text, institution_short text, address text, "
        "time_zone text, reference_weight_pct float8, zscore_weight_pct float8)");
    add(files.users,
        "insert into core.member (user_name, member_id) select user_name, user_uuid "
        "from jsonb_to_recordset($1::jsonb) as r (user_name text, user_uuid uuid)");
    add(files.projects,
        "insert into core.project (project_name, project_id) select project_name, project_uuid "
        "from jsonb_to_recordset($1::jsonb) as r (project_name text, project_uuid uuid)");
    add(files.subjects,
        "with given as materialized (select * from jsonb_to_recordset($1::jsonb) as r "
        "(subject_uuid uuid, subject_nickname text, sex text, subject_birth_date date, lab_name "
        "text, death_date date, subject_project text, responsible_user text)), "
        "subject as (insert into core.subject (subject_id, lab_name, nickname, sex, birth_date, "
        "death_date, responsible_user) select subject_uuid, lab_name, subject_nickname, "
        "coalesce(sex, 'U'), subject_birth_date, death_date, responsible_user from given), "
        "alias as (insert into core.subject_alias (source, identifier, subject_id) "
        "select 'ibl', subject_uuid::text, subject_uuid from given) "
        "insert into core.subject_project (subject_id, project_name) select subject_uuid, project "
        "from given cross join regexp_split_to_table(subject_project, ';') as project "
        "where project <> ''");
    add(files.sessions,
        "with given as materialized (select * from jsonb_to_recordset($1::jsonb) as r "
        "(session_uuid uuid, subject_uuid uuid, session_start_time timestamp, session_end_time "
        "timestamp, session_number integer, task_protocol text, session_lab text, "
        "session_location text, session_project text, users text)), "
        "place as (insert into core.place (lab_name, place_name) select distinct session_lab, "
        "session_location from given where session_location is not null), "
        "session as (insert into core.session (session_id, subject_id, lab_name, session_date, "
        "session_number, start_time, end_time, place_lab_name, place_name, task_protocol, source) "
        "select session_uuid, subject_uuid, lab_name, session_start_time::date, session_number, "
        "session_start_time at time zone coalesce(time_zone, 'UTC'), "
        "case when session_end_time >= session_start_time then session_end_time end "
        "at time zone coalesce(time_zone, 'UTC'), "
        "case when session_location is not null then session_lab end, session_location, "
        "task_protocol, 'ibl' from given join core.lab on lab_name = session_lab), "
        "alias as (insert into core.session_alias (source, identifier, session_id) "
        "select 'ibl', session_uuid::text, session_uuid from given), "
        "project as (insert into core.session_project (session_id, project_name) "
        "select session_uuid, project from given cross join "
        "regexp_split_to_table(session_project, ';') as project where project <> '') "
        "insert into core.session_member (session_id, user_name) select session_uuid, user_name "
        "from given cross join regexp_split_to_table(users, ';') as user_name "
        "where user_name <> ''");
    session.commit();
}

void load_trials(const db::ConnectOptions& connect, const CohortFiles& files) {
    CohortSource source(files);
    load::RunOptions options;
    options.jobs = 2;
    options.connect = [&] { return db::Session(connect); };
    const load::IngestSummary summary = load::ingest_sessions(source, options);
    if (!summary.failures.empty()) {
        const load::Failure& first = summary.failures.front();
        throw Error(ErrorKind::data,
                    fmt::format("{} sessions of the cohort were not loaded; {}: {}",
                                summary.failures.size(), first.identifier, first.message));
    }
}

void populate_tables(const db::ConnectOptions& connect, const Texts& tables,
                     const std::string& where) {
    populate::WorkerOptions worker;
    worker.connect = connect;
    worker.registry = &computed_tables();
    worker.tables = tables;
    worker.where = where;
    populate::Counters counters;
    spdlog::set_level(spdlog::level::warn);  // a line per key else
    populate::run_worker(worker, counters);
    if (counters.errors == 0) return;
    db::Session session(connect);
    const Json errors = rows_of(session, "select * from analysis.error limit 1");
    throw Error(ErrorKind::data, fmt::format("{} keys of the cohort were not computed: {}",
                                             counters.errors.load(), errors.dump()));
}

/// The server of this run and the cohorts that are loaded, by the file of their trials.
class Cohorts {
  public:
    db::Session& of(const CohortFiles& files) {
        auto& held = loaded_[fs::weakly_canonical(files.trials).string()];
        if (!held) held = load(files);
        return *held;
    }

  private:
    std::unique_ptr<db::Session> load(const CohortFiles& files) {
        if (!server_) server_ = std::make_unique<db::EphemeralServer>();
        const std::string name = fmt::format("cohort_{}", loaded_.size());
        {
            db::Session admin({server_->conninfo(), "trialbase vectors", {}});
            admin.exec({"create cohort", "create database " + name});
        }
        const db::ConnectOptions connect{server_->conninfo(name), "trialbase vectors", {}};
        auto session = std::make_unique<db::Session>(connect);
        db::MigrateOptions migration;
        migration.program_version = "vectors";
        for (const ComputedTable& table : computed_tables())
            migration.code_versions.push_back({table.name, table.code_version});
        db::migrate(*session, db::program_schema(), migration);
        add_colony_rows(*session, files);
        load_trials(connect, files);
        populate_tables(connect,
                        {"task.session_performance", "task.trial_tally", "task.training_history",
                         "task.daily_summary"},
                        {});
        populate_tables(connect, {"task.psychometric_fit"}, "params_id = 'status'");
        populate_tables(connect, {"task.reaction_time"}, {});
        return session;
    }

    std::unique_ptr<db::EphemeralServer> server_;  // outlives the sessions
    std::map<std::string, std::unique_ptr<db::Session>> loaded_;
};

}  // namespace

db::Session& cohort_database(const Case& input) {
    static Cohorts cohorts;
    return cohorts.of({.labs = input.path_of("labs"),
                       .users = input.path_of("users"),
                       .projects = input.path_of("projects"),
                       .subjects = input.path_of("subjects"),
                       .sessions = input.path_of("sessions"),
                       .trials = input.path_of("trials")});
}

Json rows_of(db::Session& session, const std::string& statement) {
    const auto result = session.exec(
        {"vectors", "select to_json(answer)::text from (" + statement + ") as answer"});
    Json rows = Json::array();
    for (std::size_t i = 0; i < result.rows(); ++i)
        rows.push_back(Json::parse(result.get<std::string>(i, std::size_t{0})));
    return rows;
}

}  // namespace tb::vectors
