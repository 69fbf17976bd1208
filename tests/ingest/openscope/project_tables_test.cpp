#include "ingest/openscope/project_tables.hpp"

#include "tests/ingest/openscope/support.hpp"
#include "trialbase/error.hpp"

#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::openscope {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OpenScopeTables : public ::testing::Test {
  protected:
    OpenScopeTables() {
        auto name = (fs::temp_directory_path() / "openscope_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~OpenScopeTables() override { fs::remove_all(folder_); }
    allen::ProjectTable read(const std::string& rows) {
        const auto file = folder_ / "mouse_df.csv";
        std::ofstream(file) << "sessid,full_timestamp,mouse_n,mouseid,date,plane,line,runtype,"
                               "sess_n,pass_fail\n"
                            << rows;
        return read_table(file, mouse_table());
    }
    fs::path folder_;
};

constexpr const char* one_row = "10,20190301T172917,1,499001,20190301,soma,L23-Cux2,prod,1,P\n";

TEST(OpenScopeRealTables, HaveFiftySessionsOfThirteenMice) {
    const auto file = test::table_folder() / "mouse_df.csv";
    if (!fs::exists(file)) GTEST_SKIP() << "the shared data folder is absent";
    EXPECT_EQ(kind_of_table(file), &mouse_table());
    const auto table = read_table(file, mouse_table());
    EXPECT_THAT(table.rows, SizeIs(50));
    EXPECT_THAT(table.faults, IsEmpty());
    EXPECT_THAT(table.extra_columns, IsEmpty());
    std::set<std::int64_t> mice, chosen_mice;
    std::int64_t n_chosen = 0, rois = 0, tracked = 0;
    for (const auto& row : table.rows) {
        const auto number = [&](const char* name) {
            return std::get<std::int64_t>(row.at(mouse_table(), name));
        };
        const auto text = [&](const char* name) {
            return std::get<std::string>(row.at(mouse_table(), name));
        };
        mice.insert(number("mouse_n"));
        if (text("pass_fail") != "P" || number("sess_n") > 3 || text("runtype") != "prod") continue;
        ++n_chosen;
        chosen_mice.insert(number("mouse_n"));
        rois += number("nrois");
        tracked += number("nrois_tracked");
    }
    EXPECT_THAT(mice, SizeIs(13));
    EXPECT_THAT(chosen_mice, SizeIs(11));
    EXPECT_EQ(n_chosen, 33);
    EXPECT_EQ(rois, 10736);
    EXPECT_NEAR(static_cast<double>(tracked) / 33.0, 105.45, 0.005);
    const auto list = test::table_folder() / "metadata.csv";
    EXPECT_EQ(kind_of_table(list), &metadata_table());
    const auto metadata = read_table(list, metadata_table());
    EXPECT_THAT(metadata.rows, SizeIs(49));
    EXPECT_THAT(metadata.faults, IsEmpty());
    EXPECT_THAT(metadata.extra_columns, IsEmpty());
}

TEST_F(OpenScopeTables, TellASessionThatIsThereTwice) {
    const auto equal = read(std::string(one_row) + one_row);
    EXPECT_THAT(equal.rows, SizeIs(1));
    ASSERT_THAT(equal.faults, SizeIs(1));
    EXPECT_EQ(equal.faults[0].type, "DuplicateSession");
    EXPECT_THAT(equal.faults[0].message, HasSubstr("line 3"));
    auto other = std::string(one_row);
    other.replace(other.find(",P"), 2, ",F");
    const auto differing = read(one_row + other);
    EXPECT_THAT(differing.rows, IsEmpty());
    ASSERT_THAT(differing.faults, SizeIs(1));
    EXPECT_EQ(differing.faults[0].type, "DuplicateSession");
}

TEST_F(OpenScopeTables, LeaveOutARowWithACellThatCannotBe) {
    for (const auto& [from, to] :
         {std::pair{"20190301T172917", "20190301T252917"}, std::pair{",20190301,", ",20190230,"},
          std::pair{",P", ",X"}, std::pair{"10,", "ten,"}, std::pair{",499001,", ",,"}}) {
        auto row = std::string(one_row);
        row.replace(row.find(from), std::string(from).size(), to);
        const auto table = read(row + "11" + std::string(one_row).substr(2));
        EXPECT_THAT(table.rows, SizeIs(1)) << to;
        ASSERT_THAT(table.faults, SizeIs(1)) << to;
        EXPECT_EQ(table.faults[0].type, "TableCell") << to;
        EXPECT_EQ(table.faults[0].line, 2U);
    }
}

TEST(OpenScopeTimes, AreDaysAndMomentsThatExist) {
    EXPECT_EQ(iso_day("20180926"), "2018-09-26");
    EXPECT_EQ(iso_day("20190229"), std::nullopt);
    EXPECT_EQ(iso_day("2018-9-26"), std::nullopt);
    EXPECT_EQ(iso_moment("20180926T172917"), "2018-09-26T17:29:17Z");
    EXPECT_EQ(iso_moment("20180926T172960"), std::nullopt);
    EXPECT_EQ(iso_moment("758519303"), std::nullopt);
}

}  // namespace
}  // namespace tb::openscope
