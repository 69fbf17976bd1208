#include "ingest/formats/csv_records.hpp"

#include "trialbase/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string fault(std::string_view text) {
    try {
        (void)parse_csv_records(text, "file.csv");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
}

TEST(CsvRecords, KnowTheLineOfEveryRow) {
    const auto table = parse_csv_records("a,b\n1,2\n\n\"two\nlines\", x \r\n,\n3,4", "t");
    EXPECT_EQ(table.delimiter, ',');
    EXPECT_THAT(table.header, ElementsAre("a", "b"));
    ASSERT_EQ(table.records.size(), 3U);
    EXPECT_EQ(table.records[0].line, 2U);
    EXPECT_EQ(table.records[1].line, 4U);
    EXPECT_THAT(table.records[1].fields, ElementsAre("two\nlines", "x"));
    EXPECT_EQ(table.records[2].line, 7U);  // the row of delimiters alone is skipped
    EXPECT_THAT(table.records[2].fields, ElementsAre("3", "4"));
}

TEST(CsvRecords, TakeMarksSemicolonsAndTabs) {
    EXPECT_EQ(parse_csv_records("a;b,c\n", "t").delimiter, ',') << "as many of both";
    const auto semicolons = parse_csv_records(
        "\xEF\xBB\xBF"
        "a;b\n\"x;y\";\"say \"\"hi\"\"\"\n",
        "t");
    EXPECT_EQ(semicolons.delimiter, ';');
    EXPECT_THAT(semicolons.header, ElementsAre("a", "b"));
    EXPECT_THAT(semicolons.records[0].fields, ElementsAre("x;y", "say \"hi\""));
    EXPECT_EQ(parse_csv_records("a\tb\n1\t2\n", "t").delimiter, '\t');
    EXPECT_TRUE(parse_csv_records("", "t").header.empty());
    EXPECT_TRUE(parse_csv_records("a,b\n", "t").records.empty());
}

TEST(CsvRecords, RefuseWhatIsNoTextAndNameThePlace) {
    EXPECT_THAT(fault("lab,subject\nalpha,Ren\xe9\n"),
                HasSubstr("file.csv: line 2, column 10: byte 0xe9"));
    EXPECT_THAT(fault("żółw,\xff\n"), HasSubstr("line 1, column 6"));
    EXPECT_THAT(fault(std::string("\xFF\xFE"
                                  "a\0",
                                  4)),
                HasSubstr("UTF-16"));
    EXPECT_THAT(fault(std::string("a,b\n1,\0\n", 8)), HasSubstr("line 2, column 3: a zero byte"));
    EXPECT_THAT(fault("a\n\xC0\xAF\n"), HasSubstr("line 2, column 1"));          // overlong
    EXPECT_THAT(fault("a\n\xED\xA0\x80\n"), HasSubstr("line 2, column 1"));      // a surrogate
    EXPECT_THAT(fault("a\n\xF4\x90\x80\x80\n"), HasSubstr("line 2, column 1"));  // above U+10FFFF
    EXPECT_THAT(fault("a,b\n1,\"open\n"),
                HasSubstr("line 2, column 3: a quote that is not closed"));
    EXPECT_THAT(fault("a,b\n\"x\" y,2\n"),
                HasSubstr("line 2, column 5: text behind a closing quote"));
}

}  // namespace
}  // namespace tb::formats
