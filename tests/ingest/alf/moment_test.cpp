#include "ingest/alf/moment.hpp"

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

TEST(ParseMoment, KeepsTheLabsClockWhereNoOffsetIsWritten) {
    const auto moment = parse_moment("2023-07-02 10:11:12.25");
    ASSERT_TRUE(moment);
    EXPECT_EQ(moment->text, "2023-07-02T10:11:12.25");
    EXPECT_FALSE(moment->is_instant);
    EXPECT_EQ(moment->local_date, "2023-07-02");
}

TEST(ParseMoment, TurnsOffsetsIntoUtc) {
    for (const auto& [text, utc] :
         {std::pair{"2023-07-02T10:11:12Z", "2023-07-02T10:11:12Z"},
          std::pair{"2023-07-02T10:11:12+01:00", "2023-07-02T09:11:12Z"},
          std::pair{"2023-07-02T00:11:12+0530", "2023-07-01T18:41:12Z"},
          std::pair{"2023-12-31T23:11:12.5-08", "2024-01-01T07:11:12.5Z"}}) {
        const auto moment = parse_moment(text);
        ASSERT_TRUE(moment) << text;
        EXPECT_EQ(moment->text, utc);
        EXPECT_TRUE(moment->is_instant);
    }
    EXPECT_EQ(parse_moment("2023-12-31T23:11:12.5-08")->local_date, "2023-12-31");
    EXPECT_EQ(parse_moment("1970-01-02T00:00:00+01:00")->seconds, 82800.0);
}

TEST(ParseMoment, RefusesWhatNoClockShows) {
    for (const char* text :
         {"", "yesterday", "2023-07-02", "2023-07-02T10:11", "2023-02-30T10:11:12",
          "2023-07-02T24:00:00", "2023-07-02T10:60:12", "2023-07-02T10:11:60",
          "2023-07-02T10:11:12,345", "2023-07-02T10:11:12.", "2023-07-02T10:11:12.1234567891",
          "2023-07-02T10:11:12+1", "2023-07-02T10:11:12+16", "2023-07-02T10:11:12 CET",
          "2023-07-02x10:11:12", "1969-07-02T10:11:12", "9999-07-02T10:11:12"}) {
        EXPECT_FALSE(parse_moment(text)) << text;
    }
}

}  // namespace
}  // namespace tb::alf
