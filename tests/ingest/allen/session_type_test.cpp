#include "ingest/allen/session_type.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/allen/mouse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::allen {
namespace {

TEST(SessionType, TellsNumberSetAndBehaviour) {
    EXPECT_EQ(session_number("OPHYS_4_images_B"), 4);
    EXPECT_EQ(session_number("TRAINING_3_images_A_10uL_reward"), std::nullopt);
    EXPECT_EQ(session_number("OPHYS_x"), std::nullopt);
    EXPECT_EQ(image_set("TRAINING_0_gratings_autorewards_15min"), "gratings");
    EXPECT_EQ(image_set("OPHYS_2_images_A_passive"), "images_A");
    EXPECT_EQ(experiment_image_set("OPHYS_2_images_A_passive"), "A");
    EXPECT_EQ(experiment_image_set(std::nullopt), "N/A");
    EXPECT_EQ(behavior_type("OPHYS_5_images_B_passive"), "passive_viewing");
    EXPECT_EQ(behavior_type("TRAINING_5_passive"), "active_behavior");
    EXPECT_TRUE(is_passive(2));
    EXPECT_FALSE(is_passive(4));
    EXPECT_FALSE(is_passive(std::nullopt));
}

TEST(SessionType, IsRefusedWithAnotherThirdPart) {
    for (const auto* name : {"OPHYS_7_receptive_field_mapping", "OPHYS_1", "", "OPHYS_1_images"}) {
        try {
            (void)image_set(name);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "SessionType") << name;
            EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
        }
    }
}

TEST(ExperienceLevel, FollowsNumberAndExposure) {
    EXPECT_EQ(experience_level("TRAINING_1_gratings", std::nullopt), "Training");
    EXPECT_EQ(experience_level("OPHYS_0_images_A_habituation", 9), "Familiar");
    EXPECT_EQ(experience_level("OPHYS_4_images_B", 0), "Novel 1");
    EXPECT_EQ(experience_level("OPHYS_6_images_B", 2), "Novel >1");
    EXPECT_EQ(experience_level("OPHYS_7_images_B", 2), "None");
}

TEST(PriorExposures, CountEarlierSessionsOfTheMouseWhateverTheOrderGiven) {
    const std::vector<HistorySession> sessions{
        {"1", "OPHYS_4_images_B", 30, std::nullopt},
        {"1", "OPHYS_0_images_A_habituation", 10, std::nullopt},
        {"2", "OPHYS_4_images_B", 5, std::nullopt},
        {"1", std::nullopt, 15, std::nullopt},
        {"1", "OPHYS_0_images_A_habituation", 20, 0.05},
        {"1", "OPHYS_4_images_B", 40, std::nullopt},
    };
    const auto found = prior_exposures(sessions);
    EXPECT_EQ(found[0].to_session_type, 0);
    EXPECT_EQ(found[0].to_image_set, 0);
    EXPECT_EQ(found[0].to_omissions, 1);  // the habituation with omissions
    EXPECT_EQ(found[1].to_omissions, 0);
    EXPECT_EQ(found[2].to_session_type, 0);
    EXPECT_EQ(found[3].to_session_type, std::nullopt);
    EXPECT_EQ(found[4].to_image_set, 1);
    EXPECT_EQ(found[5].to_session_type, 1);
    EXPECT_EQ(found[5].to_omissions, 2);
}

TEST(Mouse, TellsLineIndicatorAndAge) {
    EXPECT_EQ(cre_line("Sst-IRES-Cre/wt;Ai148(TIT2L-GC6f-ICL-tTA2)/wt"), "Sst-IRES-Cre");
    EXPECT_EQ(cre_line("wt/wt"), std::nullopt);
    EXPECT_EQ(indicator("Ai148(TIT2L-GC6f-ICL-tTA2)"), "GCaMP6f");
    EXPECT_EQ(indicator("Ai94(TITL-GCaMP6s)"), "GCaMP6s");
    EXPECT_EQ(indicator("Ai14"), std::nullopt);
    EXPECT_EQ(age_in_days("P110D"), 110);
    for (const auto* none : {"null", "110", "P", "PD", "P-3D", "P1W"})
        EXPECT_EQ(age_in_days(none), std::nullopt) << none;
    EXPECT_EQ(age_text(110), "P110D");
    EXPECT_EQ(age_text(std::nullopt), "null");
    EXPECT_EQ(num_targeted_structures("VisualBehaviorMultiscope4areasx2d"), 4);
    EXPECT_EQ(num_depths_per_area("MesoscopeDevelopment"), std::nullopt);
}

}  // namespace
}  // namespace tb::allen
