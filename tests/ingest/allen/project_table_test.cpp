#include "ingest/allen/project_table.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/allen/mouse.hpp"
#include "ingest/allen/session_type.hpp"

#include <chrono>
#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::allen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* header =
    "behavior_session_id,mouse_id,session_type,date_of_acquisition,ophys_container_id,colour\n";

ProjectTable read(const std::string& rows) {
    return parse_project_table(header + rows, "behavior_session_table.csv",
                               behavior_session_table());
}

TEST(ProjectTable, KeepsUnknownColumnsAndTheDateAsWritten) {
    const auto table =
        read("1,445002,OPHYS_1_images_A,2019-05-17 14:46:33.55+00:00,\"[5, 6]\",blue\n");
    ASSERT_THAT(table.faults, IsEmpty());
    ASSERT_THAT(table.rows, SizeIs(1));
    const auto& row = table.rows[0];
    EXPECT_EQ(row.line, 2U);
    EXPECT_EQ(row.date_text, "2019-05-17 14:46:33.55+00:00");
    EXPECT_EQ(row.at(*table.kind, "date_of_acquisition"),
              CellValue(std::string("2019-05-17 14:46:33.550000")));
    EXPECT_EQ(row.at(*table.kind, "ophys_container_id"),
              CellValue(std::vector<std::int64_t>{5, 6}));
    EXPECT_EQ(row.at(*table.kind, "sex"), CellValue());
    EXPECT_THAT(row.extra, ElementsAre(std::pair<std::string, std::string>("colour", "blue")));
}

TEST(ProjectTable, ABadCellCostsItsRowAndIsNamed) {
    const auto table = read(
        "1,445002,OPHYS_1_images_A,2019-05-17 14:46:33,[],\n"
        "2,445002,OPHYS_1_images_A,2019-05-17,[],\n"
        "3,445002,OPHYS_1_images_A,2019-05-17 14:46:33,\"[1, \",\n"
        "x,445002,OPHYS_1_images_A,2019-05-17 14:46:33,,\n"
        "5,,OPHYS_1_images_A,2019-05-17 14:46:33,,\n"
        "6,445002,OPHYS_1_images_A\n"
        "7,445002,OPHYS_1_movies,2019-05-17 14:46:33,,\n");
    ASSERT_THAT(table.rows, SizeIs(1));
    EXPECT_EQ(table.rows[0].at(*table.kind, "ophys_container_id"),
              CellValue(std::vector<std::int64_t>{}));
    std::vector<std::string> found;
    for (const auto& fault : table.faults)
        found.push_back(fault.type + " " + std::to_string(fault.line) + " " + fault.column);
    EXPECT_THAT(found,
                ElementsAre("TableCell 3 date_of_acquisition", "TableCell 4 ophys_container_id",
                            "TableCell 5 behavior_session_id", "TableCell 6 mouse_id",
                            "TableCell 7 ", "SessionType 8 session_type"));
}

TEST(ProjectTable, RefusesAnIdInRowsThatDifferAndKeepsOneOfEqualRows) {
    const auto table = read(
        "1,445002,OPHYS_1_images_A,2019-05-17 14:46:33,,\n"
        "2,445002,OPHYS_1_images_A,2019-05-18 14:46:33,,\n"
        "1,445002,OPHYS_3_images_A,2019-05-17 14:46:33,,\n"
        "2,445002,OPHYS_1_images_A,2019-05-18 14:46:33,,\n");
    ASSERT_THAT(table.rows, SizeIs(1));
    EXPECT_EQ(table.rows[0].values[0], CellValue(std::int64_t{2}));
    ASSERT_THAT(table.faults, SizeIs(1));
    EXPECT_EQ(table.faults[0].type, "DuplicateSession");
    EXPECT_THAT(table.faults[0].message, HasSubstr("lines 2, 4"));
}

TEST(ProjectTable, NamesAColumnThatIsMissingOrThereTwice) {
    for (const auto* text : {"behavior_session_id,mouse\n1,2\n",
                             "behavior_session_id,mouse_id,date_of_acquisition,mouse_id\n"}) {
        try {
            (void)parse_project_table(text, "t.csv", behavior_session_table());
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "MissingColumn");
            EXPECT_THAT(error.what(), HasSubstr("mouse_id"));
        }
    }
}

// Real tables, whose facts are in spec/change_detection.md, 3 and 4.
class PublishedTables : public ::testing::Test {
  protected:
    void SetUp() override {
        const char* shared = std::getenv("TRIALBASE_SHARED");
        folder_ =
            std::filesystem::path(shared != nullptr ? shared : "../shared") / "data/allen_vbo";
        if (!std::filesystem::exists(folder_)) GTEST_SKIP() << folder_ << " is not there";
    }
    ProjectTable table(const ProjectTableKind& kind) const {
        return read_project_table(folder_ / (std::string(kind.name) + ".csv"), kind);
    }
    static std::map<std::string, int> counts(const ProjectTable& table, std::string_view column) {
        std::map<std::string, int> out;
        for (const auto& row : table.rows) {
            const auto& value = row.at(*table.kind, column);
            const auto* text = std::get_if<std::string>(&value);
            const auto* flag = std::get_if<bool>(&value);
            ++out[text != nullptr      ? *text
                  : flag != nullptr    ? (*flag ? "true" : "false")
                  : value.index() == 0 ? "null"
                                       : "some"];
        }
        return out;
    }
    std::filesystem::path folder_;
};

TEST_F(PublishedTables, AreReadWholly) {
    const auto behavior = table(behavior_session_table());
    EXPECT_THAT(behavior.rows, SizeIs(4787));
    EXPECT_THAT(behavior.faults, IsEmpty());
    EXPECT_THAT(behavior.extra_columns, IsEmpty());
    EXPECT_EQ(counts(behavior, "session_type").size(), 41U);
    EXPECT_EQ(counts(behavior, "mouse_id").size(), 107U);
    EXPECT_EQ(counts(behavior, "ophys_session_id")["null"], 4083);
    EXPECT_EQ(counts(behavior, "file_path")["null"], 704);
    EXPECT_EQ(counts(behavior, "experience_level")["Novel 1"], 104);
    EXPECT_EQ(counts(behavior, "equipment_name").size(), 32U);
    EXPECT_EQ(counts(behavior, "image_set")["images_G"], 551);
    const auto sessions = table(ophys_session_table());
    EXPECT_THAT(sessions.rows, SizeIs(704));
    EXPECT_THAT(sessions.faults, IsEmpty());
    EXPECT_EQ(counts(sessions, "imaging_plane_group_count")["null"], 438);
    const auto experiments = table(ophys_experiment_table());
    EXPECT_THAT(experiments.rows, SizeIs(1941));
    EXPECT_THAT(experiments.faults, IsEmpty());
    EXPECT_EQ(counts(experiments, "passive")["true"], 578);
    EXPECT_EQ(counts(experiments, "targeted_structure")["VISal"], 164);
    EXPECT_EQ(counts(experiments, "image_set")["H"], 311);
}

TEST_F(PublishedTables, HaveTheDerivedColumnsThatTheRulesGive) {
    const auto behavior = table(behavior_session_table());
    const auto& kind = *behavior.kind;
    const auto text = [&](const ProjectRow& row, std::string_view column) {
        return std::get<std::string>(row.at(kind, column));
    };
    const auto number = [&](const ProjectRow& row, std::string_view column) {
        const auto& value = row.at(kind, column);
        return value.index() == 0 ? std::nullopt
                                  : std::optional(static_cast<int>(std::get<std::int64_t>(value)));
    };
    // Dates as text sort as they follow one another; their rank stands for the time.
    std::map<std::string, std::int64_t> rank;
    for (const auto& row : behavior.rows) rank[text(row, "date_of_acquisition")];
    std::int64_t next = 0;
    for (auto& [date, place] : rank) place = next++;
    std::vector<HistorySession> history;
    for (const auto& row : behavior.rows)
        history.push_back({text(row, "mouse_id"), text(row, "session_type"),
                           rank[text(row, "date_of_acquisition")], std::nullopt});
    const auto exposures = prior_exposures(history);
    int types = 0, sets = 0, omissions = 0, levels = 0, numbers = 0, images = 0, lines = 0;
    for (std::size_t i = 0; i < behavior.rows.size(); ++i) {
        const auto& row = behavior.rows[i];
        const auto type = text(row, "session_type");
        types += exposures[i].to_session_type == number(row, "prior_exposures_to_session_type");
        sets += exposures[i].to_image_set == number(row, "prior_exposures_to_image_set");
        omissions += exposures[i].to_omissions == number(row, "prior_exposures_to_omissions");
        levels +=
            experience_level(type, exposures[i].to_image_set) == text(row, "experience_level");
        numbers += session_number(type) == number(row, "session_number");
        images += image_set(type) == text(row, "image_set");
        lines += cre_line(text(row, "full_genotype")) == text(row, "cre_line") &&
                 indicator(text(row, "reporter_line")) == text(row, "indicator");
    }
    EXPECT_EQ(types, 4787);
    EXPECT_EQ(sets, 4787);
    EXPECT_EQ(omissions, 4638);  // habituation with omissions is not published
    EXPECT_EQ(levels, 4787);
    EXPECT_EQ(numbers, 4787);
    EXPECT_EQ(images, 4787);
    EXPECT_EQ(lines, 4787);
}

}  // namespace
}  // namespace tb::allen
