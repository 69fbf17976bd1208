#include "src/db/wire.hpp"

#include "src/db/session.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::db {
namespace {

constexpr std::int64_t us_per_s = 1'000'000;

TEST(Wire, WritesIntegersMostSignificantByteFirst) {
    std::string out;
    wire::append(out, std::int32_t{-2});
    EXPECT_EQ(out, std::string("\xff\xff\xff\xfe", 4));
    EXPECT_EQ(wire::read<std::int32_t>(out), -2);
    out.clear();
    wire::append(out, std::int16_t{258});
    EXPECT_EQ(out, std::string("\x01\x02", 2));
    out.clear();
    wire::append_double(out, 1.0);  // 0x3ff0000000000000
    EXPECT_EQ(out, std::string("\x3f\xf0\0\0\0\0\0\0", 8));
}

TEST(Wire, ReadsIsoTimesAsMicrosecondsSince2000) {
    EXPECT_EQ(wire::timestamp_microseconds("2000-01-01"), 0);
    EXPECT_EQ(wire::timestamp_microseconds("2000-01-02T00:00:00Z"), 86400 * us_per_s);
    EXPECT_EQ(wire::timestamp_microseconds("2000-01-01 01:30"), 5400 * us_per_s);
    EXPECT_EQ(wire::timestamp_microseconds("2000-01-01T00:00:01.5+01:00"), -3598'500'000);
    EXPECT_EQ(wire::timestamp_microseconds("2000-01-01T00:00:00-0230"), 9000 * us_per_s);
    EXPECT_EQ(wire::timestamp_microseconds("1999-12-31T23:59:59.9999996"), 0);  // rounded up
    EXPECT_EQ(wire::timestamp_microseconds("1999-12-31T23:59:60"), 0);          // a leap second
    // 2020-02-29 is 7364 days after 2000-01-01 (20 years of 365 days, 5 leap days, 31 + 28).
    EXPECT_EQ(wire::timestamp_microseconds("2020-02-29T00:00:00"), 7364LL * 86400 * us_per_s);
}

TEST(Wire, RefusesWhatIsNoTime) {
    for (const auto* text :
         {"", "2020", "2020-02-30", "2019-02-29", "2020-13-01", "2020-01-01T24:00",
          "2020-01-01T00:60", "2020-01-01T00:00:61", "2020-01-01T00:00:00.",
          "2020-01-01T00:00:00 Z", "2020-01-01T00:00:00+1", "2020-01-01Tnoon", "0000-01-01",
          "2020-01-01T00:00:00+01:00x"}) {
        EXPECT_FALSE(wire::timestamp_microseconds(text)) << text;
    }
    EXPECT_FALSE(wire::date_days("2020-01-01T00:00"));
    EXPECT_EQ(wire::date_days("1999-12-31"), -1);
}

TEST(Wire, PrintsTimesAsTheyWereRead) {
    for (const auto* text :
         {"2020-02-29 12:34:56.000001", "1999-12-31 23:59:59", "0001-01-01 00:00:00"}) {
        EXPECT_EQ(wire::timestamp_text(*wire::timestamp_microseconds(text)), text);
    }
}

TEST(Wire, ReadsUuidsInBothCases) {
    const auto bytes = wire::uuid_bytes("7146A078-285e-5d98-ba83-4ab8c953e126");
    ASSERT_TRUE(bytes);
    EXPECT_EQ(wire::uuid_text(*bytes), "7146a078-285e-5d98-ba83-4ab8c953e126");
    EXPECT_FALSE(wire::uuid_bytes("7146a078-285e-5d98-ba83-4ab8c953e12"));
    EXPECT_FALSE(wire::uuid_bytes("7146a078x285e-5d98-ba83-4ab8c953e126"));
    EXPECT_FALSE(wire::uuid_bytes("g146a078-285e-5d98-ba83-4ab8c953e126"));
}

TEST(Wire, ReadsBinaryNumerics) {
    // 12345.678 is the base-10000 digits 1, 2345, 6780 with weight 1.
    std::string bytes;
    for (const int part : {3, 1, 0, 3, 1, 2345, 6780}) {
        wire::append(bytes, static_cast<std::int16_t>(part));
    }
    EXPECT_DOUBLE_EQ(wire::numeric_to_double(bytes), 12345.678);
    bytes[4] = '\x40';  // sign
    EXPECT_DOUBLE_EQ(wire::numeric_to_double(bytes), -12345.678);
    bytes[4] = '\xc0';
    EXPECT_TRUE(std::isnan(wire::numeric_to_double(bytes)));
}

TEST(StorableText, RefusesWhatPostgresRefuses) {
    EXPECT_TRUE(is_storable_text(""));
    EXPECT_TRUE(is_storable_text("a long text of plain letters"));
    EXPECT_TRUE(is_storable_text("\u00b5L \u2192 \U0001F42D"));
    EXPECT_FALSE(is_storable_text(std::string_view("zero \0 byte", 11)));
    EXPECT_FALSE(is_storable_text("latin1 \xb5L"));
    EXPECT_FALSE(is_storable_text("\xc0\xaf"));          // overlong
    EXPECT_FALSE(is_storable_text("\xe0\x80\x80"));      // overlong
    EXPECT_FALSE(is_storable_text("\xed\xa0\x80"));      // surrogate
    EXPECT_FALSE(is_storable_text("\xf4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_storable_text("cut \xe2\x86"));
}

TEST(StorableText, SanitizedTextKeepsWhatIsFine) {
    EXPECT_EQ(sanitize_text("5 \u00b5L"), "5 \u00b5L");
    EXPECT_EQ(sanitize_text(std::string_view("a\0b\xb5", 4)), "a\\x00b\\xb5");
}

}  // namespace
}  // namespace tb::db
