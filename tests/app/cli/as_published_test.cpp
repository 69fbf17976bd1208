// Named queries that also answer as the reference's warehouse does, with its defects D9, D10 and
// D14 (spec/ibl_behavior.md, 15).
#include "app/cli/query.hpp"
#include "tests/support/test_database.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tb::app {
namespace {

/// A session whose easy trials are all wrong, with three reaction times, and a column `included`.
constexpr const char* world = R"sql(
insert into core.lab (lab_name) values ('alpha');
insert into core.subject (subject_id, lab_name, nickname)
values ('00000000-0000-0000-0000-000000000001', 'alpha', 'a1');
insert into core.session (session_id, subject_id, lab_name, session_date, task_protocol, source)
values ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 'alpha',
    '2019-05-01', 'trainingChoiceWorld', 'ibl');
insert into task.choice_session (
    session_id, n_trials, feedback_status, response_status, trials_start_s, included_status
) values ('00000000-0000-0000-0000-000000000011', 2, 'complete', 'complete', 0, 'complete');
insert into task.choice_trial (
    session_id, trial, contrast_left, contrast_right, choice, probability_left, feedback_type
) values
    ('00000000-0000-0000-0000-000000000011', 1, 1, null, -1, 0.5, -1),
    ('00000000-0000-0000-0000-000000000011', 2, null, 1, 1, 0.5, -1);
insert into task.session_performance (
    session_id, n_trials, n_correct, n_rewarded, n_nogo, n_easy, n_without_contrast, performance,
    performance_easy, n_contrasts, has_zero_contrast, inferred_protocol
) values ('00000000-0000-0000-0000-000000000011', 2, 0, 0, 0, 2, 0, 0, 0, 2, false, 'training');
insert into task.reaction_time (session_id, params_id, n_trials, median_s)
values ('00000000-0000-0000-0000-000000000011', 'default', 6, 2);
insert into task.reaction_time_contrast (
    session_id, params_id, block, signed_contrast, n_trials, median_s, low_s, high_s
) values
    ('00000000-0000-0000-0000-000000000011', 'default', 50, -1, 1, 1, null, null),
    ('00000000-0000-0000-0000-000000000011', 'default', 50, 0, 2, 2, 1.5, 2.5),
    ('00000000-0000-0000-0000-000000000011', 'default', 50, 0.25, 3, 3, 2, 4);
)sql";

class AsPublished : public ::testing::Test {
  protected:
    void SetUp() override { session_.exec_script({"world", world}); }

    /// A column of an answer, joined by commas.
    std::string answer(const std::string& query, const std::string& columns,
                       const std::map<std::string, std::string, std::less<>>& arguments) {
        const auto statement =
            bind_query(find_query(query), arguments,
                       [&](std::string_view value) { return session_.quote_literal(value); });
        return testing::value_of(session_, "select coalesce(string_agg(concat_ws(' ', " + columns +
                                               "), ','), '') from (" + statement + ") as answer");
    }

    testing::TestDatabase database_;
    db::Session session_ = database_.session();
};

TEST_F(AsPublished, ReactionTimesStandBesideTheOtherContrast) {
    const std::string session = "00000000-0000-0000-0000-000000000011";
    const std::string columns = "signed_contrast_percent, n_trials, median_s, low_s";
    EXPECT_EQ(answer("reaction_times", columns, {{"session", session}}),
              "-100 1 1,0 2 2 1.5,25 3 3 2");
    EXPECT_EQ(answer("reaction_times", columns, {{"session", session}, {"as_published", "true"}}),
              "-100 3 3 2,0 2 2 1.5,25 1 1");
}

TEST_F(AsPublished, PerformanceOfZeroIsEmpty) {
    EXPECT_EQ(answer("sessions", "subject_nickname, performance_easy", {}), "a1 0");
    EXPECT_EQ(answer("sessions", "subject_nickname, performance_easy", {{"as_published", "true"}}),
              "a1");
}

TEST_F(AsPublished, IncludedTrialsAreAlwaysMissing) {
    EXPECT_EQ(answer("trial_datasets", "subject_nickname, included_status", {}), "a1 Complete");
    EXPECT_EQ(
        answer("trial_datasets", "subject_nickname, included_status", {{"as_published", "true"}}),
        "a1 Missing");
}

}  // namespace
}  // namespace tb::app
