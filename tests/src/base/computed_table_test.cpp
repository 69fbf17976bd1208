#include "trialbase/computed_table.hpp"

#include "trialbase/error.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb {
namespace {

std::vector<FetchedColumn> three_rows() {
    return {{.name = "trial",
             .kind = FetchedColumn::Kind::integer,
             .numbers = {1, 2, 3},
             .integers = {1, 2, 3},
             .texts = {},
             .nulls = {false, false, false}},
            {.name = "stim_on_s",
             .kind = FetchedColumn::Kind::number,
             .numbers = {0.5, NAN, 2.5},
             .integers = {},
             .texts = {},
             .nulls = {false, true, false}},
            {.name = "lab",
             .kind = FetchedColumn::Kind::text,
             .numbers = {},
             .integers = {},
             .texts = {"a", "b", "c"},
             .nulls = {false, false, false}}};
}

TEST(FetchedRows, AreAWindowIntoTheColumns) {
    const auto columns = three_rows();
    const FetchedRows rows(&columns, 1, 3);
    EXPECT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows.integers("trial")[0], 2);
    EXPECT_DOUBLE_EQ(rows.numbers("trial")[1], 3.0);
    EXPECT_TRUE(rows.is_null("stim_on_s", 0));
    EXPECT_FALSE(rows.is_null("stim_on_s", 1));
    EXPECT_EQ(rows.texts("lab")[1], "c");
    EXPECT_TRUE(rows.has("lab"));
    EXPECT_FALSE(rows.has("labs"));
    EXPECT_TRUE(FetchedRows().empty());
    EXPECT_FALSE(FetchedRows().has("lab"));
}

TEST(FetchedRows, RefuseAbsentColumnsOtherKindsAndRowsBeyondTheKey) {
    const auto columns = three_rows();
    const FetchedRows rows(&columns, 0, 2);
    const auto is_internal = [](const auto& use) {
        try {
            use();
        } catch (const Error& error) {
            return error.kind() == ErrorKind::internal;
        }
        return false;
    };
    EXPECT_TRUE(is_internal([&] { (void)rows.numbers("choice"); }));
    EXPECT_TRUE(is_internal([&] { (void)rows.numbers("lab"); }));
    EXPECT_TRUE(is_internal([&] { (void)rows.integers("stim_on_s"); }));
    EXPECT_TRUE(is_internal([&] { (void)rows.texts("trial"); }));
    EXPECT_TRUE(is_internal([&] { (void)rows.is_null("trial", 2); }));
    EXPECT_TRUE(is_internal([&] { (void)FetchedRows().numbers("trial"); }));
    EXPECT_TRUE(is_internal([] { (void)Inputs()["trials"]; }));
}

TEST(Row, KeepsTheKindOfAValueAndReplacesAColumnSetTwice) {
    Row row;
    row.set("n", 3)
        .set("share", 0.5)
        .set("is_easy", true)
        .set("name", "x")
        .set("absent", std::optional<double>());
    EXPECT_EQ(std::get<std::int64_t>(row.values()[0].second), 3);
    EXPECT_DOUBLE_EQ(std::get<double>(row.values()[1].second), 0.5);
    EXPECT_TRUE(std::get<bool>(row.values()[2].second));
    EXPECT_EQ(std::get<std::string>(row.values()[3].second), "x");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(row.values()[4].second));
    row.set("n", std::size_t{4});
    EXPECT_EQ(row.values().size(), 5u);
    EXPECT_EQ(std::get<std::int64_t>(row.values()[0].second), 4);
}

TEST(Output, HasOneMasterAndAnyNumberOfPartRows) {
    Output output;
    output.master().set("a", 1);
    output.master().set("b", 2);
    EXPECT_EQ(output.master_row->values().size(), 2u);
    output.part("points").set("x", 1);
    output.part("points").set("x", 2);
    EXPECT_EQ(output.part_rows.at("points").size(), 2u);
}

TEST(Output, IsEitherRowsOrAReason) {
    Output rows;
    rows.master();
    EXPECT_THROW(rows.nothing_to_compute("why"), Error);
    Output parts;
    parts.part("points");
    EXPECT_THROW(parts.nothing_to_compute("why"), Error);
    Output settled;
    settled.nothing_to_compute("why");
    EXPECT_EQ(settled.settled_reason, "why");
    EXPECT_THROW(settled.master(), Error);
}

}  // namespace
}  // namespace tb
