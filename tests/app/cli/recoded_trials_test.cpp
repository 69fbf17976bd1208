// The named query recoded_trials against the golden vector of the paper's recoding.
#include "app/cli/query.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tb::app {
namespace {

/// The lines of a CSV file without quotes, its header left out.
std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(line);
    }
    return lines;
}

// Columns: subject, start, protocol, trial, contrast left and right (0 for the other side), choice,
// probability, feedback, response, stimulus onset.
constexpr const char* load_sql = R"(
create temporary table given as
select
    split_part(line, ',', 1) as nickname,
    md5(split_part(line, ',', 1))::uuid as subject_id,
    md5(split_part(line, ',', 1) || split_part(line, ',', 2))::uuid as session_id,
    split_part(line, ',', 2)::timestamp as start_time,
    split_part(line, ',', 3) as task_protocol,
    split_part(line, ',', 4)::integer as trial,
    split_part(line, ',', 5)::double precision as contrast_left,
    split_part(line, ',', 6)::double precision as contrast_right,
    split_part(line, ',', 7) as choice,
    split_part(line, ',', 8)::double precision as probability_left,
    split_part(line, ',', 9)::double precision::smallint as feedback_type,
    nullif(split_part(line, ',', 10), '')::double precision as response_s,
    nullif(split_part(line, ',', 11), '')::double precision as stim_on_s
from golden_line;
insert into core.lab (lab_name) values ('alphalab');
insert into core.subject (subject_id, lab_name, nickname)
select distinct subject_id, 'alphalab', nickname from given;
insert into core.session (
    session_id, subject_id, lab_name, session_date, start_time, task_protocol, source
)
select distinct
    session_id,
    subject_id,
    'alphalab',
    start_time::date,
    start_time at time zone 'UTC',
    task_protocol,
    'ibl'
from given;
insert into task.choice_session (session_id, n_trials)
select session_id, count(*) from given group by session_id;
insert into task.choice_trial (
    session_id, trial, contrast_left, contrast_right, choice, probability_left, feedback_type,
    response_s, stim_on_s
)
select
    session_id,
    trial,
    case when contrast_right = 0 then contrast_left end,
    case when contrast_right > 0 then contrast_right end,
    case choice when 'CCW' then -1 when 'CW' then 1 else 0 end,
    probability_left,
    feedback_type,
    response_s,
    stim_on_s
from given;
)";

class RecodedTrials : public ::testing::Test {
  protected:
    void SetUp() override {
        const char* shared = std::getenv("TRIALBASE_SHARED");
        if (shared == nullptr) GTEST_SKIP() << "the shared folder is not named";
        folder_ = std::filesystem::path(shared) / "vectors/ibl_behavior/trials_recoded";
        if (!std::filesystem::exists(folder_)) GTEST_SKIP() << "the vectors are not there";
        session_.exec({"lines",
                       "create temporary table golden_line as select * from "
                       "unnest($1::text[]) as f (line)"},
                      db::Params().text_array(lines_of(folder_ / "trials.csv")));
        session_.exec_script({"trials", load_sql});
    }
    std::string statement(const char* history_across_sessions) {
        return bind_query(find_query("recoded_trials"),
                          {{"history_across_sessions", history_across_sessions}},
                          [&](std::string_view value) { return session_.quote_literal(value); });
    }

    testing::TestDatabase database_;
    db::Session session_ = database_.session();
    std::filesystem::path folder_;
};

TEST_F(RecodedTrials, AreTheGoldenOnesWithHistoryAcrossSessions) {
    const auto want = lines_of(folder_ / "expected_recoded.csv");
    // As the golden table writes them: 1.0 and 0.0 for true and false, previous values as doubles,
    // a repeat without a previous choice as False. Times are compared as numbers.
    const auto got = session_.exec(
        {"recoded",
         "select concat_ws(',', to_char(signed_contrast_percent, 'FM999990.0999'), choice, "
         "coalesce(is_correct::integer || '.0', ''), coalesce(is_right::integer::text, ''), "
         "coalesce(is_correct_easy::integer || '.0', ''), probability_left_percent) as before, "
         "response_time_s, "
         "concat_ws(',', coalesce(previous_choice || '.0', ''), coalesce(previous_outcome || '.0', "
         "''), coalesce(to_char(previous_contrast_percent, 'FM999990.0999'), ''), "
         "case when is_repeat then 'True' else 'False' end) as after from (" +
             statement("true") + ") as answer"});
    ASSERT_EQ(got.rows(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
        std::vector<std::string> cells(1);
        for (const char c : want[i]) {
            if (c == ',')
                cells.emplace_back();
            else
                cells.back() += c;
        }
        ASSERT_EQ(cells.size(), 11u);
        const auto join = [&](std::size_t begin, std::size_t end) {
            std::string text = cells[begin];
            for (std::size_t c = begin + 1; c < end; ++c) text += "," + cells[c];
            return text;
        };
        EXPECT_EQ(got.get<std::string>(i, "before"), join(0, 6)) << i;
        EXPECT_EQ(got.get<std::string>(i, "after"), join(7, 11)) << i;
        const auto time_s = got.optional<double>(i, "response_time_s");
        EXPECT_EQ(time_s.has_value(), !cells[6].empty()) << i;
        if (time_s && !cells[6].empty()) {
            EXPECT_NEAR(*time_s, std::stod(cells[6]), 1e-9) << i;
        }
    }
}

TEST_F(RecodedTrials, BeginEverySessionWithoutAPast) {
    EXPECT_EQ(testing::value_of(session_, "select count(*) from (" + statement("false") +
                                              ") as answer where (trial = 1) <> (previous_choice "
                                              "is null)"),
              "0");
}

}  // namespace
}  // namespace tb::app
