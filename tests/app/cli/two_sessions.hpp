// Two sessions of ten trials each, nothing populated, and the commands of an operator.
#pragma once

#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace tb::app::testing_support {

inline constexpr const char* session_1 = "00000000-0000-0000-0000-000000000011";
inline constexpr const char* session_2 = "00000000-0000-0000-0000-000000000012";

class TwoSessions : public ::testing::Test {
  protected:
    TwoSessions() : session_(database_.session()) {
        spdlog::set_level(spdlog::level::off);
        // Two sessions of ten trials each.
        run_sql(R"sql(
            insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC');
            insert into core.subject (subject_id, lab_name, nickname)
            values ('00000000-0000-0000-0000-000000000001', 'alpha', 'a1');
            insert into core.session (session_id, subject_id, lab_name, session_date, session_number, start_time, task_protocol, is_protocol_inferred, source)
            select ('00000000-0000-0000-0000-00000000001' || s)::uuid, '00000000-0000-0000-0000-000000000001', 'alpha',
                   date '2019-05-01' + s, 1, timestamptz '2019-05-01 09:30+00' + s * interval '1 day', 'trainingChoiceWorld', false, 'ibl'
            from generate_series(1, 2) as s;
            insert into task.choice_session (session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on_status, response_status, feedback_status)
            select session_id, 10, 5, 0, 100, 'complete', 'complete', 'complete' from core.session;
            insert into task.choice_trial (session_id, trial, start_s, end_s, stim_on_s, response_s, feedback_s, contrast_left, contrast_right,
                                           probability_left, choice, feedback_type)
            select session_id, t, 10 * (t - 1), 10 * (t - 1) + 9, 10 * (t - 1) + 1, 10 * (t - 1) + 2, 10 * (t - 1) + 2,
                   case when t % 2 = 0 then 1 end, case when t % 2 = 1 then 1 end, 0.5, case when t % 2 = 0 then 1 else -1 end, 1
            from core.session cross join generate_series(1, 10) as t;)sql");
    }
    void run_sql(const std::string& sql) { session_.exec_script({"test", sql}); }
    std::string value(const std::string& sql) { return testing::value_of(session_, sql); }

    /// @param user  whose login; empty: the superuser's
    Ran run(std::vector<std::string> arguments, bool as_json = true, const std::string& user = "") {
        Context context;
        context.dsn = database_.conninfo() + (user.empty() ? "" : " user=" + user);
        context.json = as_json;
        context.quiet = true;
        return run_command(
            context,
            {add_populate_command, add_workers_command, add_runs_command, add_status_command,
             add_errors_command, add_retry_command, add_query_command, add_migrate_command},
            std::move(arguments));
    }

    testing::TestDatabase database_;
    db::Session session_;
};

}  // namespace tb::app::testing_support
