// Files of simulated mice against what the shared make_change_detection_nwb.py writes
// (change_layout_*.txt, listed by list_layout.py with h5py).
#include "include/trialbase/error.hpp"
#include "ingest/nwb/nwb_file.hpp"
#include "ingest/simulated/change_simulate.hpp"
#include "tests/ingest/alf/support.hpp"
#include "tests/ingest/simulated/change_support.hpp"

#include <fstream>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::simulated {
namespace {

using alf::testing::TemporaryFolder;
using Lines = std::set<std::string>;

std::string type_name(const hdf5::ValueType& type) {
    if (type.kind != hdf5::ValueKind::compound) return type.name;
    std::string members;
    for (const auto& member : type.members)
        members += (members.empty() ? "" : ",") + member.name + ":" + type_name(member.type);
    return "compound(" + members + ")";
}

std::string attributes_of(const hdf5::Node& node) {
    static const std::set<std::string> shown{"namespace", "neurodata_type", "unit", "interval",
                                             "unit_of_measurement"};
    std::map<std::string, std::string> words;
    for (const auto& attribute : node.attributes) {
        auto word = fmt::format("{}:{}:{}", attribute.name, type_name(attribute.type),
                                attribute.shape.size());
        if (shown.contains(attribute.name)) {
            const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute.values);
            word += "=" + (numbers != nullptr ? std::to_string(numbers->at(0))
                                              : node.text_attribute(attribute.name));
        }
        words[attribute.name] = word;
    }
    std::string text;
    for (const auto& [name, word] : words) text += (text.empty() ? "" : "; ") + word;
    return text;
}

/// As list_layout.py lists a file.
Lines layout_of(const std::filesystem::path& file) {
    const auto opened = hdf5::UntrustedFile::open(file);
    Lines lines;
    for (const auto& [path, node] : opened.tree().nodes()) {
        EXPECT_EQ(node.problem, "") << path;
        if (node.kind == hdf5::NodeKind::soft_link) {
            lines.insert(path + " -> " + node.target);
        } else if (node.is_group()) {
            lines.insert(path + " | group | " + attributes_of(node));
        } else {
            lines.insert(fmt::format("{} | {} {} | {}", path, type_name(node.type),
                                     node.shape.size(), attributes_of(node)));
        }
    }
    return lines;
}

/// The committed list, with the rig's name of a file.
Lines expected(const char* list, const std::string& rig) {
    std::ifstream in(std::filesystem::path(TRIALBASE_TESTS) / "ingest/simulated" / list);
    Lines lines;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("#")) continue;
        for (const std::string made : {"BEH.B-Box1", "CAM2P.3"})
            if (const auto at = line.find(made); at != std::string::npos)
                line.replace(at, made.size(), rig);
        lines.insert(line);
    }
    EXPECT_GT(lines.size(), 100U) << list;
    return lines;
}

/// What is in one of two lists alone.
Lines difference(const Lines& ours, const Lines& theirs) {
    Lines lines;
    for (const auto& line : ours)
        if (!theirs.contains(line)) lines.insert("ours: " + line);
    for (const auto& line : theirs)
        if (!ours.contains(line)) lines.insert("theirs: " + line);
    return lines;
}

std::string rig_of(const std::filesystem::path& file) {
    return nwb::NwbFile::open(file).field("/general/metadata", "equipment_name")->text().value();
}

class ChangeLayout : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder = new TemporaryFolder;
        auto options = testing::few_mice(folder->path() / "mice");
        options.mice = 1;
        options.sessions = 20;
        result = new ChangeResult(simulate_change_detection(options));
    }
    static void TearDownTestSuite() {
        delete result;
        delete folder;
    }
    static std::filesystem::path out() { return folder->path() / "mice"; }

    static TemporaryFolder* folder;
    static ChangeResult* result;
};
TemporaryFolder* ChangeLayout::folder = nullptr;
ChangeResult* ChangeLayout::result = nullptr;

TEST_F(ChangeLayout, OfBehaviourIsThatOfThePublishedWriter) {
    std::size_t compared = 0;
    for (const auto& session : result->sessions) {
        if (!session.session_type.starts_with("TRAINING_") ||
            session.session_type.find("images_A") == std::string::npos)
            continue;
        const auto file = testing::file_of(out(), session);
        auto lines = expected("change_layout_behavior.txt", rig_of(file));
        // Training sessions have no grey periods.
        std::erase_if(lines, [](const std::string& line) {
            return line.starts_with("/intervals/spontaneous_presentations");
        });
        EXPECT_EQ(difference(layout_of(file), lines), Lines()) << file;
        ++compared;
    }
    EXPECT_GE(compared, 3U);
}

TEST_F(ChangeLayout, OfImagingIsThatOfThePublishedWriter) {
    std::size_t compared = 0;
    for (const auto& session : result->sessions) {
        if (session.experiments == 0 || !session.has_eye_tracking || session.is_passive ||
            session.session_type.find("images_A") == std::string::npos)
            continue;
        const auto file = testing::file_of(out(), session);
        EXPECT_EQ(
            difference(layout_of(file), expected("change_layout_experiment.txt", rig_of(file))),
            Lines())
            << file;
        ++compared;
    }
    EXPECT_GE(compared, 1U);
}

TEST_F(ChangeLayout, LeavesLicksAndRewardsOutOfPassiveSessions) {
    std::size_t passive = 0;
    for (const auto& session : result->sessions) {
        if (!session.is_passive) continue;
        ++passive;
        const auto file = nwb::NwbFile::open(testing::file_of(out(), session));
        EXPECT_EQ(file.series("/processing/licking/licks"), nullptr);
        EXPECT_EQ(file.series("/processing/rewards/volume"), nullptr);
        // No lick at all: one empty text, and every row ends at 0.
        const auto& tree = file.hdf5().tree();
        EXPECT_EQ(tree.at("/intervals/trials/lick_times")->type.name, "text");
        const auto ends = file.hdf5().read_integers("/intervals/trials/lick_times_index");
        EXPECT_EQ(ends, std::vector<std::int64_t>(session.trials, 0));
    }
    EXPECT_EQ(passive, 2U);
}

// What the reader does not understand of the shared writer's files, by what it says of them; a
// ROI's fit of the neuropil has one value, where the region says as many as ROIs: that is their
// layout.
TEST_F(ChangeLayout, IsUnderstoodByTheReaderOfNwb) {
    const std::set<std::string> not_understood{"BehaviorTaskParameters", "BehaviorMetadata",
                                               "OphysBehaviorMetadata",
                                               "OphysEyeTrackingRigMetadata", "EllipseEyeTracking"};
    for (const auto& session : result->sessions) {
        const auto file = nwb::NwbFile::open(testing::file_of(out(), session));
        for (const auto& what : file.not_understood())
            EXPECT_TRUE(not_understood.contains(what.neurodata_type))
                << what.path << " " << what.neurodata_type << " " << what.why;
        for (const auto& problem : file.problems()) {
            EXPECT_EQ(problem.type, "FrameCount") << problem.path << ": " << problem.message;
            EXPECT_THAT(problem.path, ::testing::StartsWith("/processing/ophys/corrected_"));
        }
        EXPECT_EQ(file.info().nwb_version, "2.7.0");
        EXPECT_THAT(file.info().experiment_description, ::testing::HasSubstr("SIMULATED_BY"));
        EXPECT_EQ(file.subject()->subject_id, session.mouse_id);
        EXPECT_EQ(file.require_table("/intervals/trials").rows, session.trials);
        EXPECT_EQ(file.require_series("/processing/stimulus/timestamps").samples(), session.frames);
    }
}

}  // namespace
}  // namespace tb::simulated
