// The function analysis.kaplan_meier against the golden vector of the paper's figure 2d.
#include "ingest/formats/npy.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

TEST(KaplanMeierInSql, GivesTheGoldenVector) {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    if (shared == nullptr) GTEST_SKIP() << "the shared folder is not named";
    const auto folder = std::filesystem::path(shared) / "vectors/ibl_behavior/time_to_trained_km";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the vectors are not there";
    const auto days = formats::read_npy(folder / "days.npy").as_doubles();
    const auto reached = formats::read_npy(folder / "reached.npy").as_doubles();
    std::vector<std::string> is_reached;
    for (const double one : reached) is_reached.emplace_back(one != 0.0 ? "t" : "f");
    const auto expected = nlohmann::json::parse(std::ifstream(folder / "case.json")).at("expected");
    const auto event_days = expected.at("event_days").at("value").get<std::vector<double>>();
    const auto share = expected.at("cumulative_density").at("value").get<std::vector<double>>();

    const testing::TestDatabase database;
    auto session = database.session();
    const auto found = session.exec(
        {"estimate", fmt::format("select event_time, 1 - survival as share from "
                                 "analysis.kaplan_meier('{{{}}}', '{{{}}}') order by event_time",
                                 fmt::join(days, ","), fmt::join(is_reached, ","))});
    ASSERT_EQ(found.rows(), event_days.size());
    for (std::size_t row = 0; row < found.rows(); ++row) {
        EXPECT_EQ(found.get<double>(row, "event_time"), event_days[row]);
        // The tolerance of the case.
        EXPECT_NEAR(found.get<double>(row, "share"), share[row], 1e-9 * share[row] + 1e-12);
    }
}

}  // namespace
}  // namespace tb::app
