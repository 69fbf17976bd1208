// The tables and answers of the tutorial's warehouse over a cohort: what the shipped views and
// named queries give, compared with what the reference gave. Source: spec/ibl_behavior.md, 1.6,
// 2, 3.1, 9.

#include "app/cli/query.hpp"
#include "compute/task/psychometric_model.hpp"
#include "compute/task/psychometric_points.hpp"
#include "tests/vectors/cohort.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::vectors {
namespace {

using Texts = std::vector<std::string>;

/// Tolerances of the columns of an output's rows, as the case names them.
Tolerance column_tolerance(const Json& spec, const std::string& column) {
    Tolerance tolerance;
    for (const auto& [name, value] :
         {std::pair{"rtol", &tolerance.rtol}, std::pair{"atol", &tolerance.atol}}) {
        if (!spec.contains(name) || !spec.at(name).contains(column)) continue;
        *value = spec.at(name).at(column).get<double>();
        tolerance.for_integers = true;
    }
    return tolerance;
}

/// The rows of either side must have their partners. Without a key in the case, the columns without
/// a tolerance are one: rows in any order.
void judge_rows(Run& run, const Json& ours) {
    const ExpectedOutput& output = run.expected().at("rows");
    const Json spec = run.input_case().document().at("expected").at("rows");
    const Json want = as_rows(output.value);
    Texts key = output.key;
    if (key.empty()) {
        for (const auto& [column, cells] : output.value.items()) {
            if (!spec.contains("rtol") || !spec.at("rtol").contains(column)) key.push_back(column);
        }
    }
    ComparisonRules rules;
    rules.text_cells = true;
    rules.skip = [](const std::string&) { return false; };
    rules.tolerance = [&](const std::string& path) {
        return column_tolerance(spec, path.substr(path.rfind('/') + 1));
    };
    const auto found = compare_rows(want, ours, key, "rows", rules);
    run.judge(
        "rows", !found,
        found ? fmt::format("{}: {} (worst of {})", found->path, found->detail, found->count) : "");
}

/// A table of the reference as our views give it.
std::string table_statement(const std::string& table) {
    static const std::map<std::string, std::string> statements = {
        {"complete_trial_session", "select * from analysis.ibl_complete_trial_session"},
        {"trial_set",
         "select *, (select count(*) from analysis.ibl_trial where ibl_trial.session_uuid = "
         "ibl_trial_set.session_uuid) as n_trial_rows from analysis.ibl_trial_set"},
        {"psych_contrasts",
         "select *, reaction_time_stim as median_reaction_time from "
         "analysis.ibl_psych_contrast"},
        {"psych_contrasts_block",
         "select *, reaction_time_stim as median_reaction_time from "
         "analysis.ibl_psych_contrast_block"},
        {"session_training_status",
         "select subject_uuid, session_start_time, session_uuid, replace(published.status, ' ', "
         "'_') as training_status, good_enough_for_brainwide_map "
         "from analysis.ibl_session_training_status join task.training_status as published "
         "on published.session_id = session_uuid and criteria_set = 'warehouse_published'"},
        {"behavioral_summary_by_date", "select * from analysis.ibl_behavioral_summary_by_date"},
        {"by_date_contrasts",
         "select *, reaction_time_stim as median_reaction_time from "
         "analysis.ibl_behavioral_summary_by_date_contrast"},
        {"psych_results", "select * from analysis.ibl_psych_results"},
        {"psych_results_block", "select * from analysis.ibl_psych_results_block"},
        {"by_date_psych_results",
         "select * from analysis.ibl_behavioral_summary_by_date_psych_results"},
    };
    const auto found = statements.find(table);
    if (found == statements.end()) throw Error(ErrorKind::data, "no view for table " + table);
    return found->second;
}

/// A query's rows with times of day as the cohort writes them.
Json plain_rows(db::Session& session, const std::string& statement) {
    Json rows = rows_of(session, statement);
    for (Json& row : rows) {
        for (auto& [name, value] : row.items()) {
            if (!name.ends_with("_time") || !value.is_string()) continue;
            auto text = value.get<std::string>();
            if (text.size() >= 19 && text[10] == 'T') text[10] = ' ';
            value = text;
        }
    }
    return rows;
}

void warehouse_table(const Case& input, Run& run) {
    judge_rows(run, plain_rows(cohort_database(input), table_statement(input.text_param("table"))));
}

/// A table of fits: which of our columns its rows are known by, and the points that were fitted.
struct FitTable {
    Texts key;
    std::string points;
};

const FitTable& fit_table(const std::string& table) {
    static const std::map<std::string, FitTable> tables = {
        {"psych_results",
         {{"session_uuid"},
          "select *, reaction_time_stim as median_reaction_time from "
          "analysis.ibl_psych_contrast"}},
        {"psych_results_block",
         {{"session_uuid", "prob_left_block"},
          "select *, reaction_time_stim as median_reaction_time from "
          "analysis.ibl_psych_contrast_block"}},
        {"by_date_psych_results",
         {{"subject_uuid", "session_date", "prob_left_block"},
          "select *, reaction_time_stim as median_reaction_time from "
          "analysis.ibl_behavioral_summary_by_date_contrast"}},
    };
    const auto found = tables.find(table);
    if (found == tables.end()) throw Error(ErrorKind::data, "no fits for table " + table);
    return found->second;
}

std::string key_of(const Json& row, const Texts& key) {
    std::string text;
    for (const std::string& column : key) {
        const Json& cell = row.at(column);
        text += (cell.is_string() ? cell.get<std::string>() : cell.dump()) + ",";
    }
    return text;
}

double number_at(const Json& row, const std::string& column) {
    const Json& cell = row.at(column);
    if (!cell.is_string()) return as_number(cell).value_or(nan);
    const auto text = cell.get<std::string>();
    return text.empty() ? nan : std::stod(text);
}

constexpr auto fitted_model = compute::task::PsychometricModel::erf_psycho_2gammas;

/// Whether the likelihood tells these parameters apart: it does not where they predict the same at
/// every contrast shown, or where ours are clearly likelier. The reference calls a fit identified
/// when its own starts agree, which they also do on a plateau that all of them reach alike.
bool is_told_apart(const std::vector<double>& ours, const std::vector<double>& theirs,
                   const compute::task::PsychometricPoints& points) {
    namespace task = compute::task;
    if (task::negative_log_likelihood(fitted_model, theirs, points) >
        task::negative_log_likelihood(fitted_model, ours, points) + 1e-3)
        return false;
    const auto by_ours = task::psychometric_function(fitted_model, ours, points.x);
    const auto by_theirs = task::psychometric_function(fitted_model, theirs, points.x);
    for (std::size_t i = 0; i < by_ours.size(); ++i) {
        if (std::abs(by_ours[i] - by_theirs[i]) > 2e-3) return true;
    }
    return false;
}

/// Our cost must not exceed the best that the reference found by more than the slack; parameters
/// are compared where the likelihood pins them, the other columns everywhere.
void warehouse_fit_table(const Case& input, Run& run) {
    namespace task = compute::task;
    db::Session& session = cohort_database(input);
    const std::string name = input.text_param("table");
    const FitTable& table = fit_table(name);
    const Json spec = input.document().at("expected").at("rows");
    const double slack = input.number_param("nll_slack");

    std::map<std::string, task::PsychometricPoints> points;
    for (const Json& row : plain_rows(session, table.points)) {
        task::PsychometricPoints& of_key = points[key_of(row, table.key)];
        of_key.x.push_back(100.0 * number_at(row, "signed_contrast"));
        of_key.n.push_back(number_at(row, "n_trials_stim"));
        of_key.p.push_back(number_at(row, "prob_choose_right"));
    }
    std::map<std::string, Json> ours;
    for (Json& row : plain_rows(session, table_statement(name)))
        ours.emplace(key_of(row, table.key), row);

    Texts wrong;
    const Json want_rows = as_rows(run.expected().at("rows").value);
    for (const Json& want : want_rows) {
        const std::string key = key_of(want, table.key);
        const auto found = ours.find(key);
        if (found == ours.end()) {
            wrong.push_back(key + " missing among ours");
            continue;
        }
        const Json& got = found->second;
        const std::vector parameters = {number_at(got, "bias"), number_at(got, "threshold"),
                                        number_at(got, "lapse_low"), number_at(got, "lapse_high")};
        const double nll = task::negative_log_likelihood(fitted_model, parameters, points.at(key));
        if (!(nll <= number_at(want, "nll_best") + slack))
            wrong.push_back(fmt::format("{} cost {}, want at most {}", key, nll,
                                        number_at(want, "nll_best") + slack));
        const auto require_near = [&](const std::string& column, double wanted, Tolerance within) {
            const double value = number_at(got, column);
            if (std::isnan(value) && std::isnan(wanted)) return;
            if (std::abs(value - wanted) <= within.atol + within.rtol * std::abs(wanted)) return;
            wrong.push_back(fmt::format("{} {}: got {}, want {}", key, column, value, wanted));
        };
        const std::vector theirs = {number_at(want, "bias_best"), number_at(want, "threshold_best"),
                                    number_at(want, "lapse_low_best"),
                                    number_at(want, "lapse_high_best")};
        if (number_at(want, "identified") == 1.0 &&
            is_told_apart(parameters, theirs, points.at(key))) {
            for (const auto& [column, atol] : spec.at("atol_identified").items())
                require_near(column, number_at(want, column + "_best"), {0.0, atol.get<double>()});
        }
        if (spec.contains("rtol")) {
            for (const auto& [column, rtol] : spec.at("rtol").items())
                require_near(column, number_at(want, column), {rtol.get<double>(), 0.0});
        }
    }
    if (ours.size() > want_rows.size())
        wrong.push_back(fmt::format("{} rows, want {}", ours.size(), want_rows.size()));
    run.judge("rows", wrong.empty(),
              fmt::format("{} differ, first {}", wrong.size(), wrong.empty() ? "" : wrong.front()));
}

/// How a question of the reference is asked here: a named query, its parameters, and its columns
/// under the reference's names (`q` is the query's answer).
struct Question {
    std::string query;
    std::map<std::string, std::string, std::less<>> values;
    std::string columns;
    std::string joined;  ///< what gives the reference's key of a session
};

const std::string session_key = "join analysis.ibl_session using (session_uuid)";

/// Parts of a name between its underscores.
Texts words_of(const std::string& name) {
    Texts words(1);
    for (const char c : name) {
        if (c == '_')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

/// Questions whose names hold their parameters: paper_subjects_<criterion>,
/// paper_sessions_<task>[_stable], paper_around_<criterion>_<before>_<after>_<days|sessions>.
std::optional<Question> paper_question(const std::string& name) {
    const Texts words = words_of(name);
    if (words.size() < 3 || words[0] != "paper") return std::nullopt;
    // The golden tables hold the statuses as they were published (spec/ibl_behavior.md, 3.1).
    Question question{.query = {},
                      .values = {{"criteria_set", "warehouse_published"}},
                      .columns = {},
                      .joined = {}};
    if (words[1] == "subjects") {
        question.query = "paper_subjects";
        question.values["criterion"] = words[2];
        question.columns =
            "subject_id as subject_uuid, lab_name, project_name as subject_project, "
            "subject_nickname, sex, birth_date as subject_birth_date, institution_short, "
            "criterion_date as date_trained";
        return question;
    }
    if (words[1] == "sessions") {
        question.query = "paper_sessions";
        question.values["task"] = words[2];
        question.values["stable"] = words.back() == "stable" ? "true" : "false";
        question.columns =
            "subject_uuid, session_start_time, lab_name, project_name as subject_project, "
            "session_uuid";
        question.joined = session_key;
        return question;
    }
    if (words[1] != "around" || words.size() != 6) return std::nullopt;
    question.values["criterion"] = words[2];
    question.values["before"] = words[3];
    question.values["after"] = words[4];
    if (words[5] == "days") {
        question.query = "paper_days_around";
        question.columns =
            "subject_id as subject_uuid, session_date, day_of_criterion as day_of_crit, "
            "subject_nickname";
    } else {
        question.query = "paper_sessions_around";
        question.columns = "subject_uuid, session_start_time, session_uuid";
        question.joined = session_key;
    }
    return question;
}

Question question_of(const Case& input) {
    const std::string name = input.text_param("query");
    if (const auto found = paper_question(name)) return *found;
    // Dates that no case tells: those that the answers of the cohort were made with.
    const auto date = [&](const char* param, const char* otherwise) {
        return input.has_param(param) ? input.text_param(param) : std::string(otherwise);
    };
    static const std::string subject = "subject_id as subject_uuid, subject_nickname";
    const std::map<std::string, Question> questions = {
        {"seed_subjects",
         {"subjects_by_lab",
          {},
          "subject_id as subject_uuid, lab_name, subject_nickname, sex, birth_date as "
          "subject_birth_date, time_zone",
          {}}},
        {"seed_sessions",
         {"session_users",
          {{"criteria_set", "warehouse_published"},
           {"include_without_person", "false"},
           {"include_inferred", "false"}},
          "subject_uuid, session_start_time, user_name, n_trials, performance_easy, "
          "replace(training_status, ' ', '_') as training_status, "
          "case when not is_duration_from_trials then duration_s end as session_duration_s",
          session_key}},
        {"q_hour_of_day", {"sessions_by_hour", {{"by_lab", "false"}}, "hour, n_sessions as n", {}}},
        {"q_hour_of_day_by_lab", {"sessions_by_hour", {}, "lab_name, hour, n_sessions as n", {}}},
        {"q_sessions_per_lab", {"sessions_per_lab", {}, "lab_name, n_sessions as n", {}}},
        {"q_sessions_per_user", {"sessions_per_user", {}, "user_name, n_sessions as n", {}}},
        {"q_sessions_per_subject", {"sessions_per_subject", {}, subject + ", n_sessions as n", {}}},
        {"q_performance_by_session_ordinal",
         {"performance_by_session_ordinal",
          {{"include_inferred", "false"}, {"only_joined", "true"}},
          "session_ordinal as ordinal, n_sessions as n_subjects, mean_performance_easy",
          {}}},
        {"q_born_between",
         {"born_between",
          {{"since", date("since", "2019-02-01")}, {"until", date("until", "2019-04-30")}},
          subject,
          {}}},
        {"q_alive", {"subjects_alive", {}, subject, {}}},
        {"q_dead", {"subjects_alive", {{"alive", "false"}}, subject, {}}},
        {"q_age_at_session",
         {"age_at_session", {}, "subject_uuid, session_start_time, age_days as age", session_key}},
        {"q_nma_fig2a",
         {"paper_learning_curves",
          {{"criteria_set", "warehouse_published"}},
          "subject_id as subject_uuid, institution_short, session_date, training_day, "
          "performance_easy_percent as performance_easy, "
          "performance_easy_trained_percent as performance_easy_trained",
          {}}},
        {"q_nma_fig2b",
         {"paper_mean_learning_curve",
          {{"criteria_set", "warehouse_published"}},
          "training_day, n_subjects as n, mean_performance_easy_percent as mean_performance_easy, "
          "sd_performance_easy_percent as sd_performance_easy",
          {}}},
    };
    const auto found = questions.find(name);
    if (found == questions.end()) throw Error(ErrorKind::data, "no named query answers " + name);
    return found->second;
}

Json answer(db::Session& session, const Question& question) {
    const auto quote = [&](std::string_view value) { return session.quote_literal(value); };
    const std::string statement =
        app::bind_query(app::find_query(question.query), question.values, quote);
    const std::string names_session =
        question.joined.empty() ? "*" : "*, session_id as session_uuid";
    return plain_rows(session, "select " + question.columns + " from (select " + names_session +
                                   " from (" + statement + ") as answer) as q " + question.joined);
}

void warehouse_query(const Case& input, Run& run) {
    db::Session& session = cohort_database(input);
    if (input.text_param("query") != "q_report_right")
        return judge_rows(run, answer(session, question_of(input)));
    // A question about one session, asked of each that the case has an answer for.
    const ExpectedOutput& output = run.expected().at("rows");
    std::set<std::string> asked;
    for (const Json& cell : output.value.at("session_uuid")) asked.insert(cell.get<std::string>());
    Json rows = Json::array();
    for (const std::string& session_id : asked) {
        const Question question{"choices_by_contrast",
                                {{"session", session_id}},
                                fmt::format("'{}' as session_uuid, signed_contrast, n_responses "
                                            "as n, fraction_right as report_right",
                                            session_id),
                                {}};
        for (Json& row : answer(session, question)) rows.push_back(std::move(row));
    }
    judge_rows(run, rows);
}

const Registration queries("behavior.warehouse_query", &warehouse_query);
const Registration table("behavior.warehouse_table", &warehouse_table);
const Registration fits("behavior.warehouse_fit_table", &warehouse_fit_table);

}  // namespace
}  // namespace tb::vectors
