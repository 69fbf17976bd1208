#include "ingest/openscope/find_files.hpp"

#include "tests/ingest/openscope/support.hpp"
#include "trialbase/error.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::openscope {
namespace {

namespace fs = std::filesystem;

std::vector<SessionFileName> named(const std::vector<std::string>& names) {
    std::vector<SessionFileName> files;
    for (const auto& one : names) files.push_back(session_file_name(one).value());
    return files;
}
std::string chosen(const std::vector<std::string>& names, bool wants_images = false) {
    return choose_file(named(names), wants_images).file.filename().string();
}

TEST(OpenScopeFileName, TellsMouseSessionAndKind) {
    const auto name =
        session_file_name("/d/sub-408021/sub-408021_ses-758519303_behavior+image+ophys.nwb");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->mouseid, 408021);
    EXPECT_EQ(name->sessid, 758519303);
    EXPECT_TRUE(name->has_behavior && name->has_ophys && name->has_images);
    EXPECT_FALSE(name->has_stacks);
    const auto older = session_file_name("sub-408021_ses-20180926T172917_behavior+ophys.nwb");
    ASSERT_TRUE(older);
    EXPECT_EQ(older->sessid, std::nullopt);
    EXPECT_EQ(older->timestamp, "20180926T172917");
    for (const auto* other : {"sub-x_ses-1_ophys.nwb", "sub-1_ses-y.nwb", "sub-1_ses-1_ophys.txt",
                              "behavior_session_1.nwb", "sub-1.nwb", "sub-1_.nwb"})
        EXPECT_FALSE(session_file_name(other)) << other;
}

TEST(OpenScopeFileName, ThatHasTheSessionsIdWinsOverItsStart) {
    EXPECT_EQ(
        chosen({"sub-1_ses-20180926T172917_behavior+ophys.nwb", "sub-1_ses-7_behavior+ophys.nwb"}),
        "sub-1_ses-7_behavior+ophys.nwb");
}

TEST(OpenScopeFile, WithoutFramesAndStacksIsChosenUnlessFramesAreWanted) {
    const std::vector<std::string> all{"sub-1_ses-7_obj-raw_behavior+image+ophys.nwb",
                                       "sub-1_ses-7_behavior+image+ophys.nwb",
                                       "sub-1_ses-7_behavior+ophys.nwb"};
    EXPECT_EQ(chosen(all), all[2]);
    EXPECT_EQ(chosen(all, true), all[1]);
    EXPECT_EQ(chosen({all[0]}), all[0]);
    try {
        (void)chosen({"sub-1_ses-7_ophys.nwb", "sub-1_ses-7_behavior.nwb"});
        FAIL() << "no file has both kinds of data";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "DataKind");
    }
}

/// The archive's listing: 150 files of 50 sessions, of which one each is read.
TEST(OpenScopeFile, IsOneOfThreeInTheRealListing) {
    const auto listing =
        test::shared_folder() / "data/dandi_000037_listing/assets_0.230426.0054.json";
    if (!fs::exists(listing)) GTEST_SKIP() << "the shared data folder is absent";
    std::ifstream in(listing);
    const auto assets = nlohmann::json::parse(in);
    std::map<std::int64_t, std::vector<SessionFileName>> sessions;
    for (const auto& asset : assets) {
        const auto name = session_file_name(asset["path"].get<std::string>());
        ASSERT_TRUE(name && name->sessid) << asset["path"];
        sessions[*name->sessid].push_back(*name);
    }
    EXPECT_EQ(sessions.size(), 50U);
    std::uint64_t bytes = 0;
    for (const auto& [sessid, files] : sessions) {
        const auto& one = choose_file(files, false);
        EXPECT_FALSE(one.has_images || one.has_stacks);
        for (const auto& asset : assets)
            if (asset["path"] == one.file.string()) bytes += asset["size"].get<std::uint64_t>();
    }
    EXPECT_EQ(bytes, 25'160'954'499U);
}

}  // namespace
}  // namespace tb::openscope
