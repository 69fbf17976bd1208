#include "src/base/nearest.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tb {
namespace {

using Words = std::vector<std::string>;

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("query", "query"), 0U);
    EXPECT_EQ(edit_distance("qurey", "query"), 1U);  // a swap
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // optimal string alignment, not 2
    EXPECT_EQ(edit_distance("Lab_Name", "lab_name"), 0U);
}

TEST(Nearest, FindsTheWordThatWasMeant) {
    const Words commands{"ingest", "populate", "query", "status", "store"};
    EXPECT_EQ(nearest("qurey", commands), "query");
    EXPECT_EQ(nearest("popluate", commands), "populate");
    EXPECT_EQ(nearest("QUERY", commands), "query");
    EXPECT_EQ(nearest("popu", commands), "populate");                      // begins with it
    EXPECT_EQ(nearest("name", Words{"subject", "lab_name"}), "lab_name");  // contains it
    EXPECT_EQ(nearest("stauts", commands), "status");
}

TEST(Nearest, IsEmptyWhereNothingIsNear) {
    const Words commands{"ingest", "populate", "query"};
    EXPECT_EQ(nearest("frobnicate", commands), std::nullopt);
    EXPECT_EQ(nearest("", commands), std::nullopt);
    EXPECT_EQ(nearest("x", commands), std::nullopt);
    EXPECT_EQ(nearest("ab", Words{"cd"}), std::nullopt);
    EXPECT_EQ(nearest("query", {}), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'q'), commands), std::nullopt);
}

TEST(Suggestion, NamesTheNearestAndAllThatThereAre) {
    const Words columns{"lab_name", "subject_nickname"};
    EXPECT_EQ(suggestion("lab_nmae", columns, "Columns"),
              "Did you mean lab_name? Columns: lab_name, subject_nickname.");
    EXPECT_EQ(suggestion("zzz", columns, "Columns"), "Columns: lab_name, subject_nickname.");
    EXPECT_EQ(suggestion("zzz", {}, "Columns"), "");
}

}  // namespace
}  // namespace tb
