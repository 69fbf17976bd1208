#include "ingest/photometry/text_table.hpp"

#include "tests/ingest/formats/format_checks.hpp"

#include <gmock/gmock.h>

namespace tb::photometry {
namespace {

using formats::data_error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> numbers(const TextTable& read, const char* column) {
    return read.table.find(column)->as_doubles();
}

TEST(TextTable, SemicolonsComeWithDecimalCommas) {
    const auto read = read_text_table("a;b;name\n1;0,25;x, y\n2;-1,5e-3;1,2\n", "t.csv");
    EXPECT_THAT(numbers(read, "a"), ElementsAre(1, 2));
    EXPECT_THAT(numbers(read, "b"), ElementsAre(0.25, -1.5e-3));
    EXPECT_EQ(std::get<std::vector<std::string>>(read.table.find("name")->values)[0], "x, y");
    EXPECT_FALSE(read.cut_row);
}

TEST(TextTable, TabsSeparateToo) {
    EXPECT_THAT(numbers(read_text_table("a\tb\n1\t0,5\n", "t.csv"), "b"), ElementsAre(0.5));
    EXPECT_THAT(numbers(read_text_table("a\tb\n1\t0.5\n", "t.csv"), "b"), ElementsAre(0.5));
}

TEST(TextTable, CommasStaySeparators) {
    const auto read = read_text_table("a,b;c\n1,2\n", "t.csv");
    EXPECT_THAT(numbers(read, "b;c"), ElementsAre(2));
}

TEST(TextTable, OnlyALastRowWithoutLineEndMayLackFields) {
    const auto cut = read_text_table("a,b,c\n1,2,3\n4,5,6\n7,8", "t.csv");
    EXPECT_EQ(cut.table.rows, 2U);
    EXPECT_THAT(*cut.cut_row, HasSubstr("line 4"));
    EXPECT_THAT(*cut.cut_row, HasSubstr("2 of 3 fields"));
    // With a line end, or in the middle, it is no row that was being written.
    EXPECT_THAT(data_error_of([] { (void)read_text_table("a,b,c\n1,2,3\n7,8\n", "t.csv"); }),
                HasSubstr("t.csv: line 3: 2 fields, expected 3"));
    EXPECT_THAT(data_error_of([] { (void)read_text_table("a,b,c\n7,8\n1,2,3", "t.csv"); }),
                HasSubstr("t.csv: line 2: 2 fields, expected 3"));
    // A whole last row without line end is a row; too many fields are an error.
    EXPECT_EQ(read_text_table("a,b\n1,2\n3,4", "t.csv").table.rows, 2U);
    EXPECT_THAT(data_error_of([] { (void)read_text_table("a,b\n1,2\n3,4,5", "t.csv"); }),
                HasSubstr("line 3"));
}

TEST(TextTable, ALastNumberThatStopsShortWasCut) {
    const auto cut = read_text_table("a,b\n1,0.250000\n2,0.500000\n3,0.75", "t.csv");
    EXPECT_EQ(cut.table.rows, 2U);
    EXPECT_TRUE(cut.cut_row);
    // Where numbers have as many decimals as they need, nothing tells.
    EXPECT_EQ(read_text_table("a,b\n1,0.25\n2,0.125\n3,0.5", "t.csv").table.rows, 3U);
    EXPECT_EQ(read_text_table("a,b\n1,0.250000\n2,0.500000\n3,0.750000", "t.csv").table.rows, 3U);
    EXPECT_EQ(read_text_table("a;b\n1;0,2500\n2;0,", "t.csv").table.rows, 1U);
}

TEST(TextTable, AHeaderAloneHasNoRows) {
    for (const char* text : {"a,b\n", "a,b",
                             "\xEF\xBB\xBF"
                             "a,b\r\n"}) {
        const auto read = read_text_table(text, "t.csv");
        EXPECT_EQ(read.table.rows, 0U);
        EXPECT_EQ(read.table.columns.size(), 2U);
        EXPECT_THAT(text_table_columns(text, "t.csv"), ElementsAre("a", "b"));
    }
    EXPECT_TRUE(read_text_table("", "t.csv").table.columns.empty());
    EXPECT_TRUE(text_table_columns("", "t.csv").empty());
}

TEST(TextTable, Utf16IsRefusedByName) {
    EXPECT_THAT(data_error_of([] {
                    (void)read_text_table(std::string_view("\xFF\xFE"
                                                           "a\0",
                                                           4),
                                          "t.csv");
                }),
                HasSubstr("t.csv: the text is UTF-16"));
}

}  // namespace
}  // namespace tb::photometry
